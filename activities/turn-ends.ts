import { isEnd, type ReplyEnd } from '../domain/answer';
import type { StopCause } from '../domain/conversation';
import { AppError } from '../domain/errors';
import type { OpenTurn, TurnKey } from '../store/turns';
import type { Deps } from './deps';
import { failedOutcome, replyLanguage, stoppedOutcome } from './view';
import { isLostToAnother, isRefusedForGood, openWriter, type Writer } from './writer';

export interface EndTurnJob extends TurnKey {
  /** Undefined for a turn that never ran. */
  readonly number?: number;
  readonly end: { readonly state: 'stopped'; readonly cause: StopCause } | { readonly state: 'failed'; readonly code: string };
}

export interface WaitingTurn extends TurnKey {
  /** 1 means next. */
  readonly place: number;
  readonly messages: number;
}

/** Ends turns from outside: what was set aside, what its own activity could not end, what the platform has not taken yet. */
export const createTurnEnds = (deps: Deps) => ({
  /** Gives a turn its end and shows it. An end that is decided already is shown as it is. */
  async endTurn(job: EndTurnJob): Promise<{ closed: boolean }> {
    const turn = await deps.store.turns.open(job, job.number);
    if (!turn || turn.reply.finishedAt) return { closed: true };
    const [writer, language] = await writerOf(deps, turn);
    if (!writer) return { closed: true };
    const { view, text } = turn.reply;
    const closingMs = 20_000;
    const { end } = job;
    if (view && isEnd(view.state)) return closedOrRetry(await writer.close(view, closingMs));
    const outcome =
      end.state === 'stopped'
        ? stoppedOutcome(end.cause, text, language)
        : failedOutcome(end.code, `The turn ended from outside: ${end.code}.`, text, language);
    return closedOrRetry(await writer.end(outcome, closingMs));
  },

  /** Shows a stored end for as long as it takes. */
  async closeReply({ turnId }: { readonly turnId: string }): Promise<{ state: ReplyEnd | undefined }> {
    const turn = await deps.store.turns.takeOver(turnId);
    if (!turn || turn.reply.finishedAt || !turn.reply.view || !isEnd(turn.reply.view.state)) return { state: undefined };
    const [writer] = await writerOf(deps, turn);
    if (writer) closedOrRetry(await writer.close(turn.reply.view, deps.limits.closingMs));
    return { state: turn.reply.view.state };
  },

  /** Makes or corrects the cards of waiting turns: their place and how many messages they hold. A courtesy: failures are not repaired. */
  async showWaiting({ waiting }: { readonly waiting: readonly WaitingTurn[] }): Promise<void> {
    for (const { place, messages, ...key } of waiting) {
      const turn = await deps.store.turns.open(key, undefined);
      if (!turn || turn.reply.finishingAt) continue;
      const [writer, language] = await writerOf(deps, turn);
      const view = { state: 'queued', text: turn.reply.text, language, steps: [], queuePlace: place, messages } as const;
      try {
        await writer?.begin(view);
      } catch (error) {
        if (!isLostToAnother(error) && !isRefusedForGood(error)) throw error;
      }
    }
  },
});

async function writerOf(deps: Deps, turn: OpenTurn): Promise<[Writer | undefined, 'en' | 'zh']> {
  const asked = await deps.store.turns.asked(turn.id);
  const first = asked[0] ?? (await deps.store.turns.firstEvent(turn.id));
  return [first && (await openWriter(deps, turn, first.address)), replyLanguage(asked)];
}

function closedOrRetry(closed: boolean): { closed: boolean } {
  if (!closed) throw new AppError('platform_away', 'The platform did not take the last frame yet.', { retryable: true });
  return { closed };
}
