import { NativeConnection, Runtime } from '@temporalio/worker';
import { type Activities, createActivities } from '../activities';
import { createAlerts } from '../activities/alerts';
import { type Deps, defaultLimits, type Limits } from '../activities/deps';
import type { Config } from '../runtime/config';
import { createDispatch } from '../runtime/dispatch';
import { createIdentify } from '../runtime/identity';
import type { Log } from '../runtime/log';
import { createMailer } from '../runtime/mail';
import { createMetrics, type Metrics } from '../runtime/metrics';
import { pointsToOwnLink } from '../runtime/own-link';
import { loadPlugins } from '../runtime/plugins';
import { createMessengers, createPorts } from '../runtime/ports';
import { createReact } from '../runtime/react';
import { openRunKnows, openTemporal } from '../runtime/temporal';
import { openStore, type Store } from '../store';
import { openFiles } from '../store/files';
import { createReplyWorkers } from './replies';

export type WorkerParts = Awaited<ReturnType<typeof openParts>>;

/** Stands between the activities and what they touch. */
export interface Instrument {
  store(store: Store): Store;
  observe(observe: Metrics['observe']): Metrics['observe'];
  readonly limits: Limits;
}

const LOCAL_ATTACHMENTS =
  'attachments are kept in a folder of this machine: with processes on several machines set PARLEY_ATTACHMENTS to a bucket';

const untouched: Instrument = { store: (store) => store, observe: (observe) => observe, limits: defaultLimits };

/** What every worker process is made of. */
export async function openParts(config: Config, log: Log, instrument: Instrument = untouched) {
  const open = (options: { maxConnections: number; timeoutMs: number }) =>
    instrument.store(openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, ...options }));
  const { findChannel, findBackend } = loadPlugins(config.plugins);
  const store = open({ maxConnections: 12, timeoutMs: 3000 });
  const ledger = open({ maxConnections: 6, timeoutMs: 700 });
  const temporal = openTemporal(config);
  const native = await NativeConnection.connect(config.temporalConnection);
  const metrics = createMetrics();
  const observe = instrument.observe(metrics.observe);
  const consoleUrl = config.publicUrl ? `${config.publicUrl}/` : config.embedded ? `http://127.0.0.1:${config.port}/` : '';
  const files = openFiles(config.attachments.at);
  if (!config.embedded && config.attachments.at.kind === 'folder') log.warn(config.attachments.at, LOCAL_ATTACHMENTS);
  const portsFor = createPorts(store, observe, files);
  const messengerFor = createMessengers(findChannel, portsFor);
  const react = createReact({ store, findChannel, messengerFor, log });
  const dispatch = createDispatch({ store: ledger, client: temporal.client, findChannel, consoleUrl, log, observe, react });
  const deps: Deps = {
    serveReplies: createReplyWorkers({ config, native, activities: () => activities }),
    store,
    findChannel,
    findBackend,
    portsFor,
    messengerFor,
    deliver: dispatch.deliver,
    openRunKnows: (chatId) => openRunKnows(temporal.client, chatId),
    processName: config.processName,
    observe,
    limits: instrument.limits,
    files,
    identify: createIdentify({ store, messengerFor, log }),
    attachments: { ...config.attachments, fetchMs: 30_000, pauseMs: 500 },
  };
  const activities: Activities = createActivities(deps);
  return {
    config,
    log,
    store,
    native,
    client: temporal.client,
    metrics,
    dispatch,
    activities,
    alerts: createAlerts({
      ...{ store, messengerFor, consoleUrl, processName: config.processName, mail: config.mail && createMailer(config.mail) },
      findIntegration: (id) => store.integrations.find(id),
      pointsToOwnLink,
    }),
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
