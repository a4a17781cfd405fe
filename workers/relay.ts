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

/** Delivers what dispatch could not: per chat, oldest first. Runs in every worker; a lease keeps two from taking the same chat. Ends when `signal` aborts. */
export async function runRelay(
  { store, dispatch, log, olderThanMs = 5000, everyMs = 1000 }: RelayOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const chats = await store.events.leaseUndelivered(olderThanMs, LEASE_MS, CHATS_AT_ONCE);
      await Promise.all(
        chats.map(async (chatId) => {
          await dispatch.deliverChat(chatId);
          await store.events.release(chatId);
        }),
      );
      if (chats.length === CHATS_AT_ONCE) continue;
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'the relay waits');
    }
    await pause(everyMs, signal);
  }
}

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
