import { setTimeout as sleep } from 'node:timers/promises';
import type { Ports, Priority } from '../channel';
import type { Account } from './account';
import { isLark, LarkError, refused, STALE_TOKEN } from './errors';
import type { Answer, Request } from './http';

/** What Lark grants per API and second is 50; two are left for whoever else uses the app. */
const PER_SECOND = 48;
const ATTEMPTS = 6;
/** Limits of one chat or one message: the API as a whole is free, only this call waits. */
const LOCAL_LIMITS = [230020, 11232, 11233];

/**
 * One call to an API named like `card.content`: waits for the budget, then makes the request (so that it carries the latest view),
 * renews a refused token once, waits as told when limited. Resolves with `data`.
 */
export type Caller = (api: string, priority: Priority, make: () => Request) => Promise<Readonly<Record<string, unknown>>>;

export function createCaller(account: Account, { budget, called }: Pick<Ports, 'budget' | 'called'>): Caller {
  const once = async (api: string, make: () => Request): Promise<Answer> => {
    const request = make();
    const answer = await account.send(api, request);
    if (!STALE_TOKEN.includes(answer.code)) return answer;
    account.forget(answer.token);
    return account.send(api, request);
  };
  return async (api, priority, make) => {
    for (let attempt = 1; ; attempt++) {
      await budget.take(api, PER_SECOND, priority);
      try {
        const answer = await once(api, make);
        if (answer.code !== 0) throw refused(api, answer.status, answer.code, answer.resetMs);
        called('ok');
        return (answer.body.data ?? {}) as Readonly<Record<string, unknown>>;
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
}
