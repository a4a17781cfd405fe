import type { AddressInfo } from 'node:net';
import { loadConfig } from '../runtime/config';
import { createDispatch } from '../runtime/dispatch';
import { metricsHost, serveHealth } from '../runtime/health';
import { createLog } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { listenForNotifications } from '../runtime/notifications';
import { loadPlugins } from '../runtime/plugins';
import { createMessengers, createPorts } from '../runtime/ports';
import { createReact } from '../runtime/react';
import { exitWithParent, failStart, onShutdown } from '../runtime/shutdown';
import { openTemporal } from '../runtime/temporal';
import { openStore } from '../store';
import { openFiles } from '../store/files';
import { createApp } from './app';
import type { GatewayDeps } from './deps';
import { measure } from './measure';
import { closeServer, serve } from './server';

async function main(): Promise<void> {
  const config = loadConfig(undefined, 'gateway');
  const { channels, backends, findChannel, packageOf } = loadPlugins(config.plugins);
  const log = createLog(config);
  const store = openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, maxConnections: 15 });
  const ledger = openStore({ databaseUrl: config.databaseUrl, secretKey: config.secretKey, maxConnections: 10, timeoutMs: 700 });
  const { client, connection } = openTemporal(config);
  const metrics = createMetrics();
  const consoleUrl = config.publicUrl ? `${config.publicUrl}/` : config.embedded ? `http://127.0.0.1:${config.port}/` : '';
  const ready = async () => {
    await store.ping();
    await client.withDeadline(Date.now() + 2000, () => connection.workflowService.getSystemInfo({}));
  };
  const files = openFiles(config.attachments.at);
  const portsFor = createPorts(store, metrics.observe, files);
  const react = createReact({ store, findChannel, messengerFor: createMessengers(findChannel, portsFor), log });
  const dispatch = createDispatch({ store: ledger, client, findChannel, consoleUrl, log, observe: metrics.observe, react });
  const deps: GatewayDeps = { config, log, store, client, dispatch, channels, portsFor, files, backends, packageOf, metrics, ready };
  const memory = listenForNotifications(config.databaseUrl, 'memory', log);
  const status = listenForNotifications(config.databaseUrl, 'status', log);
  const app = await createApp(deps, { memory, status });
  const server = await serve(app, config.port, config.embedded ? '127.0.0.1' : '0.0.0.0');
  log.info({ port: (server.address() as AddressInfo).port }, 'the gateway listens');
  const health =
    config.metricsPort === undefined
      ? undefined
      : serveHealth({ metrics, ready, measure: () => measure(deps) }, config.metricsPort, metricsHost(config));
  const shutdown = onShutdown(
    [
      { name: 'health', deadlineMs: 3000, run: () => health?.close() },
      { name: 'http', deadlineMs: 3000, run: () => closeServer(server) },
      { name: 'dispatch', deadlineMs: 3000, run: () => dispatch.drained() },
      {
        name: 'connections',
        deadlineMs: 3000,
        run: () => Promise.all([memory.close(), status.close(), store.close(), ledger.close(), connection.close()]),
      },
    ],
    { log },
  );
  if (config.embedded) exitWithParent(() => shutdown());
}

main().catch(failStart);
