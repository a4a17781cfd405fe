import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities';
import { type Deps, defaultLimits } from '../activities/deps';
import { findBackend } from '../agents';
import { findChannel } from '../channels';
import type { Config } from '../runtime/config';
import { createDispatch } from '../runtime/dispatch';
import type { Log } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { createMessengers } from '../runtime/ports';
import { openRunKnows, openTemporal } from '../runtime/temporal';
import { openStore } from '../store';

export type WorkerParts = Awaited<ReturnType<typeof openParts>>;

/** What every worker process is made of. */
export async function openParts(config: Config, log: Log) {
  const store = openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, maxConnections: 12, timeoutMs: 3000 });
  const ledger = openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, maxConnections: 6, timeoutMs: 700 });
  const temporal = openTemporal(config);
  const native = await NativeConnection.connect(config.temporalConnection);
  const metrics = createMetrics();
  const consoleUrl = config.publicUrl ? `${config.publicUrl}/` : '';
  const dispatch = createDispatch({ store: ledger, client: temporal.client, findChannel, consoleUrl, log, observe: metrics.observe });
  const deps: Deps = {
    store,
    findChannel,
    findBackend,
    messengerFor: createMessengers(store, findChannel, metrics),
    deliver: dispatch.deliver,
    openRunKnows: (chatId) => openRunKnows(temporal.client, chatId),
    processName: config.processName,
    observe: metrics.observe,
    limits: defaultLimits,
  };
  return {
    config,
    log,
    store,
    native,
    client: temporal.client,
    metrics,
    dispatch,
    activities: createActivities(deps),
    ready: async () => {
      await store.ping();
      await temporal.client.withDeadline(Date.now() + 2000, () => temporal.connection.workflowService.getSystemInfo({}));
    },
    close: async () => {
      await dispatch.drained();
      await Promise.all([store.close(), ledger.close(), temporal.connection.close(), native.close()]);
    },
  };
}

/** Temporal's core logs through ours, warnings and worse only. Before any connection is made. */
export function installRuntime(log: Log): void {
  Runtime.install({
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message, meta) => log.warn({ temporal: meta?.sdkComponent }, message),
      error: (message, meta) => log.error({ temporal: meta?.sdkComponent }, message),
    },
    shutdownSignals: [],
  });
}
