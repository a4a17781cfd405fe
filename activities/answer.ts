import { Context } from '@temporalio/activity';
import { type Answer, emptyAnswer, extend, isEnd, type ReplyEnd, type ReplyState } from '../domain/answer';
import { leftOutText, notSentText } from '../domain/attachment-phrases';
import { createStepClock } from '../domain/card';
import { AgentError, AppError } from '../domain/errors';
import { newExpert, notAskedText } from '../domain/phrases';
import type { AskedEvent } from '../store/questions';
import type { OpenTurn, Outcome, TurnKey } from '../store/turns';
import { readAttachments } from './attachments';
import type { Deps } from './deps';
import { openOutgoing } from './outgoing';
import { type Asking, prepareQuestion, withAttachments } from './question';
import { isLostToAnother, isRefused, isRefusedForGood, isWrongCredentials, lostToAnother, waitingForAdmin } from './refusals';
import { keepTicking } from './ticking';
import { doneOutcome, expiredOutcome, failedOutcome, growing, replyLanguage, stoppedOutcome } from './view';
import { openWriter, type Writer } from './writer';

export interface AnswerJob extends TurnKey {
  readonly number: number;
}

export interface AnswerOutcome {
  /** `empty`: another turn owns all of its messages, so there is no card. */
  readonly state: ReplyEnd | 'empty';
  /** False while the platform has not taken the last frame. */
  readonly closed: boolean;
}

const HEARTBEAT_MS = 200;

/**
 * One turn: claims its messages, asks the expert, lets the reply grow, ends it. Safe to run again after any crash: it goes on in the same card.
 * Fails with a retryable error while the database, the platform (before the reply exists) or the backend is away.
 */
export const createAnswer = (deps: Deps) =>
  async function answer(job: AnswerJob): Promise<AnswerOutcome> {
    const context = Context.current();
    const pulse = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      return await answerTurn(deps, job, context);
    } finally {
      clearInterval(pulse);
    }
  };

async function answerTurn(deps: Deps, job: AnswerJob, context: Context): Promise<AnswerOutcome> {
  const turn = await deps.store.turns.open(job, job.number);
  if (!turn) return { state: 'empty', closed: true };
  if (turn.reply.finishedAt && isEnd(turn.reply.state)) return { state: turn.reply.state, closed: true };
  const asked = await deps.store.turns.asked(turn.id);
  const first = asked[0] ?? (await deps.store.turns.firstEvent(turn.id));
  if (!first) return { state: 'empty', closed: true };
  const writer = await openWriter(deps, turn, first.address);
  if (!writer) return { state: 'failed', closed: true };
  if (turn.reply.view && isEnd(turn.reply.view.state)) {
    return { state: turn.reply.view.state, closed: await writer.close(turn.reply.view, deps.limits.closingMs) };
  }
  const outcome = await converse(deps, job, turn, asked, writer, context);
  return { state: outcome.state, closed: await writer.end(outcome, deps.limits.closingMs) };
}

/** From the first frame to the outcome. */
async function converse(
  deps: Deps,
  job: AnswerJob,
  turn: OpenTurn,
  asked: readonly AskedEvent[],
  writer: Writer,
  context: Context,
): Promise<Outcome> {
  const language = replyLanguage(asked);
  const { text } = turn.reply;
  if (asked.length === 0) return stoppedOutcome('recalled', text, language);
  if (turn.attempts === 0 && isStale(asked[0]!)) return expiredOutcome(language);
  if (turn.attempts >= deps.limits.maxAttempts)
    return failedOutcome('too_many_attempts', `${turn.attempts} tries reached the backend.`, text, language);
  try {
    const asking = await prepareQuestion(deps, turn, writer.integration, job.sessionId, asked);
    const recovering = turn.attempts > 0;
    await writer.begin(growing(recovering ? 'recovering' : 'thinking', { ...emptyAnswer, text }, language));
    if (!recovering) deps.observe.firstFrame((Date.now() - asked.at(-1)!.sentAt.getTime()) / 1000);
    return await listen(deps, asking, asked, turn, writer, context);
  } catch (error) {
    if (isCancelled(context)) return await stopped(deps, turn, text, asked);
    if (context.cancellationSignal.aborted) throw error;
    if (isWrongCredentials(error)) throw waitingForAdmin(error);
    // The end is decided all the same; closing finds out that nobody can see it.
    if (isRefusedForGood(error)) return failedOutcome('undeliverable', (error as AppError).message, text, language);
    if (isRefused(error)) return failedOutcome('not_shown', (error as AppError).message, '', language);
    if (error instanceof AppError && !error.retryable && !isLostToAnother(error))
      return failedOutcome(error.code, error.message, text, language);
    throw error;
  }
}

