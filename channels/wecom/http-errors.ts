import { ChannelError, type ErrorOptions } from '../../domain/errors';

/** A refusal by WeCom's HTTP API, with its own number. */
export class WecomHttpError extends ChannelError {
  constructor(
    code: string,
    readonly errcode: number,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}

/** The token is missing, unknown or expired: fetch another one and try once more. */
export const STALE_TOKEN: readonly number[] = [40014, 42001, 41001];
/** Passes within moments: tried again at once, at most three times. */
export const BUSY: readonly number[] = [-1, 6000, 45033];
export const NOT_TRUSTED_IP = 60020;

const RATE_LIMITED = 45009;
const WINDOW_MS = 60_000;
const GONE: readonly number[] = [40007, 86003, 93006];
const FORBIDDEN: readonly number[] = [40003, 40056, 48002, 50002, 60011, NOT_TRUSTED_IP, 60111, 81013, 301002];
const BAD_CREDENTIALS: readonly number[] = [40001, 40013];

/** What a number means to whoever reads the log; WeCom's own texts may quote what people wrote. */
const MEANINGS: Readonly<Record<number, string>> = {
  [-1]: 'it is busy',
  40001: 'the secret is wrong or belongs to another application',
  40003: 'there is no such member',
  40007: 'the file has expired (WeCom keeps it 3 days)',
  40013: 'the corp id is not valid',
  40056: 'the agent id is not valid',
  40058: 'a parameter was refused',
  40201: 'the content was blocked',
  44004: 'the text is empty',
  45002: 'the text is too long',
  [RATE_LIMITED]: 'too many calls',
  45033: 'too many calls at the same time',
  48002: 'the application lacks the permission for this API',
  50002: 'the member is outside the range in which the application is visible',
  60011: 'the application has no right to this member or department',
  [NOT_TRUSTED_IP]: "this server's address is not among the application's trusted IPs",
  60111: 'there is no such member',
  81013: 'none of the receivers can be reached by this application',
  86003: 'the group no longer exists',
  301002: 'the application may not do this',
};

/** Turns an HTTP status and WeCom's `errcode` into one of our errors. */
export function refusedCall(api: string, status: number, errcode: number): WecomHttpError {
  const meaning = MEANINGS[errcode];
  const message = `WeCom refused ${api} (code ${errcode}, HTTP ${status})${meaning ? `: ${meaning}.` : '.'}`;
  if (errcode === RATE_LIMITED || status === 429)
    return new WecomHttpError('rate_limited', errcode, message, { retryable: true, retryAfterMs: WINDOW_MS });
  // No code of WeCom's: something in between is out of order. A token refused right after it was fetched is the platform's fault.
  if (status >= 500 || status === 404 || errcode === -2 || BUSY.includes(errcode) || STALE_TOKEN.includes(errcode))
    return new WecomHttpError('server_error', errcode, message, { retryable: true });
  if (BAD_CREDENTIALS.includes(errcode)) return new WecomHttpError('bad_credentials', errcode, message);
  if (GONE.includes(errcode)) return new WecomHttpError('gone', errcode, message);
  if (FORBIDDEN.includes(errcode)) return new WecomHttpError('forbidden', errcode, message);
  return new WecomHttpError('refused', errcode, message);
}
