import { type NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../activities';
import type { Serving } from '../activities/deps';
import type { Config } from '../runtime/config';
import { throttles } from '../workflows/limits';
import { repliesQueue } from '../workflows/messages';
import { beating } from './beating';
import { failures } from './failures';

interface ReplyWorkers {
  readonly config: Config;
  readonly native: NativeConnection;
  /** Asked for when a link opens: activities and links need each other. */
  readonly activities: () => Activities;
}

/** For platforms that answer over the socket they were asked on: whoever holds it runs the integration's answers, so nobody has to know who that is. */
export const createReplyWorkers =
  ({ config, native: connection, activities }: ReplyWorkers) =>
  (integrationId: string): Serving => {
    const worker = createWorker();
    const running = worker.then((started) => started.run());
    const failed = running.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined);

    function createWorker(): Promise<Worker> {
      const { answer, endTurn, notify, isOwner, showWaiting, closeReply } = activities();
      return Worker.create({
        connection,
        namespace: config.temporal.namespace,
        identity: config.processName,
        interceptors: { activity: [() => ({ inbound: failures }), () => ({ inbound: beating })] },
        taskQueue: repliesQueue(integrationId),
        activities: { answer, endTurn, notify, isOwner, showWaiting, closeReply },
        maxConcurrentActivityTaskExecutions: config.answerSlots,
        activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
        maxHeartbeatThrottleInterval: throttles.answers,
        // The link is gone: what is under way goes on where it is held next.
        shutdownGraceTime: 0,
        shutdownForceTime: '5s',
      });
    }

    return {
      failed,
      async stop() {
        const started = await worker.catch(() => undefined);
        if (started?.getState() === 'RUNNING') started.shutdown();
        await running.catch(() => undefined);
      },
    };
  };
