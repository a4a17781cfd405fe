/** One field that did not fit; `path` as the API names it, with dots. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
  /** What it could be; the message names it. */
  readonly value?: string | null;
}

/** A refusal of the API (RFC 9457), or `status` 0 when no answer came at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail?: string,
    /** The last part of the problem's type: `not_found`. */
    readonly code: string = '',
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(detail ?? title);
    this.name = 'ApiProblem';
  }
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** Resolves with the JSON that was answered. */
  post<T = unknown>(path: string, body?: unknown): Promise<T>;
  patch<T = unknown>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
  /** An answer that is a file rather than JSON. */
  file(path: string): Promise<Blob>;
  /** Sends a body and opens the stream of server-sent events that answers it. */
  ask(path: string, body: unknown, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Opens a stream of server-sent events; rejects with an {@link ApiProblem} when it is refused. */
  open(path: string, lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** Whom the page calls for; all of it may be absent, then the session's cookie says it. */
export interface CallerSays {
  readonly apiKey?: string | undefined;
  readonly organizationId?: string | undefined;
  /** Why somebody reads what people wrote, where the tenant asks. */
  readonly reason?: string | undefined;
  /** Told when a call finds that the session is over. */
  readonly onSignedOut?: () => void;
}

const BASE = new URL('api/v1/', document.baseURI);
export const OPENAPI_URL = new URL('openapi.json', BASE).href;
/** A page of another origin cannot send this header without our consent; that is the whole guard against forged requests. */
const CONSOLE = { 'X-Parley-Console': '1' };

/** Calls the API with the session's cookie, or as the holder of a key. */
export function createApi({ apiKey, organizationId, reason, onSignedOut }: CallerSays = {}): Api {
  const standing = new Headers(CONSOLE);
  if (apiKey) standing.set('Authorization', `Bearer ${apiKey}`);
  if (organizationId) standing.set('X-Parley-Organization', organizationId);
  if (reason) standing.set('X-Parley-Reason', encodeURIComponent(reason));

  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(standing);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    // The page's language, which may be another than the browser's: refusals come in it.
    headers.set('Accept-Language', document.documentElement.lang);
    const response = await fetch(new URL(path, BASE), { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ApiProblem(0, 'No connection');
    });
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status === 401 && problem.code === 'unauthenticated') onSignedOut?.();
    throw problem;
  };
  const change = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const sent = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await call(path, { method, ...sent });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: async <T>(path: string, signal?: AbortSignal) => (await call(path, signal ? { signal } : {})).json() as Promise<T>,
    post: (path, body) => change('POST', path, body),
    patch: (path, body) => change('PATCH', path, body),
    delete: (path) => change('DELETE', path, undefined),
    file: async (path) => (await call(path, {})).blob(),
    ask: async (path, body, signal) => {
      const headers = { Accept: 'text/event-stream', 'Content-Type': 'application/json' };
      const answer = await call(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
      if (!answer.body) throw new ApiProblem(0, 'Empty stream');
      return answer.body;
    },
    open: async (path, lastEventId, signal) => {
      const headers = { Accept: 'text/event-stream', ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}) };
      const { body } = await call(path, { headers, signal, cache: 'no-store' });
      if (!body) throw new ApiProblem(0, 'Empty stream');
      return body;
    },
  };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as {
    readonly type?: string;
    readonly title?: string;
    readonly detail?: string;
    readonly errors?: readonly FieldProblem[];
  };
  const code = body.type?.split(':').at(-1) ?? '';
  return new ApiProblem(response.status, body.title ?? response.statusText, body.detail, code, body.errors ?? []);
}

/** Joins a path and its query; what is undefined or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}
