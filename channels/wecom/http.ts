import { ChannelError } from '../../domain/errors';
import { fileNameIn, jsonObject, limitedBytes, networkFault } from '../http';

interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Sent as JSON, or as it is when it is a form. */
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  /** WeCom's code; -2 when the body is no answer of WeCom's. */
  readonly errcode: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Download {
  readonly bytes: Buffer;
  readonly mime?: string;
  readonly name?: string;
  /** Set when WeCom sent a JSON answer instead of a file. */
  readonly errcode?: number;
}

/** No JSON of WeCom's: something in between answered. */
export const NOT_WECOM = -2;

/**
 * One HTTP call as it is, no retry. Throws only when no answer came: `timeout` or `unreachable`.
 * @param name how errors call it; the address itself holds tokens and is never told
 */
export async function send(name: string, { method, url, body }: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  return answered(name, timeoutMs, async (signal) => {
    const form = body instanceof FormData;
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      ...(body === undefined || form ? {} : { headers: { 'content-type': 'application/json; charset=utf-8' } }),
      // What we send goes to the host that was checked and nowhere else.
      redirect: 'error',
      signal,
    });
    const fields = jsonObject(await response.text());
    return { status: response.status, errcode: typeof fields?.errcode === 'number' ? fields.errcode : NOT_WECOM, body: fields ?? {} };
  });
}

/** Reads a file of at most `maxBytes`. Throws `too_large` beyond, `gone` where the address has expired. */
export async function download(name: string, url: string, maxBytes: number, timeoutMs: number): Promise<Download> {
  return answered(name, timeoutMs, async (signal) => {
    const response = await fetch(url, { redirect: 'error', signal });
    if (response.status >= 500)
      throw new ChannelError('server_error', `WeCom answered ${name} with HTTP ${response.status}.`, { retryable: true });
    if (!response.ok) throw new ChannelError('gone', `WeCom has the file no more (HTTP ${response.status}).`);
    const bytes = await limitedBytes(response, maxBytes);
    if (!bytes) throw new ChannelError('too_large', `The file is larger than ${maxBytes} bytes.`);
    const mime = response.headers.get('content-type')?.split(';')[0]?.trim();
    if (mime === 'application/json') {
      const errcode = jsonObject(bytes.toString('utf8'))?.errcode;
      if (typeof errcode === 'number' && errcode !== 0) return { bytes, errcode };
    }
    const file = fileNameIn(response.headers);
    return { bytes, ...(mime ? { mime } : {}), ...(file ? { name: file } : {}) };
  });
}

async function answered<T>(name: string, timeoutMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await run(deadline);
  } catch (cause) {
    if (cause instanceof ChannelError) throw cause;
    if (deadline.aborted) throw new ChannelError('timeout', `WeCom did not answer ${name} within ${timeoutMs} ms.`, { retryable: true });
    throw new ChannelError('unreachable', `WeCom could not be reached for ${name} (${networkFault(cause)}).`, { retryable: true });
  }
}
