import type { Ports, Priority } from '../channel';
import type { Account, Side } from './account';
import { CALLS_PER_SECOND } from './config';
import { BACK_OFF_MS, DingTalkError, refused } from './errors';
import type { Request } from './http';
import { createPace } from './pace';

/** Of what a robot is granted over all of its interfaces: a little less, because calls that were late on their way arrive closer together than they went. */
const USED = 0.975;
const LIMIT = 'robot';
/** A frame gives way to the one after it; what must be seen waits. */
const ATTEMPTS: Readonly<Record<Priority, number>> = { frame: 1, first: 3, last: 5 };

/**
 * One call to an API named like `card.streaming`: waits for the budget, then makes the request (so that it carries the latest view and a
 * fresh key each time). Resolves with the answer's body.
 */
export type Caller = (api: string, priority: Priority, make: () => Request, side?: Side) => Promise<Readonly<Record<string, unknown>>>;

/** @param backOffMs how long nobody calls after a refusal for too many calls */
export function createCaller(account: Account, { budget, memory, called }: Omit<Ports, 'files'>, backOffMs = BACK_OFF_MS): Caller {
  const pace = createPace(memory, (account.config.callsPerSecond ?? CALLS_PER_SECOND) * USED, backOffMs);
  return async (api, priority, make, side = 'api') => {
    for (let attempt = 1; ; attempt++) {
      await budget.take(LIMIT, await pace.perSecond(), priority);
      try {
        const answer = await account.send(api, side, make());
        if (answer.code !== '0') throw refused(api, answer.status, answer.code);
        called('ok');
        pace.passed();
        return answer.body;
      } catch (error) {
        const limited = error instanceof DingTalkError && error.code === 'rate_limited';
        called(limited ? 'rate_limited' : 'error');
        if (!limited) throw error;
        await pace.slowDown();
        await budget.pause(LIMIT, backOffMs);
        if (attempt >= ATTEMPTS[priority]) throw error;
      }
    }
  };
}
