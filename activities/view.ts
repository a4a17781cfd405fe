import { randomInt } from 'node:crypto';
import { type Answer, emptyAnswer, type ReplyState, type ReplyView } from '../domain/answer';
import type { StopCause } from '../domain/conversation';
import { type Language, languageOf } from '../domain/language';
import * as phrases from '../domain/phrases';
import type { AskedEvent, Outcome } from '../store/turns';

/** The language of a reply: that of the newest message it answers. */
export const replyLanguage = (asked: readonly AskedEvent[]): Language => asked.at(-1)?.language ?? languageOf('');

export function growing(state: ReplyState, answer: Answer, language: Language): ReplyView {
  return { state, text: answer.text, language, steps: answer.steps };
}

export function doneOutcome(answer: Answer, language: Language, seconds: number): Outcome {
  const silent = answer.text.trim() === '';
  const reason = silent ? phrases.emptyAnswer[language] : answer.finish === 'length' ? phrases.cutAnswer[language] : undefined;
  const view = { ...growing('done', answer, language), seconds, usage: answer.usage, ...(reason && { reason }) };
  return { state: 'done', view, usage: answer.usage };
}

/** Partial text is kept. */
export function stoppedOutcome(
  cause: StopCause,
  text: string,
  language: Language,
  { seconds, named }: { readonly seconds?: number | undefined; readonly named?: string | undefined } = {},
): Outcome {
  const reason = phrases.stopReason(cause, language, named);
  const view = { ...growing('stopped', { ...emptyAnswer, text }, language), reason, ...(seconds !== undefined && { seconds }) };
  return { state: 'stopped', view };
}

export function expiredOutcome(language: Language): Outcome {
  return { state: 'expired', view: { ...growing('expired', emptyAnswer, language), reason: phrases.expiredReason[language] } };
}

/**
 * @param detail for administrators, looked up by the reference; never what people wrote
 */
export function failedOutcome(code: string, detail: string, text: string, language: Language): Outcome {
  const reference = newReference();
  const view = { ...growing('failed', { ...emptyAnswer, text }, language), reason: phrases.failureReason(code, language), reference };
  return { state: 'failed', view, failure: { reference, code, detail } };
}

/** Short enough to be read out on the phone: eight characters that cannot be mistaken for one another. */
const newReference = (): string => `P-${Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
