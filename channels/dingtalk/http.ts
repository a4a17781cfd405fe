import { ChannelError } from '../../domain/errors';
import { jsonObject, networkFault } from '../http';
import { NotSent } from './errors';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, with the query. */
  readonly path: string;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** The platform's code; '0' for success, '' when the body is none of its kind. */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a form to upload. */
  readonly body?: unknown;
}

/**
 * One HTTP call as it is, no retry. Throws only when no answer came: `timeout` or `unreachable`. Own code, because the SDK's calls have no
 * time limit, go to fixed addresses and put the secret into a query.
 */
export async function send(name: string, url: string, call: Call, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
  const form = call.body instanceof FormData ? call.body : undefined;
  const answered = await reach(
    name,
    url,
    {
      method: call.method,
      // Without `accept` some of its interfaces answer in XML.
      headers: { accept: 'application/json', ...(form ? {} : { 'content-type': 'application/json' }), ...call.headers },
      ...(call.body === undefined ? {} : { body: form ?? JSON.stringify(call.body) }),
    },
    timeoutMs,
    async (response) => ({ status: response.status, text: await response.text() }),
    signal,
  );
  const body = jsonObject(answered.text);
  return { status: answered.status, code: body ? codeOf(answered.status, body) : '', body: body ?? {} };
}

/** Any HTTP call with our time limit; `read` is within it. */
export async function reach<T>(
  name: string,
  url: string,
  init: RequestInit,
  timeoutMs: number,
  read: (response: Response) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    // Our credentials go to the configured host and nowhere else.
    const both = signal ? AbortSignal.any([deadline, signal]) : deadline;
    return await read(await fetch(url, { ...init, redirect: 'error', signal: both }));
  } catch (cause) {
    if (cause instanceof ChannelError) throw cause;
    if (deadline.aborted) throw new ChannelError('timeout', `DingTalk did not answer ${name} within ${timeoutMs} ms.`, { retryable: true });
    const reason = networkFault(cause);
    const Failure = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/.test(reason) ? NotSent : ChannelError;
    throw new Failure('unreachable', `DingTalk could not be reached for ${name} (${reason}).`, { retryable: true });
  }
}

// The legacy API answers 200 with a number, the new one with a status and a word; some calls of the new one say `success: false` instead.
function codeOf(status: number, body: Readonly<Record<string, unknown>>): string {
  if (typeof body.errcode === 'number')
    return body.errcode === 88 && typeof body.sub_code === 'string' ? body.sub_code : String(body.errcode);
  if (typeof body.code === 'string' && body.code !== '') return body.code;
  // Said by what stands before all of it, when one address calls too often.
  if (body.status === 1111) return 'Throttling.Address';
  if (status >= 200 && status < 300) return body.success === false ? 'unsuccessful' : '0';
  return '';
}
