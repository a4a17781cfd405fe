import { ChannelError, type ErrorOptions } from '../../domain/errors';

/** A refusal by DingTalk, with the platform's own code: a word of the new API, a number of the legacy one. */
export class DingTalkError extends ChannelError {
  constructor(
    code: string,
    readonly platformCode: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}

/** How long nobody calls after a 403 for too many calls; DingTalk gives no hint of its own. */
export const BACK_OFF_MS = 2000;

const STALE_TOKEN = /^(InvalidAuthentication|Invalid\.?AccessToken|40001|40014|42001)$/i;
const RATE_LIMITED =
  /Qps[A-Za-z]*Limit|Qpm[A-Za-z]*Limit|QpsLimit|QpmLimit|Throttling|send\.too\.fast|tooFast|^(90002|90003|90004|90005|130101)$/i;
const TRANSIENT = /^(system\.err(or)?|ServiceUnavailable|InternalError|unknownError|-1)$/i;
const CREDENTIALS = /auth(entication)?Fail|invalidClient|clientId|clientSecret|appKey|appSecret|^(40089|40096|41004)$/i;
const GONE =
  /(card|chat|group|conversation)\.?not\.?(exist|found)|group\.?dismiss|conversation\.invalid|robot\.?notInGroup|invalid\.?openConversationId|^(60121|33012|300001)$/i;
const FORBIDDEN = /AccessTokenPermissionDenied|IpNotInWhiteList|forbidden|too\.many\.(group|people)|invalidStaff|^(310000|60011|88)$/i;

/** What a code means to whoever reads the log; the platform's own texts may quote what people wrote. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/AccessTokenPermissionDenied/i, 'the app lacks a permission; grant it under "Permissions"'],
  [/IpNotInWhiteList/i, "the address of this server is not in the app's list of allowed addresses"],
  [/robotCode/i, 'the robot code is wrong'],
  [/bot\.forbidden|send\.forbidden/i, 'the robot is not allowed to speak here'],
  [/^60121$|^33012$/, 'there is no such person'],
  [/^300001$/, 'the session webhook is no longer valid'],
  [RATE_LIMITED, 'too many calls'],
  [STALE_TOKEN, 'the access token is unknown or expired'],
];

/** The token is unknown or expired: fetch another one and try once more. */
export const isStale = (status: number, code: string): boolean => status === 401 || STALE_TOKEN.test(code);

export const isRefusedCredentials = (status: number, code: string): boolean => status === 401 || CREDENTIALS.test(code);

export const isLimited = (status: number, code: string): boolean => status === 429 || RATE_LIMITED.test(code);

/** Turns an HTTP status and a code of DingTalk into one of our errors. */
export function refused(api: string, status: number, code: string): DingTalkError {
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  const message = `DingTalk refused ${api} (${code || 'no code'}, HTTP ${status})${meaning ? `: ${meaning}.` : '.'}`;
  if (isLimited(status, code)) return new DingTalkError('rate_limited', code, message, { retryable: true, retryAfterMs: BACK_OFF_MS });
  // No code: not an answer of DingTalk's at all, so something in between is out of order.
  if (TRANSIENT.test(code) || status >= 500 || code === '') return new DingTalkError('server_error', code, message, { retryable: true });
  // Seen only when a token fetched a moment ago is refused too: the platform's fault, it passes.
  if (isStale(status, code)) return new DingTalkError('server_error', code, message, { retryable: true });
  if (GONE.test(code)) return new DingTalkError('gone', code, message);
  if (FORBIDDEN.test(code) || status === 403) return new DingTalkError('forbidden', code, message);
  return new DingTalkError('refused', code, message);
}

/** Whether the platform has answered no for good: nothing took effect, and trying again changes nothing. */
export const isFinal = (error: unknown): error is DingTalkError => error instanceof DingTalkError && !error.retryable;

/** Whether a card was made by an earlier attempt: its key is taken. */
export const isKnownAlready = ({ platformCode }: DingTalkError): boolean =>
  /already|duplicat|repeat|outTrackId\.?exist/i.test(platformCode);

/** Whether nobody can tell if a call that failed took effect. Only what was answered, and not by a broken server, surely did not. */
export const isUnknown = (error: unknown): boolean =>
  !(error instanceof ChannelError) ||
  ['timeout', 'server_error'].includes(error.code) ||
  (error.code === 'unreachable' && !(error instanceof NotSent));

/** No connection was made, so nothing was sent. */
export class NotSent extends ChannelError {}