/** Asks and lets the reply grow with what comes. */
async function listen(
  deps: Deps,
  asking: Asking,
  asked: readonly AskedEvent[],
  turn: OpenTurn,
  writer: Writer,
  context: Context,
): Promise<Outcome> {
  const { store, limits } = deps;
  const language = replyLanguage(asked);
  const began = turn.startedAt?.getTime() ?? Date.now();
  const seconds = () => Math.round((Date.now() - began) / 100) / 10;
  let state: ReplyState = turn.attempts > 0 ? 'recovering' : 'thinking';
  let answer: Answer = emptyAnswer;
  let firstTokenAt: Date | undefined;
  const timed = createStepClock(Date.now);
  // Until new words come, the card keeps what it showed.
  const kept = () => (answer.text === '' ? { ...answer, text: turn.reply.text } : answer);
  const view = () => growing(state, kept(), language, seconds());

  const asks = new AbortController();
  const frames = writer.grow(view);
  const ticks = keepTicking(frames, writer.streams ? limits.ticksMs : []);
  const dated = (outcome: Outcome): Outcome => ({ ...outcome, firstTokenAt });
  const touch = () => writer.touch(view(), firstTokenAt);
  const proof = keepProving(touch, limits, () => asks.abort());
  const stop = () => asks.abort();
  context.cancellationSignal.addEventListener('abort', stop, { once: true });
  if (context.cancellationSignal.aborted) stop();
  try {
    const admitted = await asking.admit(asks.signal);
    const reading = await readAttachments(deps, turn, admitted.asked, asking.backend.takes?.(asking.config) ?? [], asks.signal);
    const outgoing = await openOutgoing(deps, turn, writer.sends);
    await store.turns.reachedBackend(turn.id);
    for await (const part of asking.backend.ask(asking.config, withAttachments(admitted.question, reading, language, deps), asks.signal)) {
      if (asks.signal.aborted || frames.refused) break;
      if (part.kind === 'file') await outgoing.keep(part.file);
      const silent = answer.text === '';
      answer = timed(extend(answer, part));
      if (silent && answer.text !== '') {
        state = 'streaming';
        firstTokenAt = new Date();
      }
      frames.show();
      ticks.heard();
    }
    if (isCancelled(context)) return dated(await stopped(deps, turn, kept(), asked, seconds()));
    if (context.cancellationSignal.aborted)
      throw new AppError('worker_stopping', 'This worker is shutting down; another one goes on.', { retryable: true });
    if (frames.refused) throw frames.refused;
    proof.check();
    if (answer.finish === undefined)
      throw new AgentError('broken_stream', 'The stream ended before the answer was complete.', { retryable: true });
    const notes = [
      asked.some(({ renews }) => renews) ? newExpert[language] : '',
      notAskedText(asked.length - admitted.asked.length, language),
      leftOutText(reading.leftOut, language, deps.attachments),
      notSentText(outgoing.notSent, language),
    ];
    return dated(doneOutcome(answer, language, seconds(), notes, outgoing.count));
  } catch (error) {
    await frames.stop();
    if (isCancelled(context)) return dated(await stopped(deps, turn, kept(), asked, seconds()));
    proof.check();
    if (error instanceof AgentError && !error.retryable)
      return dated(failedOutcome(error.code, error.message, answer, language, seconds()));
    throw error;
  } finally {
    ticks.stop();
    proof.stop();
    asks.abort();
    context.cancellationSignal.removeEventListener('abort', stop);
  }
}

/** The cancellation says nothing of why: the chat's newest event that stops does. */
async function stopped(
  deps: Deps,
  turn: OpenTurn,
  said: string | Answer,
  asked: readonly AskedEvent[],
  seconds?: number,
): Promise<Outcome> {
  const by = await deps.store.turns.stopper(turn.id).catch(() => undefined);
  const named = asked[0]?.address.kind === 'group' ? (by?.name ?? undefined) : undefined;
  const outcome = stoppedOutcome(by?.cause ?? 'stopped', said, replyLanguage(asked), { seconds, named });
  return by ? { ...outcome, stoppedBy: by.personId } : outcome;
}

/** Proves once a second that we still are the writer; without a proof for too long it gives up, for the database may belong to somebody else by now. */
function keepProving(touch: () => Promise<boolean>, { touchMs, proofLastsMs }: Deps['limits'], giveUp: () => void) {
  let provenAt = Date.now();
  let lost: AppError | undefined;
  const lose = (why: AppError) => {
    lost ??= why;
    giveUp();
  };
  const timer = setInterval(() => {
    touch().then(
      (still) => {
        if (still) provenAt = Date.now();
        else lose(lostToAnother());
      },
      () => undefined,
    );
    if (Date.now() - provenAt > proofLastsMs)
      lose(
        new AppError('unproven', 'The database did not answer: whether this process still writes the reply is not known.', {
          retryable: true,
        }),
      );
  }, touchMs);
  return {
    /** Throws when we are not the writer any more, or do not know. */
    check: () => {
      if (lost) throw lost;
    },
    stop: () => clearInterval(timer),
  };
}

/** Stopped by the conversation, not by this worker's shutdown or a lost heartbeat. */
const isCancelled = ({ cancellationDetails }: Context): boolean => cancellationDetails?.cancelRequested === true;

const isStale = ({ staleAfterSeconds, sentAt }: AskedEvent): boolean =>
  staleAfterSeconds !== null && Date.now() - sentAt.getTime() > staleAfterSeconds * 1000;
