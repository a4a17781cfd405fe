import { ChannelError, type ErrorOptions } from '../../domain/errors';

/** A refusal by Lark, with the platform's own number. */
export class LarkError extends ChannelError {
  constructor(
    code: string,
    readonly platformCode: number,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}

export const isLark = (error: unknown, ...codes: readonly number[]): error is LarkError =>
  error instanceof LarkError && codes.includes(error.platformCode);

/** The token is unknown or expired: fetch another one and try once more. */
export const STALE_TOKEN: readonly number[] = [99991661, 99991663, 99991664, 99991665, 99991668, 99991671];
export const SEQUENCE_TOO_LOW = 300317;
export const STREAMING_ENDED: readonly number[] = [200850, 300309];
export const CARD_GONE: readonly number[] = [200740, 200750];
/** The message that we answer, or its thread, is no longer there. */
export const TARGET_GONE: readonly number[] = [230011, 230019, 230071, 230110, 230111];

export const UNKNOWN_EMOJI = 231001;
const FILE_TOO_LARGE = 234037;

const RATE_LIMITED: readonly number[] = [99991400, 230020, 11232, 11233];
const TRANSIENT: readonly number[] = [230049, 231015, 200810, 300120, 2200, 1000004, 1000040343];
/** A file that Lark does not hand out, now or ever. */
const FILE_GONE: readonly number[] = [234003, 234004, 234038, 234040, 234041, 234043];
/** The reaction's message or chat is no longer there. */
const REACTION_GONE: readonly number[] = [231003, 231004];
const GONE: readonly number[] = [230002, 232009, 230031, ...CARD_GONE, ...TARGET_GONE, ...FILE_GONE, ...REACTION_GONE];
const FORBIDDEN: readonly number[] = [
  230006, 230013, 230017, 230018, 230027, 230029, 230035, 230038, 230050, 230053, 231002, 231008, 231018, 234002, 234009, 300311, 99991401,
  99991403, 99991662, 99991672, 99991673,
];

/** What a number means to whoever reads the log; the platform's own texts may quote what people wrote. */
const MEANINGS: Readonly<Record<number, string>> = {
  10003: 'the app id is not valid',
  10014: 'the app secret is wrong',
  200740: 'the card no longer exists',
  200750: 'the card is more than 14 days old',
  200860: 'the card is too large',
  230002: 'the bot is not in this chat',
  230006: 'the bot ability is switched off for this app',
  230011: 'the message was recalled',
  230013: 'the person is outside the range in which the app is available',
  230018: 'the group does not allow the bot to speak',
  230020: 'too many messages to this chat',
  230022: 'the content was judged sensitive',
  230027: 'the app lacks a permission for this message',
  230031: 'the card is more than 14 days old',
  230053: 'the person has stopped messages from this bot',
  230099: 'the card content was refused',
  230110: 'the message was deleted',
  231001: 'this emoji is unknown',
  231002: 'the app may not react here',
  231003: 'the message no longer exists',
  232009: 'the group was dissolved',
  234002: 'the app may not read this file',
  234003: 'the file does not belong to this message',
  234004: 'the app is not in the chat of this file',
  234009: 'the app lacks a permission for files',
  234037: 'the file is too large to be handed out',
  234038: 'files of this chat may not be downloaded',
  234040: 'the file is not visible to the app',
  234043: 'messages of this kind have no file to download',
  99991400: 'too many calls',
  99991401: 'the IP address of this server is not allowed',
  99991403: 'the monthly quota of calls is used up',
  99991662: 'the app is disabled',
  99991672: 'the app lacks a permission scope',
};

/** Turns an HTTP status and a Lark code into one of our errors; `resetMs` is what the platform asked us to wait. */
export function refused(api: string, status: number, code: number, resetMs?: number): LarkError {
  const meaning = MEANINGS[code];
  const message = `Lark refused ${api} (code ${code}, HTTP ${status})${meaning ? `: ${meaning}.` : '.'}`;
  if (status === 429 || RATE_LIMITED.includes(code))
    return new LarkError('rate_limited', code, message, { retryable: true, retryAfterMs: resetMs ?? 1000 });
  // -1: not an answer of Lark's at all, so something in between is out of order.
  if (TRANSIENT.includes(code) || status >= 500 || code === -1) return new LarkError('server_error', code, message, { retryable: true });
  // Seen only when a token fetched a moment ago is refused too: the platform's fault, it passes.
  if (STALE_TOKEN.includes(code)) return new LarkError('server_error', code, message, { retryable: true });
  if (code === FILE_TOO_LARGE) return new LarkError('too_large', code, message);
  if (GONE.includes(code)) return new LarkError('gone', code, message);
  if (FORBIDDEN.includes(code)) return new LarkError('forbidden', code, message);
  return new LarkError('refused', code, message);
}
