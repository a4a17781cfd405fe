import { Worker } from '@temporalio/worker';
import { throttles } from '../workflows/limits';
import { taskQueues } from '../workflows/messages';
import { failures } from './failures';
import type { WorkerParts } from './process';

/** One slot per socket; a single poller, so that a process cut off from the network swallows at most one retry. */
export async function createConnectionWorkers({ config, native: connection, activities }: WorkerParts): Promise<readonly Worker[]> {
  return [
    await Worker.create({
      connection,
      namespace: config.temporal.namespace,
      identity: config.processName,
      interceptors: { activity: [() => ({ inbound: failures })] },
      taskQueue: taskQueues.connections,
      activities: { holdConnection: activities.holdConnection },
      maxConcurrentActivityTaskExecutions: config.connectionSlots,
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
      maxHeartbeatThrottleInterval: throttles.connections,
      shutdownGraceTime: 0,
      shutdownForceTime: '5s',
    }),
  ];
}
