import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import { baseUrl } from '../base-url';
import type { DingTalkConfig } from './config';
import { isRefusedCredentials, isStale, refused } from './errors';
import { type Answer, type Request, send } from './http';

/** The new API and the legacy one, each with a token of its own. */
export type Side = 'api' | 'oapi';

/** One app's credentials at work: its tokens, kept until they expire or are refused. */
export interface Account {
  readonly config: DingTalkConfig;
  readonly timeoutMs: number;
  /** One call; a refused token is renewed and the call made once more. Nothing else is tried again here. */
  send(name: string, side: Side, request: Request): Promise<Answer>;
}

interface Token {
  readonly token: string;
  readonly expireMs: number;
}

// A token is used no longer than until 5 minutes before its end.
const MARGIN_MS = 300_000;

export function createAccount(config: DingTalkConfig, timeoutMs: number): Account {
  const tokens = { api: keep(() => fetchToken(config, timeoutMs)), oapi: keep(() => fetchLegacyToken(config, timeoutMs)) };
  const once = (name: string, side: Side, { method, path, body }: Request, token: string): Promise<Answer> => {
    const base = baseUrl(side === 'api' ? config.apiBase : config.oapiBase) ?? '';
    if (side === 'api') return send(name, `${base}${path}`, { method, body, headers: { 'x-acs-dingtalk-access-token': token } }, timeoutMs);
    const query = `${path.includes('?') ? '&' : '?'}access_token=${encodeURIComponent(token)}`;
    return send(name, `${base}${path}${query}`, { method, body }, timeoutMs);
  };
  return {
    config,
    timeoutMs,
    send: async (name, side, request) => {
      const token = await tokens[side].get();
      const answer = await once(name, side, request, token);
      if (!isStale(answer.status, answer.code)) return answer;
      tokens[side].forget(token);
      return once(name, side, request, await tokens[side].get());
    },
  };
}

/** One token at a time, asked for once however many wait for it. */
function keep(login: () => Promise<Token>): { readonly get: () => Promise<string>; readonly forget: (token: string) => void } {
  let known: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    const { token, expireMs } = await login();
    known = { token, until: Date.now() + expireMs - Math.min(MARGIN_MS, expireMs / 2) };
    return token;
  };
  return {
    get: async () => {
      if (known && Date.now() < known.until) return known.token;
      asking ??= renew().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget: (token) => {
      if (known?.token === token) known = undefined;
    },
  };
}

/** Asks for a token of the new API, past every cache. Throws `bad_credentials` when the Client ID or Secret is refused. */
export async function fetchToken(config: DingTalkConfig, timeoutMs: number): Promise<Token> {
  const body = { appKey: config.clientId, appSecret: config.clientSecret };
  const answer = await send('token', `${baseUrl(config.apiBase) ?? ''}/v1.0/oauth2/accessToken`, { method: 'POST', body }, timeoutMs);
  const { accessToken, expireIn } = answer.body;
  if (answer.code === '0' && typeof accessToken === 'string')
    return { token: accessToken, expireMs: (typeof expireIn === 'number' ? expireIn : 7200) * 1000 };
  throw refusedLogin(answer);
}

async function fetchLegacyToken(config: DingTalkConfig, timeoutMs: number): Promise<Token> {
  const query = new URLSearchParams({ appkey: config.clientId, appsecret: config.clientSecret });
  const answer = await send('gettoken', `${baseUrl(config.oapiBase) ?? ''}/gettoken?${query}`, { method: 'GET' }, timeoutMs);
  const { access_token: token, expires_in: seconds } = answer.body;
  if (answer.code === '0' && typeof token === 'string') return { token, expireMs: (typeof seconds === 'number' ? seconds : 7200) * 1000 };
  throw refusedLogin(answer);
}

function refusedLogin({ status, code }: Answer): ChannelError {
  if (!isRefusedCredentials(status, code)) return refused('the log-in', status, code);
  return new ChannelError('bad_credentials', `DingTalk refused the Client ID or the Client Secret (${code}, HTTP ${status}).`);
}

const MOST = 1000;

/** The accounts of one process: the same credentials share their tokens, changed credentials get their own. */
export function createAccounts(timeoutMs: number): (config: DingTalkConfig) => Account {
  const accounts = new Map<string, Account>();
  return (config) => {
    const key = createHash('sha256').update(JSON.stringify(config)).digest('hex');
    const account = accounts.get(key) ?? createAccount(config, timeoutMs);
    accounts.delete(key);
    accounts.set(key, account);
    for (const oldest of accounts.size > MOST ? [accounts.keys().next().value!] : []) accounts.delete(oldest);
    return account;
  };
}
