import { ChannelError } from '../../domain/errors';
import { fileNameIn, jsonObject, limitedBytes, networkFault } from '../http';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below `/open-apis`, with the query. */
  readonly path: string;
  /** Sent as JSON, but for a form. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** The platform's code; -1 when the body is no JSON of its kind. */
  readonly code: number;
  readonly msg: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** How long the gateway wants us to wait, in milliseconds. */
  readonly resetMs?: number;
}

/**
 * One HTTP call as it is, no retry. Throws only when no answer came: `timeout` or `unreachable`.
 * Not the SDK's client: that has no time limit, loses rate limit headers and hands whole requests, secrets included, to its logger.
 */
export async function send(
  name: string,
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: unknown },
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: init.method,
      ...encoded(init.body, init.headers),
      // Our credentials go to the configured host and nowhere else.
      redirect: 'error',
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
    });
    return answered(response, await response.text());
  } catch (cause) {
    throw unanswered(name, timeoutMs, deadline.aborted, cause);
  }
}

/** A file as it came, or why there is none. */
export type Download =
  | { readonly bytes: Buffer; readonly mime?: string; readonly name?: string }
  | { readonly refused: Answer }
  | { readonly tooLarge: true };

/** Reads a file, at most `maxBytes` of it: what is larger is cut off while it comes. Throws as `send` does. */
export async function download(
  name: string,
  url: string,
  headers: Record<string, string>,
  maxBytes: number,
  timeoutMs: number,
): Promise<Download> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal: deadline });
    const type = response.headers.get('content-type') ?? '';
    // A file of JSON comes with a name; a refusal does not.
    if (!response.ok || (!response.headers.has('content-disposition') && /json/.test(type)))
      return { refused: answered(response, await response.text()) };
    const bytes = await limitedBytes(response, maxBytes);
    if (!bytes) return { tooLarge: true };
    const fileName = fileNameIn(response.headers);
    return { bytes, ...(type ? { mime: type } : {}), ...(fileName ? { name: fileName } : {}) };
  } catch (cause) {
    throw unanswered(name, timeoutMs, deadline.aborted, cause);
  }
}

function answered(response: Response, text: string): Answer {
  const body = jsonObject(text) ?? {};
  const reset = Number(response.headers.get('x-ogw-ratelimit-reset') ?? Number.NaN);
  return {
    status: response.status,
    code: typeof body.code === 'number' ? body.code : -1,
    msg: typeof body.msg === 'string' ? body.msg : '',
    body,
    ...(Number.isFinite(reset) ? { resetMs: Math.max(0, reset) * 1000 } : {}),
  };
}

const unanswered = (name: string, timeoutMs: number, late: boolean, cause: unknown): ChannelError =>
  late
    ? new ChannelError('timeout', `Lark did not answer ${name} within ${timeoutMs} ms.`, { retryable: true })
    : new ChannelError('unreachable', `Lark could not be reached for ${name} (${networkFault(cause)}).`, { retryable: true });

function encoded(body: unknown, headers: Record<string, string> = {}): { headers: Record<string, string>; body?: FormData | string } {
  // The boundary of a form is the runtime's to name.
  if (body instanceof FormData) return { headers, body };
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}
