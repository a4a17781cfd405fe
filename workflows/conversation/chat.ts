import { CancellationScope, condition, isCancellation, log, sleep, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Clock, Conversation, Turn } from '../../domain/conversation';
import type { ConversationInput } from '../messages';
import type { turnSteps } from '../steps';

/** One chat in one run: its state, and what of it only the run knows. */
export interface Chat {
  input: ConversationInput;
  steps: ReturnType<typeof turnSteps>;
  s: Conversation;
  /** Nobody said anything for the session's time. */
  silent?: boolean;
  failing: boolean;
  stopTurn?: () => void;
  /** Background steps under way: continue-as-new waits for them. */
  busy?: number;
  /** A new run is about to go on: background steps wait for it. */
  draining?: boolean;
}

export const clock = (): Clock => ({ now: Date.now(), newId: uuid4 });

/** What every activity of a turn has to know of it. */
export const turnKey = (chat: Chat, turn: Turn) => ({
  turnId: turn.id,
  sessionId: chat.s.sessionId,
  chatId: chat.input.chatId,
  runId: workflowInfo().runId,
  eventIds: turn.events.map(({ id }) => id),
});

/** What fails for good here is left to the sentinel: it must not stop the chat. */
export async function underWay(chat: Chat, what: string, step: () => Promise<unknown>): Promise<void> {
  chat.busy = (chat.busy ?? 0) + 1;
  try {
    await step();
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    log.warn('a step failed for good', { what, error: String(error) });
  } finally {
    chat.busy -= 1;
  }
}

/** A durable timer that is left early when the condition holds. */
export async function sleepUnless(ms: number, summary: string, holds: () => boolean): Promise<void> {
  try {
    await CancellationScope.cancellable(async () => {
      await Promise.race([sleep(ms, { summary }), condition(holds)]);
      CancellationScope.current().cancel();
    });
  } catch (error) {
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
  }
}
