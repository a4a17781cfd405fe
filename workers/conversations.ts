import { existsSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { stickyQueueTimeout, throttles } from '../workflows/limits';
import { taskQueues } from '../workflows/messages';
import { beating } from './beating';
import { bundleWorkflows } from './bundle';
import { failures } from './failures';
import type { WorkerParts } from './process';

/**
 * The workers of one process that thinks and answers: workflows with their short steps, and answers on a queue of their own, so that `/help` never
 * waits behind them.
 */
export async function createConversationWorkers(parts: WorkerParts): Promise<readonly Worker[]> {
  const { config, native: connection, activities } = parts;
  const { answer, holdConnection: _, ...short } = activities;
  const common = {
    connection,
    namespace: config.temporal.namespace,
    identity: config.processName,
  };
  const workflowBundle = existsSync(config.workflowBundlePath)
    ? { codePath: config.workflowBundlePath }
    : { code: await bundleWorkflows() };
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.conversations,
      workflowBundle,
      activities: short,
      interceptors: { activity: [() => ({ inbound: failures }), () => ({ inbound: beating })] },
      maxCachedWorkflows: 2500,
      stickyQueueScheduleToStartTimeout: stickyQueueTimeout,
      maxHeartbeatThrottleInterval: throttles.answers,
      shutdownGraceTime: '5s',
      shutdownForceTime: '8s',
    }),
    Worker.create({
      ...common,
      taskQueue: taskQueues.answers,
      activities: { answer },
      interceptors: { activity: [() => ({ inbound: failures })] },
      maxConcurrentActivityTaskExecutions: config.answerSlots,
      // Each poll of a process cut off from Temporal swallows a retry, and with it five seconds of somebody's answer.
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      maxHeartbeatThrottleInterval: throttles.answers,
      // Answers that are under way go on elsewhere, in their cards: waiting for them would hold up a deploy.
      shutdownGraceTime: 0,
      shutdownForceTime: '5s',
    }),
  ]);
}
