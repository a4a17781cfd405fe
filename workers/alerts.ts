import { setTimeout as wait } from 'node:timers/promises';
import type { Alerts } from '../activities/alerts';
import type { Log } from '../runtime/log';

const WATCH_EVERY_MS = 10_000;
const DELIVER_EVERY_MS = 2000;

/**
 * Tells administrators what they must know. Every process delivers, for some chats can only be spoken to by the one that holds their link.
 * @param watches whether this process also looks for what is wrong; several may. Ends when `signal` aborts
 */
export async function runAlerts(
  { alerts, log }: { readonly alerts: Alerts; readonly log: Log },
  watches: boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let watchAt = 0; !signal.aborted; ) {
    try {
      if (watches && Date.now() >= watchAt) {
        watchAt = Date.now() + WATCH_EVERY_MS;
        await alerts.watch();
      }
      await alerts.deliver();
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'alerts wait');
    }
    await wait(DELIVER_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
