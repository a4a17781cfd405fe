import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelError } from '../../domain/errors';
import type { Ports, Priority } from '../channel';
import type { Account } from './account';
import { isLark, LarkError, refused, STALE_TOKEN } from './errors';
import type { Answer, Request } from './http';

/** What Lark grants per API and second is 50; two are left for whoever else uses the app. */
const PER_SECOND = 48;
/** APIs that are called steadily, but have no exception from the 1000 calls a minute that hold beside the 50 a second. */
const STEADY: Readonly<Record<string, number>> = { 'card.element': 16 };
const ATTEMPTS = 6;
/** Limits of one chat or one message: the API as a whole is free, only this call waits. */
const LOCAL_LIMITS = [230020, 11232, 11233];

const perSecond = (api: string): number => STEADY[api] ?? PER_SECOND;

export interface Caller {
  /**
   * One call to an API named like `card.content`: waits for the budget, then makes the request (so that it carries the latest view),
   * renews a refused token once, waits as told when limited. Resolves with `data`.
   */
  (api: string, priority: Priority, make: () => Request): Promise<Readonly<Record<string, unknown>>>;
  /** Of APIs that do the same, the one that would be granted first; the earlier of two equal ones. */
  quickest(...apis: readonly [string, ...string[]]): string;
  /** Reads a file below `/open-apis`. Throws `too_large` beyond `maxBytes`. */
  download(api: string, path: string, maxBytes: number): Promise<{ bytes: Buffer; mime?: string; name?: string }>;
}

export function createCaller(account: Account, { budget, called }: Pick<Ports, 'budget' | 'called'>): Caller {
  const waiting = new Map<string, number>();
  const count = (api: string, change: number): void => void waiting.set(api, (waiting.get(api) ?? 0) + change);
  const granted = async (api: string, priority: Priority): Promise<void> => {
    count(api, 1);
    try {
      await budget.take(api, perSecond(api), priority);
    } finally {
      count(api, -1);
    }
  };
  const expectedWait = (api: string): number => ((waiting.get(api) ?? 0) + 1) / perSecond(api);

  const once = async (api: string, make: () => Request): Promise<Answer> => {
    const request = make();
    const answer = await account.send(api, request);
    if (!STALE_TOKEN.includes(answer.code)) return answer;
    account.forget(answer.token);
    return account.send(api, request);
  };
  /** Tries again what was limited, and counts every try. */
  const attempting = async <T>(api: string, priority: Priority, run: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      await granted(api, priority);
      try {
        const done = await run();
        called('ok');
        return done;
      } catch (error) {
        const limited = error instanceof LarkError && error.code === 'rate_limited';
        called(limited ? 'rate_limited' : 'error');
        if (!limited) throw error;
        const wait = error.retryAfterMs ?? 1000;
        if (isLark(error, ...LOCAL_LIMITS)) await sleep(Math.min(250 * attempt, 1000));
        else await budget.pause(api, wait);
        if (attempt === ATTEMPTS) throw error;
      }
    }
  };

  const call = (api: string, priority: Priority, make: () => Request): Promise<Readonly<Record<string, unknown>>> =>
    attempting(api, priority, async () => {
      const answer = await once(api, make);
      if (answer.code !== 0) throw refused(api, answer.status, answer.code, answer.resetMs);
      return (answer.body.data ?? {}) as Readonly<Record<string, unknown>>;
    });

  const file = async (api: string, path: string, maxBytes: number, again = false): ReturnType<Caller['download']> => {
    const got = await account.download(api, path, maxBytes);
    if ('bytes' in got) {
      const { token: _, ...whole } = got;
      return whole;
    }
    if ('tooLarge' in got) throw new ChannelError('too_large', `The file is larger than ${maxBytes} bytes.`);
    const { status, code, resetMs } = got.refused;
    if (again || !STALE_TOKEN.includes(code)) throw refused(api, status, code, resetMs);
    account.forget(got.token);
    return file(api, path, maxBytes, true);
  };

  return Object.assign(call, {
    quickest: (...apis: readonly [string, ...string[]]) =>
      apis.reduce((best, api) => (expectedWait(api) < expectedWait(best) ? api : best)),
    download: (api: string, path: string, maxBytes: number) => attempting(api, 'first', () => file(api, path, maxBytes)),
  });
}
