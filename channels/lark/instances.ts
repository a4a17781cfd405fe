import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkReport } from '../channel';
import type { Account } from './account';

/** How many programs hold a long connection of this app; undefined where Lark does not tell. Never rejects. */
export async function countInstances(account: Account): Promise<number | undefined> {
  const answer = await account.send('connection.count', { method: 'GET', path: '/event/v1/connection' }).catch(() => undefined);
  const count = (answer?.body.data as { online_instance_cnt?: unknown } | undefined)?.online_instance_cnt;
  return answer?.code === 0 && typeof count === 'number' ? count : undefined;
}

/**
 * Looks again and again while a connection is held, and reports others beside it: once each time their number changes. Seen twice in a row, because
 * a link that moves between two of our own processes is open on both for a moment. Resolves when `ended` aborts.
 */
export async function watchInstances(
  account: Account,
  everyMs: number,
  link: Pick<LinkReport, 'shared'>,
  ended: AbortSignal,
): Promise<void> {
  let [last, told] = [1, 1];
  while (await pause(everyMs, ended)) {
    const count = (await countInstances(account)) ?? last;
    if (ended.aborted) return;
    if (count === last && count !== told) {
      told = count;
      if (count > 1) link.shared(count);
    }
    last = count;
  }
}

const pause = (ms: number, ended: AbortSignal): Promise<boolean> => sleep(ms, true, { signal: ended, ref: false }).catch(() => false);
