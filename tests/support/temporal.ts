import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../activities';
import type { Heard } from '../../domain/conversation';
import { ARTEFACTS, isStale, makeArtefact } from '../../stack/artefacts';
import { findTemporalCli } from '../../stack/temporal-cli';
import { bundleWorkflows } from '../../workers/bundle';
import { stickyQueueTimeout, throttles } from '../../workflows/limits';
import { conversationWorkflowId, searchAttributes, taskQueues } from '../../workflows/messages';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** By itself the server lets timers be late by up to a second. */
const PUNCTUAL_TIMERS = 'history.timerProcessorMaxTimeShift="20ms"';

/** A Temporal server of its own, as `npm start` runs it, in memory. Call `teardown()` on it. */
export async function startTemporal(dynamicConfig: readonly string[] = []): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const path = await findTemporalCli({ cacheDir: process.env.PARLEY_CACHE_DIR ?? join(homedir(), '.cache', 'parley') });
  return await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'pretty', level: 'error' },
      searchAttributes: Object.values(searchAttributes),
      extraArgs: ['system.enableActivityEagerExecution=true', PUNCTUAL_TIMERS, ...dynamicConfig].flatMap((setting) => [
        '--dynamic-config-value',
        setting,
      ]),
    },
  });
}

/** The workflows' code as the stack runs it; made again only after a change. */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  const artefact = ARTEFACTS.find(({ name }) => name === 'workflows')!;
  if (isStale(artefact)) await makeArtefact(artefact, async (target) => writeFileSync(target, await bundleWorkflows()));
  return { codePath: artefact.path };
}

/** Starts workers for all queues over the given activities; resolves with what stops them. */
export async function startWorkers(
  env: TestWorkflowEnvironment,
  { answer, holdConnection, ...short }: Partial<Activities>,
  options: Partial<WorkerOptions> = {},
): Promise<() => Promise<void>> {
  const common = { connection: env.nativeConnection, identity: 'test', shutdownGraceTime: 0, shutdownForceTime: '2s' } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.conversations,
      workflowBundle: await workflowBundle(),
      stickyQueueScheduleToStartTimeout: stickyQueueTimeout,
      maxCachedWorkflows: 500,
      activities: short,
      ...options,
    }),
    ...(answer
      ? [
          Worker.create({
            ...common,
            taskQueue: taskQueues.answers,
            activities: { answer },
            maxHeartbeatThrottleInterval: throttles.answers,
          }),
        ]
      : []),
    ...(holdConnection
      ? [
          Worker.create({
            ...common,
            taskQueue: taskQueues.connections,
            activities: { holdConnection },
            maxHeartbeatThrottleInterval: throttles.connections,
          }),
        ]
      : []),
  ]);
  // What fails while a test runs, tests notice by what does not happen.
  const running = Promise.allSettled(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    for (const ended of await running) if (ended.status === 'rejected' && !isCountedTooEarly(ended.reason)) throw ended.reason;
  };
}

/** The SDK now and then still counts its own last poll when it checks, at the end of a shutdown, that nobody uses the worker. It has ended all the same. */
const isCountedTooEarly = (error: unknown): boolean => error instanceof Error && error.message.startsWith('Worker still in use');

/** A history as it is kept in files. */
export const toJson = (history: History): HistoryJson => JSON.parse(historyToJSON(history)) as HistoryJson;

export interface HistoryJson {
  readonly events: readonly { readonly eventType: string; readonly eventTime?: string }[];
}

/** Names of the events of a history, without `EVENT_TYPE_`. */
export const eventNames = (history: History): string[] =>
  toJson(history).events.map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));

/** What a chat's workflow was told, signal by signal. */
export async function toldTo(env: TestWorkflowEnvironment, chatId: string): Promise<readonly (readonly Heard[])[]> {
  const history = await env.client.workflow.getHandle(conversationWorkflowId(chatId)).fetchHistory();
  return (history.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.input ? [defaultPayloadConverter.fromPayload<readonly Heard[]>(signal.input.payloads![0]!)] : [],
  );
}
