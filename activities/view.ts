import { randomInt } from 'node:crypto';
import { type Answer, emptyAnswer, isEnd, type ReplyState, type ReplyView } from '../domain/answer';
import { endedSteps } from '../domain/card';
import type { StopCause } from '../domain/conversation';
import { type Language, languageOf } from '../domain/language';
import * as phrases from '../domain/phrases';
import type { AskedEvent } from '../store/questions';
import type { Outcome } from '../store/turns';

/** The language of a reply: that of the newest message it answers. */
export const replyLanguage = (asked: readonly AskedEvent[]): Language => asked.at(-1)?.language ?? languageOf('');

/** @param seconds from the turn's begin */
export function growing(state: ReplyState, answer: Answer, language: Language, seconds?: number): ReplyView {
  const { text, reasoning } = answer;
  const steps = isEnd(state) ? endedSteps(answer.steps, state) : answer.steps;
  return { state, text, language, steps, ...(reasoning && { reasoning }), ...(seconds !== undefined && { seconds }) };
}

/** @param notes sentences that stand under the answer */
export function doneOutcome(answer: Answer, language: Language, seconds: number, notes: readonly string[] = [], files = 0): Outcome {
  const silent = answer.text.trim() === '' && files === 0;
  const ending = silent ? phrases.emptyAnswer[language] : answer.finish === 'length' ? phrases.cutAnswer[language] : '';
  const reason = [ending, ...notes].filter((note) => note !== '').join('\n');
  const view = { ...growing('done', answer, language, seconds), usage: answer.usage, ...(reason && { reason }) };
  return { state: 'done', view, usage: answer.usage, files };
}

/** What was said and done until then is kept. */
export function stoppedOutcome(
  cause: StopCause,
  said: string | Answer,
  language: Language,
  { seconds, named }: { readonly seconds?: number | undefined; readonly named?: string | undefined } = {},
): Outcome {
  const answer = answerOf(said);
  const reason = phrases.stopReason(cause, language, named);
  // What cannot be asked again shall not look as if it could.
  const over = cause === 'new' || cause === 'ended' || cause === 'recalled';
  const view = { ...growing('stopped', answer, language, seconds), usage: answer.usage, reason, ...(over && { buttons: [] }) };
  return { state: 'stopped', view, usage: answer.usage };
}

const answerOf = (said: string | Answer): Answer => (typeof said === 'string' ? { ...emptyAnswer, text: said } : said);

export function expiredOutcome(language: Language): Outcome {
  return { state: 'expired', view: { ...growing('expired', emptyAnswer, language), reason: phrases.expiredReason[language] } };
}

/**
 * @param detail for administrators, looked up by the reference; never what people wrote
 */
export function failedOutcome(code: string, detail: string, said: string | Answer, language: Language, seconds?: number): Outcome {
  const reference = newReference();
  const answer = answerOf(said);
  const reason = phrases.failureReason(code, language);
  const view = { ...growing('failed', answer, language, seconds), usage: answer.usage, reason, reference };
  return { state: 'failed', view, usage: answer.usage, failure: { reference, code, detail } };
}

/** Short enough to be read out on the phone: eight characters that cannot be mistaken for one another. */
const newReference = (): string => `P-${Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
