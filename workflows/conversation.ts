import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setHandler,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { isIdle, openConversation, type Running } from '../domain/conversation';
import { beginEnding } from '../domain/conversation/ending';
import { hear, nextSession } from '../domain/conversation/hearing';
import { beginTurn, endTurn, leaveClosing, turnDueAt } from '../domain/conversation/turns';
import { defaultTrigger } from '../domain/trigger';
import { startBackground } from './conversation/background';
import { type Chat, clock, sleepUnless, turnKey, underWay } from './conversation/chat';
import { describe, mark, view } from './conversation/visibility';
import { drainTimeout } from './limits';
import { type ConversationInput, type ConversationResult, conversationQuery, heardSignal, searchAttributes, type WayOut } from './messages';
import { endSession, expireTurn, turnSteps } from './steps';

/**
 * One chat: hears, gathers, answers one turn at a time, ends its session in silence.
 * One run is one session, except that continue-as-new keeps the session. All decisions are in `domain/conversation/`; here is what waits.
 */
export async function conversation(input: ConversationInput): Promise<ConversationResult> {
  const chat: Chat = {
    input,
    s: input.carried ?? openConversation(uuid4(), defaultTrigger, Date.now()),
    steps: turnSteps(input.repliesQueue),
    // Attributes outlive continue-as-new.
    failing: workflowInfo().typedSearchAttributes.get(searchAttributes.state) === 'failing',
  };

  setHandler(
    heardSignal,
    (events, way) => {
      if (way && way.repliesQueue !== chat.input.repliesQueue) takeWay(chat, way);
      for (const event of events) chat.s = hear(chat.s, event, clock());
      if (chat.s.running?.stop) chat.stopTurn?.();
    },
    { description: 'Events of this chat, by id' },
  );
  setHandler(conversationQuery, () => view(chat.s), { description: 'State, running turn, queue and deadlines' });

  startBackground(chat);

  for (;;) {
    describe(chat);
    await condition(() => turnDueAt(chat.s) !== undefined || (isOver(chat) && isIdle(chat.s)));
    if (turnDueAt(chat.s) === undefined) return await endOfSession(chat);
    await quiet(chat);
    if (turnDueAt(chat.s) === undefined) continue;
    await takeTurn(chat);
    // A long history: the same session goes on in a new run, with everything it holds.
    if (workflowInfo().continueAsNewSuggested && (await drained(chat)))
      await continueAsNew<typeof conversation>({ ...chat.input, carried: chat.s });
  }
}

/**
 * Whether a new run may go on: steps under way would be lost, so not before they are done. A chat that never falls silent always has some,
 * so none begins meanwhile; what a platform does not take for long must not hold the next turn up.
 */
async function drained(chat: Chat): Promise<boolean> {
  if (!chat.busy) return true;
  if (!patched('drain-before-continuing')) return false;
  chat.draining = true;
  chat.draining = await condition(() => !chat.busy, drainTimeout, { summary: 'before a new run' });
  return chat.draining;
}

function takeWay(chat: Chat, { repliesQueue }: WayOut): void {
  const { repliesQueue: _, ...input } = chat.input;
  chat.input = { ...input, ...(repliesQueue !== undefined && { repliesQueue }) };
  chat.steps = turnSteps(repliesQueue);
}

const isOver = (chat: Chat): boolean => chat.s.ending !== undefined || chat.silent === true;

/** Waits until the chat falls quiet, or the gathering has lasted long enough. A full turn need not wait. */
async function quiet(chat: Chat): Promise<void> {
  for (;;) {
    const due = turnDueAt(chat.s);
    if (due === undefined || due <= Date.now()) return;
    await sleepUnless(due - Date.now(), 'gathering', () => (turnDueAt(chat.s) ?? 0) === 0);
  }
}

async function takeTurn(chat: Chat): Promise<void> {
  chat.s = beginTurn(chat.s, clock());
  const turn = chat.s.running!;
  describe(chat);
  const scope = new CancellationScope();
  chat.stopTurn = () => scope.cancel();
  try {
    if (turn.stop) scope.cancel();
    const outcome = await scope.run(() =>
      chat.steps.answer.executeWithOptions({ summary: `turn ${turn.number} · ${turn.events.length} message(s)` }, [
        { ...turnKey(chat, turn), number: turn.number },
      ]),
    );
    if (outcome.state !== 'empty' && !outcome.closed) chat.s = leaveClosing(chat.s, turn.id);
    mark(chat, outcome.state === 'failed');
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    await endLostTurn(chat, turn, error);
  } finally {
    delete chat.stopTurn;
    chat.s = endTurn(chat.s, Date.now());
  }
}

/** The activity itself could not write the end: its worker died while it was being stopped, or its time ran out. */
async function endLostTurn(chat: Chat, turn: Running, error: unknown): Promise<void> {
  const cause = chat.s.running?.stop?.cause;
  if (!cause && !isCancellation(error)) mark(chat, true);
  try {
    if (!cause && chat.input.repliesQueue !== undefined) {
      await expireTurn.executeWithOptions({ summary: `turn ${turn.number} expired` }, [{ ...turnKey(chat, turn), number: turn.number }]);
      chat.s = leaveClosing(chat.s, turn.id);
      return;
    }
    const end = cause ? ({ state: 'stopped', cause } as const) : ({ state: 'failed', code: 'out_of_time' } as const);
    await chat.steps.endTurn.executeWithOptions({ summary: `turn ${turn.number} ${end.state}` }, [
      { ...turnKey(chat, turn), number: turn.number, end },
    ]);
  } catch (failure) {
    log.error('the end of a turn could not be written; the sentinel will', { turnId: turn.id, failure: String(failure) });
  }
}

async function endOfSession(chat: Chat): Promise<ConversationResult> {
  const reason = chat.s.ending?.reason ?? 'timeout';
  chat.s = beginEnding(chat.s, reason);
  describe(chat);
  if (chat.s.turnsTaken > 0)
    await underWay(chat, 'end of session', () =>
      endSession.executeWithOptions({ summary: `session ended: ${reason}` }, [{ sessionId: chat.s.sessionId, reason }]),
    );
  // What was heard while the end was written down, and still concerns this session, is told in it.
  if (!isIdle(chat.s) && patched('told-before-the-end')) await condition(() => isIdle(chat.s), drainTimeout, { summary: 'before the end' });
  // What came meanwhile belongs to the next session. No await between this look and the return: a signal that is later opens a new run.
  if (chat.s.after.length > 0) await continueAsNew<typeof conversation>({ ...chat.input, carried: nextSession(chat.s, uuid4(), clock()) });
  upsertSearchAttributes([{ key: searchAttributes.state, value: 'ended' }]);
  return { sessionId: chat.s.sessionId, turns: chat.s.turnsTaken, reason };
}
