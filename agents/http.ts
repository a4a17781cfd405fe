import { AgentError } from '../domain/errors';
import { brokenStream, codeWords, failureOf, tooSilent } from './failures';
import type { Patience } from './timeouts';

/** Of an answer in one piece, images in it included. */
const MOST_JSON_BYTES = 32 * 1024 * 1024;

/**
 * Posts JSON and resolves with a response of status 2xx; everything else is an AgentError. `ms` limits the wait for the response's head.
 * Redirects are refused: the admin chose the address, and the next one could be anywhere.
 */
export async function postJson(url: URL, headers: Readonly<Record<string, string>>, body: unknown, ms: number, patience: Patience) {
  const call = fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json', ...headers },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: patience.signal,
  });
  const response = await patience.within(ms, call).catch((error: unknown) => {
    throw patience.expired() ? tooSilent(url.host) : unreachable(url.host, error);
  });
  if (response.ok) return response;
  const said = await readJson(response, () => ms, patience).catch(() => undefined);
  throw failureIn(said, url.host, response) ?? failureOf({ host: url.host, status: response.status });
}

/** The body's bytes as they come; `silenceMs` is asked before each wait. */
export async function* readBytes(
  response: Response,
  silenceMs: () => number,
  patience: Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { host } = new URL(response.url);
  const chunks = response.body?.[Symbol.asyncIterator]();
  while (chunks) {
    const next = await patience.within(silenceMs(), chunks.next()).catch(() => {
      throw patience.expired() ? tooSilent(host) : brokenStream(host);
    });
    if (next.done) return;
    yield next.value;
  }
}

/** The whole body as JSON; `undefined` where it is none. */
export async function readJson(response: Response, silenceMs: () => number, patience: Patience): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of readBytes(response, silenceMs, patience)) {
    size += bytes.length;
    if (size > MOST_JSON_BYTES) return undefined;
    chunks.push(bytes);
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}

/** `undefined` for what is not JSON: the parser's own error quotes the text, which must not travel. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The failure that a body tells of, in the shapes services use: `{error: {code, type}}`, `{error: "…"}`, `{object: "error", code}`. */
export function failureIn(body: unknown, host: string, response?: Response): AgentError | undefined {
  if (!isRecord(body)) return undefined;
  const refused = response !== undefined && !response.ok;
  if (!refused && (body.error === undefined || body.error === null) && body.object !== 'error') return undefined;
  const error = isRecord(body.error) ? body.error : body;
  return failureOf({
    host,
    status: refused ? response.status : (statusIn(error.code) ?? statusIn(error.status)),
    words: codeWords(error.code, error.type, error.status),
    retryAfterMs: refused ? retryAfterMs(response.headers, Date.now()) : undefined,
  });
}

/** How long a service asks to wait: `Retry-After` in seconds or as a date, or `Retry-After-Ms`. `now` in milliseconds. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const told = headers.get('retry-after')?.trim();
  if (told === undefined || told === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(told)) return Math.ceil(Number(told) * 1000);
  const date = Date.parse(told);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const statusIn = (value: unknown): number | undefined => {
  const status = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
};

function unreachable(host: string, error: unknown): AgentError {
  const [reason] = errorCodes(error);
  const slow = /TIME(D)?OUT/.test(reason ?? '');
  const message = `${host} cannot be reached${reason === undefined ? '' : ` (${reason})`}: check baseUrl, the network and the service.`;
  return new AgentError(slow ? 'timeout' : 'unreachable', message, { retryable: true });
}

/** Only codes such as ECONNREFUSED: the messages around them can quote headers. */
function errorCodes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const code: unknown = Reflect.get(error, 'code');
  return [...(typeof code === 'string' ? [code] : []), ...errorCodes(error.cause)];
}
