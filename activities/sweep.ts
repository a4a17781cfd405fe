import { log } from '@temporalio/activity';
import type { Deps } from './deps';

export interface SweepResult {
  /** Events older than a minute without an end. */
  readonly overdue: number;
  /** Of those, handed to the relay again because no open run knows them. */
  readonly repaired: number;
  /** Of those, still without an end and without anybody who works on them. */
  readonly left: number;
}

const AT_ONCE = 5000;

/**
 * The sentinel's work: compares the ledger with what Temporal's open runs know. Events that nobody works on are handed to the relay again, under the
 * turn that owned them, so that the same card goes on; replies whose end is stored but not shown are closed.
 */
export const createSweep = (deps: Deps) =>
  async function sweep(): Promise<SweepResult> {
    const { store, limits } = deps;
    const overdue = await store.events.overdue(limits.overdueMs, AT_ONCE);
    const byChat = groupByChat(overdue);
    let repaired = 0;
    for (const [chatId, events] of byChat) {
      try {
        const ids = new Set(await deps.openRunKnows(chatId));
        const isKnown = ({ id, turnId }: (typeof events)[number]) => ids.has(id) || (turnId !== null && ids.has(turnId));
        const orphans = events.filter((event) => event.delivered && !isKnown(event)).map(({ id }) => id);
        if (orphans.length > 0) {
          await store.events.orphan(orphans);
          repaired += orphans.length;
        }
        await store.events.adopted(events.filter(isKnown).map(({ id }) => id));
      } catch (error) {
        log.warn('a chat could not be compared with its workflow', { chatId, error: error instanceof Error ? error.name : 'unknown' });
      }
    }
    await endLostSessions(deps);
    return { overdue: overdue.length, repaired, left: await store.events.countUnended() };
  };

/** A session whose run is gone (terminated, or Temporal's data lost) has ended, though nobody could write it. */
async function endLostSessions({ store, limits, openRunKnows }: Deps): Promise<void> {
  for (const { id, chatId } of await store.conversations.open(Math.max(limits.overdueMs, 10_000), 500)) {
    const known = await openRunKnows(chatId).catch(() => []);
    if (known === undefined && !(await store.events.chatHasUnended(chatId))) await store.conversations.end(id, 'timeout');
  }
}

function groupByChat<T extends { readonly chatId: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(item.chatId, [...(groups.get(item.chatId) ?? []), item]);
  return groups;
}
