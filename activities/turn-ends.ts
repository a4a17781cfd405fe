import { isEnd, type ReplyEnd } from '../domain/answer';
import type { StopCause } from '../domain/conversation';
import { AppError } from '../domain/errors';
import type { Language } from '../domain/language';
import type { OpenTurn, Outcome, TurnKey } from '../store/turns';
import type { Deps } from './deps';
import { isLostToAnother, isRefusedForGood } from './refusals';
import { expiredOutcome, failedOutcome, replyLanguage, stoppedOutcome } from './view';
import { openWriter, type Writer } from './writer';

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
    if (view && isEnd(view.state)) return closedOrRetry(await writer.close(view, CLOSING_MS));
    return closedOrRetry(await writer.end(outcomeOf(job, text, language), CLOSING_MS));
  },

  /** Nobody held the link in a turn's time: its end is written now and shown when the link is back. */
  async expireTurn(job: TurnKey & { readonly number: number }): Promise<void> {
    const turn = await deps.store.turns.open(job, job.number);
    if (!turn || turn.reply.finishingAt) return;
    const language = replyLanguage(await deps.store.turns.asked(turn.id));
    await deps.store.turns.decide(turn.id, turn.reply.epoch, expiredOutcome(language));
  },

  /** Shows a stored end for as long as it takes. */
  async closeReply({ turnId }: { readonly turnId: string }): Promise<{ state: ReplyEnd | undefined }> {
    const turn = await deps.store.turns.takeOver(turnId);
    if (!turn || turn.reply.finishedAt || !turn.reply.view || !isEnd(turn.reply.view.state)) return { state: undefined };
    const [writer] = await writerOf(deps, turn);
    if (writer) closedOrRetry(await writer.close(turn.reply.view, deps.limits.closingMs));
    return { state: turn.reply.view.state };
  },

  /** Nobody could show a stored end in all its time: that is written down, and nobody tries any more. */
  async giveUpReply({ turnId }: { readonly turnId: string }): Promise<void> {
    const turn = await deps.store.turns.takeOver(turnId);
    if (!turn || turn.reply.finishedAt) return;
    await deps.store.turns.finish(turnId, turn.reply.ref, 'undeliverable');
    deps.observe.replied('undeliverable');
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

async function writerOf(deps: Deps, turn: OpenTurn): Promise<[Writer | undefined, Language]> {
  const asked = await deps.store.turns.asked(turn.id);
  const first = asked[0] ?? (await deps.store.turns.firstEvent(turn.id));
  return [first && (await openWriter(deps, turn, first.address)), replyLanguage(asked)];
}

const CLOSING_MS = 20_000;

function outcomeOf({ end }: EndTurnJob, text: string, language: Language): Outcome {
  return end.state === 'stopped'
    ? stoppedOutcome(end.cause, text, language)
    : failedOutcome(end.code, `The turn ended from outside: ${end.code}.`, text, language);
}

function closedOrRetry(closed: boolean): { closed: boolean } {
  if (!closed) throw new AppError('platform_away', 'The platform did not take the last frame yet.', { retryable: true });
  return { closed };
}
