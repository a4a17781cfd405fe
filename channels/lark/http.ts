import { ChannelError } from '../../domain/errors';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below `/open-apis`, with the query. */
  readonly path: string;
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
      headers: { 'content-type': 'application/json; charset=utf-8', ...init.headers },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
      // Our credentials go to the configured host and nowhere else.
      redirect: 'error',
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
    });
    const body = asRecord(await response.text());
    const reset = Number(response.headers.get('x-ogw-ratelimit-reset') ?? Number.NaN);
    return {
      status: response.status,
      code: typeof body.code === 'number' ? body.code : -1,
      msg: typeof body.msg === 'string' ? body.msg : '',
      body,
      ...(Number.isFinite(reset) ? { resetMs: Math.max(0, reset) * 1000 } : {}),
    };
  } catch (cause) {
    if (deadline.aborted) throw new ChannelError('timeout', `Lark did not answer ${name} within ${timeoutMs} ms.`, { retryable: true });
    throw new ChannelError('unreachable', `Lark could not be reached for ${name} (${reasonOf(cause)}).`, { retryable: true });
  }
}

function asRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

// A system code such as ECONNREFUSED; the message itself may hold the address with its path.
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? code : 'network error';
}
