import { reconcileConnection, removeConnection, runningConnections } from '../runtime/connections';
import type { WorkerParts } from './process';

const BY = 'reconciliation';

/** Every connection as its integration's row wants it, none without an integration. One that fails keeps none of the others from it. */
export async function reconcileAll(
  { client, store, log }: Pick<WorkerParts, 'client' | 'store' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const running = await runningConnections({ client });
  const integrations = await store.integrations.all();
  const known = new Set(integrations.map(({ id }) => id));
  // Deleted while Temporal was away, or unknown to a database that was restored.
  const gone = running.filter((id) => !known.has(id));
  const steps = [
    ...integrations.map((integration) => ({ id: integration.id, take: () => reconcileConnection({ client }, integration, BY) })),
    ...gone.map((id) => ({ id, take: () => removeConnection({ client }, id, BY) })),
  ];
  for (const { id, take } of steps) {
    if (signal.aborted) return;
    await take().catch((error: unknown) =>
      log.warn(
        { integrationId: id, error: error instanceof Error ? error.name : 'unknown' },
        'a connection could not be compared with its integration; trying again',
      ),
    );
  }
}
