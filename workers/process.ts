import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities';
import { type Deps, defaultLimits } from '../activities/deps';
import { findBackend } from '../agents';
import { findChannel } from '../channels';
import type { Config } from '../runtime/config';
import { createDispatch } from '../runtime/dispatch';
import type { Log } from '../runtime/log';
import { createMetrics, type Metrics } from '../runtime/metrics';
import { createMessengers } from '../runtime/ports';
import { openRunKnows, openTemporal } from '../runtime/temporal';
import { openStore, type Store } from '../store';

export type WorkerParts = Awaited<ReturnType<typeof openParts>>;

/** Stands between the activities and what they touch. */
export interface Instrument {
  store(store: Store): Store;
  observe(observe: Metrics['observe']): Metrics['observe'];
}

const untouched: Instrument = { store: (store) => store, observe: (observe) => observe };

/** What every worker process is made of. */
export async function openParts(config: Config, log: Log, instrument: Instrument = untouched) {
  const open = (options: { maxConnections: number; timeoutMs: number }) =>
    instrument.store(openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, ...options }));
  const store = open({ maxConnections: 12, timeoutMs: 3000 });
  const ledger = open({ maxConnections: 6, timeoutMs: 700 });
  const temporal = openTemporal(config);
  const native = await NativeConnection.connect(config.temporalConnection);
  const metrics = createMetrics();
  const observe = instrument.observe(metrics.observe);
  const consoleUrl = config.publicUrl ? `${config.publicUrl}/` : '';
  const dispatch = createDispatch({ store: ledger, client: temporal.client, findChannel, consoleUrl, log, observe });
  const deps: Deps = {
    store,
    findChannel,
    findBackend,
    messengerFor: createMessengers(store, findChannel, observe),
    deliver: dispatch.deliver,
    openRunKnows: (chatId) => openRunKnows(temporal.client, chatId),
    processName: config.processName,
    observe,
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
      // Our connection holders and answer workers run no workflows on purpose.
      warn: (message, meta) => message.startsWith('No workflows registered') || log.warn({ temporal: meta?.sdkComponent }, message),
      error: (message, meta) => log.error({ temporal: meta?.sdkComponent }, message),
    },
    shutdownSignals: [],
  });
}
