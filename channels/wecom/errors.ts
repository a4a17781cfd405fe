import { ChannelError, type ErrorOptions } from '../../domain/errors';

/** A refusal by WeCom on the socket, with its own number. */
export class WecomError extends ChannelError {
  constructor(
    code: string,
    readonly errcode: number,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}

export const isWecom = (error: unknown, ...codes: readonly number[]): error is WecomError =>
  error instanceof WecomError && codes.includes(error.errcode);

export const BAD_CREDENTIALS = 853000;
/** The stream can be written no more: its time is over, or the request that it answers is none of this connection's. */
export const STREAM_OVER: readonly number[] = [846605, 846608];

const NOT_SUBSCRIBED = 846609;
const RATE_LIMITED: readonly number[] = [846607, 45009];
const WINDOW_MS = 60_000;
const TRANSIENT: readonly number[] = [-1, 846601, 846602];
const GONE = 93006;
const BLOCKED = 40201;

/** What a number means to whoever reads the log; WeCom's own texts may quote what people wrote. */
const MEANINGS: Readonly<Record<number, string>> = {
  [-1]: 'it is busy',
  40201: 'the content was blocked',
  45009: 'too many messages',
  93006: 'the chat does not exist, or the bot is not in it',
  846601: 'it is busy',
  846602: 'it is busy',
  846605: 'the request that is answered is unknown or too old',
  846607: 'too many messages',
  846608: 'the time in which this message may grow is over',
  846609: 'the connection is not subscribed',
  853000: 'the bot id or the secret is wrong',
};

/** Turns an error acknowledgement into one of our errors. */
export function refusedFrame(command: string, errcode: number): WecomError {
  const meaning = MEANINGS[errcode];
  const message = `WeCom refused ${command} (code ${errcode})${meaning ? `: ${meaning}.` : '.'}`;
  const error = (code: string, options: ErrorOptions = {}): WecomError => new WecomError(code, errcode, message, options);
  if (RATE_LIMITED.includes(errcode)) return error('rate_limited', { retryable: true, retryAfterMs: WINDOW_MS });
  if (errcode === NOT_SUBSCRIBED) return error('unreachable', { retryable: true });
  if (TRANSIENT.includes(errcode)) return error('server_error', { retryable: true });
  if (errcode === BAD_CREDENTIALS) return error('bad_credentials');
  if (errcode === GONE) return error('gone');
  if (errcode === BLOCKED) return error('forbidden');
  return error('refused');
}

/** Somebody else has taken a reply over: whoever wrote it stops. */
export const superseded = (): ChannelError => new ChannelError('superseded', 'A newer writer has this reply.', { retryable: true });
