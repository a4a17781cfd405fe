import type { Worker } from '@temporalio/worker';
import { loadConfig } from '../runtime/config';
import { serveHealth } from '../runtime/health';
import { createLog } from '../runtime/log';
import { exitWithParent, failStart, onShutdown } from '../runtime/shutdown';
import { ensureSentinel } from '../runtime/temporal';
import { createConnectionWorkers } from './connections';
import { createConversationWorkers } from './conversations';
import { installRuntime, openParts } from './process';
import { runRelay } from './relay';

const SENTINEL_EVERY_SECONDS = 20;
const ROLES = ['conversations', 'connections', 'all'] as const;

/** `node workers/main.js conversations | connections | all` */
async function main(role: (typeof ROLES)[number]): Promise<void> {
  const config = loadConfig(undefined, role);
  const log = createLog(config);
  installRuntime(log);
  const parts = await openParts(config, log);
  const talks = role !== 'connections';
  const workers: Worker[] = [
    ...(talks ? await createConversationWorkers(parts) : []),
    ...(role !== 'conversations' ? await createConnectionWorkers(parts) : []),
  ];
  const measure = async () => parts.metrics.unended.set(await parts.store.events.countUnended());
  const health =
    config.metricsPort === undefined
      ? undefined
      : serveHealth({ metrics: parts.metrics, ready: () => readyWith(parts.ready, workers), measure }, config.metricsPort);

  const stopping = new AbortController();
  const loops = talks ? [runRelay(parts, stopping.signal), keepSentinel(parts, stopping.signal)] : [];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const shutdown = onShutdown(
    [
      { name: 'loops', deadlineMs: 3000, run: () => (stopping.abort(), Promise.all(loops)) },
      { name: 'workers', deadlineMs: 9000, run: () => (stopWorkers(workers), running) },
      { name: 'connections', deadlineMs: 3000, run: () => (health?.close(), parts.close()) },
    ],
    { log },
  );
  if (config.embedded) exitWithParent(() => shutdown());
  // A process that is half alive looks healthy: if one worker fails, all go.
  running.catch((error: unknown) => {
    log.error({ err: error }, 'a worker failed');
    void shutdown(1);
  });
}

const stopWorkers = (workers: readonly Worker[]): void => {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
};

async function readyWith(ready: () => Promise<void>, workers: readonly Worker[]): Promise<void> {
  if (workers.some((worker) => worker.getState() !== 'RUNNING')) throw new Error('a worker is not running');
  await ready();
}

/** Once a minute: the schedule is gone when Temporal's data is. */
async function keepSentinel({ client, log }: Awaited<ReturnType<typeof openParts>>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ensureSentinel(client, SENTINEL_EVERY_SECONDS).catch(() => log.warn('the sentinel schedule could not be made; trying again'));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 30_000);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}

const role = ROLES.find((name) => name === process.argv[2]);
if (role) main(role).catch(failStart);
else failStart(new Error(`Say what this worker does: ${ROLES.join(', ')}.`));
