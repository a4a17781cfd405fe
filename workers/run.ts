import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';
import { loadConfig } from '../runtime/config';
import { metricsHost, serveHealth } from '../runtime/health';
import { createLog } from '../runtime/log';
import { exitWithParent, onShutdown } from '../runtime/shutdown';
import { ensureSentinel } from '../runtime/temporal';
import { runAlerts } from './alerts';
import { createConnectionWorkers } from './connections';
import { createConversationWorkers } from './conversations';
import { type Instrument, installRuntime, openParts } from './process';
import { reconcileAll } from './reconcile';
import { runRelay } from './relay';

const SENTINEL_EVERY_SECONDS = 20;
const COMPARE_EVERY_MS = 30_000;

export const roles = ['conversations', 'connections', 'all'] as const;
export type Role = (typeof roles)[number];

/** Runs one worker process until it is told to end. @param instrument lets tests stand between the activities and what they touch */
export async function runWorker(role: Role, instrument?: Instrument): Promise<void> {
  const config = loadConfig(undefined, role);
  const log = createLog(config);
  installRuntime(log);
  const parts = await openParts(config, log, instrument);
  const talks = role !== 'connections';
  const workers: Worker[] = [
    ...(talks ? await createConversationWorkers(parts) : []),
    ...(role !== 'conversations' ? await createConnectionWorkers(parts) : []),
  ];
  const measure = async () => parts.metrics.unended.set(await parts.store.events.countUnended());
  const health =
    config.metricsPort === undefined
      ? undefined
      : serveHealth(
          { metrics: parts.metrics, ready: () => readyWith(parts.ready, workers), measure },
          config.metricsPort,
          metricsHost(config),
        );

  const stopping = new AbortController();
  const loops = [
    ...(talks ? [runRelay(parts, stopping.signal), keepTemporalTrue(parts, stopping.signal)] : []),
    runAlerts(parts, talks, stopping.signal),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const shutdown = onShutdown(
    [
      { name: 'loops', deadlineMs: 3000, run: () => endLoops(stopping, loops) },
      { name: 'workers', deadlineMs: 9000, run: () => stopWorkers(workers, running) },
      { name: 'connections', deadlineMs: 3000, run: () => closeAll(health, parts.close) },
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

function endLoops(stopping: AbortController, loops: readonly Promise<void>[]): Promise<unknown> {
  stopping.abort();
  return Promise.all(loops);
}

function stopWorkers(workers: readonly Worker[], running: Promise<unknown>): Promise<unknown> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  return running;
}

function closeAll(health: Server | undefined, close: () => Promise<unknown>): Promise<unknown> {
  health?.close();
  return close();
}

async function readyWith(ready: () => Promise<void>, workers: readonly Worker[]): Promise<void> {
  if (workers.some((worker) => worker.getState() !== 'RUNNING')) throw new Error('a worker is not running');
  await ready();
}

/** What must run in Temporal whatever became of its data: the sentinel's schedule, and a connection for each integration as its row wants it. */
async function keepTemporalTrue(parts: Awaited<ReturnType<typeof openParts>>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await ensureSentinel(parts.client, SENTINEL_EVERY_SECONDS);
      await reconcileAll(parts, signal);
    } catch (error) {
      parts.log.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'Temporal could not be compared with the database; trying again',
      );
    }
    await wait(COMPARE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
