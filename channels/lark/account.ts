import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import { baseUrlOf, type LarkConfig } from './config';
import { refused } from './errors';
import { type Answer, type Download, download, type Request, send } from './http';

/** One app's credentials at work: its token, kept until it expires or is refused, and who its bot is. */
export interface Account {
  readonly base: string;
  readonly timeoutMs: number;
  token(): Promise<string>;
  /** Drops this token, unless another one has taken its place. */
  forget(token: string): void;
  /** The bot's open_id, asked for once. */
  bot(): Promise<string>;
  /** One call with the present token; never retried here. Forms get more time. */
  send(name: string, request: Request): Promise<Answer & { readonly token: string }>;
  /** Reads a file below `/open-apis`, with the present token. */
  download(name: string, path: string, maxBytes: number): Promise<Download & { readonly token: string }>;
}

/** Files take longer than words. */
const FILE_TIMES = 6;

// A token is used no longer than until 3 minutes before its end.
const MARGIN_MS = 180_000;

export function createAccount(config: LarkConfig, timeoutMs: number): Account {
  const base = baseUrlOf(config.domain) ?? '';
  let known: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  let botId: Promise<string> | undefined;

  const login = async (): Promise<string> => {
    const { token, expireMs } = await fetchToken(config, timeoutMs);
    known = { token, until: Date.now() + expireMs - Math.min(MARGIN_MS, expireMs / 2) };
    return token;
  };
  const account: Account = {
    base,
    timeoutMs,
    token: async () => {
      if (known && Date.now() < known.until) return known.token;
      asking ??= login().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget: (token) => {
      if (known?.token === token) known = undefined;
    },
    bot: () => {
      botId ??= fetchBot(account).catch((error: unknown) => {
        botId = undefined;
        throw error;
      });
      return botId;
    },
    send: async (name, { method, path, body }) => {
      const token = await account.token();
      const headers = { authorization: `Bearer ${token}` };
      const withinMs = body instanceof FormData ? timeoutMs * FILE_TIMES : timeoutMs;
      return { ...(await send(name, `${base}/open-apis${path}`, { method, headers, body }, withinMs)), token };
    },
    download: async (name, path, maxBytes) => {
      const token = await account.token();
      const headers = { authorization: `Bearer ${token}` };
      return { ...(await download(name, `${base}/open-apis${path}`, headers, maxBytes, timeoutMs * FILE_TIMES)), token };
    },
  };
  return account;
}

/** Asks for a token, past every cache. Throws `bad_credentials` when the app id or secret is refused. */
export async function fetchToken(config: LarkConfig, timeoutMs: number): Promise<{ readonly token: string; readonly expireMs: number }> {
  const url = `${baseUrlOf(config.domain) ?? ''}/open-apis/auth/v3/tenant_access_token/internal`;
  const body = { app_id: config.appId, app_secret: config.appSecret };
  const answer = await send('token', url, { method: 'POST', body }, timeoutMs);
  const { tenant_access_token: token, expire } = answer.body;
  if (answer.code === 0 && typeof token === 'string') return { token, expireMs: (typeof expire === 'number' ? expire : 7200) * 1000 };
  const error = refused('token', answer.status, answer.code, answer.resetMs);
  if (error.retryable) throw error;
  throw new ChannelError('bad_credentials', error.message);
}

async function fetchBot(account: Account): Promise<string> {
  const answer = await account.send('bot.info', { method: 'GET', path: '/bot/v3/info' });
  const bot = answer.body.bot as { open_id?: unknown } | undefined;
  if (answer.code === 0 && typeof bot?.open_id === 'string') return bot.open_id;
  throw refused('bot.info', answer.status, answer.code, answer.resetMs);
}

const MOST = 1000;

/** The accounts of one process: the same credentials share one token, changed credentials get their own. */
export function createAccounts(timeoutMs: number): (config: LarkConfig) => Account {
  const accounts = new Map<string, Account>();
  return (config) => {
    const key = createHash('sha256')
      .update(JSON.stringify([config.domain, config.appId, config.appSecret]))
      .digest('hex');
    const account = accounts.get(key) ?? createAccount(config, timeoutMs);
    accounts.delete(key);
    accounts.set(key, account);
    for (const oldest of accounts.size > MOST ? [accounts.keys().next().value!] : []) accounts.delete(oldest);
    return account;
  };
}
