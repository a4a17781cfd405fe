/** A refusal of the API (RFC 9457), or `status` 0 when no answer came at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail?: string,
  ) {
    super(detail ?? title);
    this.name = 'ApiProblem';
  }
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post(path: string, body: unknown): Promise<void>;
  /** Opens a stream of server-sent events; rejects with an {@link ApiProblem} when it is refused. */
  open(path: string, lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

const BASE = new URL('api/v1/', document.baseURI);
export const OPENAPI_URL = new URL('openapi.json', BASE).href;

/** Calls the API with the session's cookie, or as the holder of `apiKey`. */
export function createApi(apiKey?: string): Api {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (apiKey) headers.set('Authorization', `Bearer ${apiKey}`);
    const response = await fetch(new URL(path, BASE), { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ApiProblem(0, 'No connection');
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  };
  return {
    get: async <T>(path: string, signal?: AbortSignal) => (await call(path, signal ? { signal } : {})).json() as Promise<T>,
    post: async (path, body) => {
      // A page of another origin cannot send this header without our consent; that is the whole guard against forged requests.
      await call(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Parley-Console': '1' },
        body: JSON.stringify(body),
      });
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
  const body = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
  return new ApiProblem(response.status, body.title ?? response.statusText, body.detail);
}

/** Joins a path and its query; what is undefined is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}
