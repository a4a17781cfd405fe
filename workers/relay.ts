import type { Dispatch } from '../runtime/dispatch';
import type { Log } from '../runtime/log';
import type { Store } from '../store';

export interface RelayOptions {
  readonly store: Store;
  readonly dispatch: Pick<Dispatch, 'deliverChat'>;
  readonly log: Log;
  /** Rows younger than this are dispatch's own. */
  readonly olderThanMs?: number;
  readonly everyMs?: number;
}

const LEASE_MS = 10_000;
const CHATS_AT_ONCE = 50;
/** How many rounds a relay leaves to others after one in which nothing got through: another process may reach Temporal. */
const ROUNDS_LEFT_TO_OTHERS = 3;

/**
 * Delivers what dispatch could not: per chat, oldest first. Runs in every worker; a lease keeps two from taking the same chat. A chat that
 * fails while others get through keeps its lease, so that it is not tried every round. Ends when `signal` aborts.
 */
export async function runRelay(
  { store, dispatch, log, olderThanMs = 5000, everyMs = 1000 }: RelayOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const chats = await store.events.leaseUndelivered(olderThanMs, LEASE_MS, CHATS_AT_ONCE);
      const outcomes = await Promise.allSettled(
        chats.map(async (chatId) => {
          await dispatch.deliverChat(chatId);
          await store.events.release(chatId);
        }),
      );
      const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
      if (failures[0])
        log.warn({ error: nameOf(failures[0].reason), chats: chats.length, failed: failures.length }, 'the relay could not deliver');
      if (chats.length > 0 && failures.length === chats.length) {
        await Promise.all(chats.map((chatId) => store.events.release(chatId)));
        await pause(ROUNDS_LEFT_TO_OTHERS * everyMs, signal);
      } else if (chats.length === CHATS_AT_ONCE) continue;
    } catch (error) {
      log.warn({ error: nameOf(error) }, 'the relay waits');
    }
    await pause(everyMs, signal);
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
