import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelError } from '../../domain/errors';
import type { Ports, Priority } from '../channel';
import { type Download, download, type HttpAnswer, send } from './http';
import { BUSY, refusedCall, STALE_TOKEN, WecomHttpError } from './http-errors';

export interface AppCredentials {
  readonly corpId: string;
  readonly corpSecret: string;
  /** Without a trailing slash. */
  readonly apiBase: string;
}

export interface AppCall {
  /** Below `/cgi-bin`: `message/send`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Posted as JSON or as a form; without it the call is a GET. */
  readonly body?: unknown;
}

/** One application's credentials at work: its token, kept until it expires or is refused, and its calls. */
export interface AppAccount {
  /** Resolves with the answer's fields; renews a refused token once, tries again what WeCom was too busy for. Throws ChannelErrors. */
  call(request: AppCall, priority: Priority): Promise<Readonly<Record<string, unknown>>>;
  /** A file by its media id. */
  fetch(mediaId: string, maxBytes: number): Promise<Download>;
}

export interface AccountTimes {
  readonly callTimeoutMs: number;
  readonly busyMs: number;
}

// 10,000 a minute and API for the whole company, which we share with others.
const PER_SECOND = 50;
// A token is used no longer than until 3 minutes before its end.
const MARGIN_MS = 180_000;
const ATTEMPTS = 3;

export function createAppAccount(
  app: AppCredentials,
  { budget, called }: Pick<Ports, 'budget' | 'called'>,
  { callTimeoutMs, busyMs }: AccountTimes,
): AppAccount {
  const authorized = createAuthorization(app, callTimeoutMs);
  const once = async ({ path, query, body }: AppCall): Promise<HttpAnswer> =>
    authorized((access) =>
      send(
        path,
        { method: body === undefined ? 'GET' : 'POST', url: urlOf(app, path, { access_token: access, ...query }), body },
        callTimeoutMs,
      ),
    );

  return {
    async call(request, priority) {
      for (let attempt = 1; ; attempt++) {
        await budget.take(request.path, PER_SECOND, priority);
        try {
          const { status, errcode, body } = await once(request);
          if (errcode !== 0) throw refusedCall(request.path, status, errcode);
          called('ok');
          return body;
        } catch (error) {
          const limited = error instanceof ChannelError && error.code === 'rate_limited';
          called(limited ? 'rate_limited' : 'error');
          if (limited) await budget.pause(request.path, error.retryAfterMs ?? 60_000);
          if (!(error instanceof WecomHttpError && BUSY.includes(error.errcode)) || attempt === ATTEMPTS) throw error;
          await sleep(busyMs * attempt);
        }
      }
    },
    async fetch(mediaId, maxBytes) {
      await budget.take('media/get', PER_SECOND, 'first');
      const file = await authorized((access) =>
        download('media/get', urlOf(app, 'media/get', { access_token: access, media_id: mediaId }), maxBytes, callTimeoutMs),
      );
      if (file.errcode !== undefined) throw refusedCall('media/get', 200, file.errcode);
      called('ok');
      return file;
    },
  };
}

/** Runs calls with a token that WeCom takes; whoever finds it refused fetches another one, once. */
function createAuthorization(app: AppCredentials, timeoutMs: number) {
  let known: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  const token = async (): Promise<string> => {
    if (known && Date.now() < known.until) return known.token;
    asking ??= fetchToken(app, timeoutMs)
      .then(({ token: fresh, expireMs }) => {
        known = { token: fresh, until: Date.now() + expireMs - Math.min(MARGIN_MS, expireMs / 2) };
        return fresh;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  return async <T extends { readonly errcode?: number }>(run: (token: string) => Promise<T>): Promise<T> => {
    const first = await token();
    const answer = await run(first);
    if (!STALE_TOKEN.includes(answer.errcode ?? 0)) return answer;
    if (known?.token === first) known = undefined;
    return run(await token());
  };
}

/** Asks for a token, past every cache. Throws `bad_credentials` when the corp id or the secret is refused. */
export async function fetchToken(app: AppCredentials, timeoutMs: number): Promise<{ readonly token: string; readonly expireMs: number }> {
  const url = urlOf(app, 'gettoken', { corpid: app.corpId, corpsecret: app.corpSecret });
  const { status, errcode, body } = await send('gettoken', { method: 'GET', url }, timeoutMs);
  const { access_token: token, expires_in: seconds } = body;
  if (errcode === 0 && typeof token === 'string') return { token, expireMs: (typeof seconds === 'number' ? seconds : 7200) * 1000 };
  throw refusedCall('gettoken', status, errcode);
}

const urlOf = ({ apiBase }: AppCredentials, path: string, query: Readonly<Record<string, string>>): string =>
  `${apiBase}/cgi-bin/${path}?${new URLSearchParams(query)}`;
