import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type NativeConnection, Worker } from '@temporalio/worker';
import { percentile, timed } from './figures';

export interface RawFloor {
  /** Median of one signalWithStart, in milliseconds. */
  readonly signalMs: number;
  /** Signal, workflow, one empty activity: so many a second. */
  readonly turnsPerSecond: number;
  /** From the signal to the activity, alone, in milliseconds. */
  readonly firstActivityMs: number;
}

/** What Temporal itself does on this machine, on the server that Parley is measured on, in the same run. */
export async function measureRawFloor(
  client: Client,
  connection: NativeConnection,
  { chats, turns }: { chats: number; turns: number },
): Promise<RawFloor> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./raw-workflow.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  let done = 0;
  let reached: () => void = () => undefined;
  const activities = {
    nothing: async () => {
      done += 1;
      reached();
    },
  };
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: 'raw', workflowBundle, maxCachedWorkflows: 2500 }),
    Worker.create({ connection, taskQueue: 'raw-activities', activities, maxConcurrentActivityTaskExecutions: 200 }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const say = (id: string, all: number) =>
    client.workflow.signalWithStart('rawConversation', {
      workflowId: id,
      taskQueue: 'raw',
      args: [all],
      signal: 'raw',
      signalArgs: ['x'.repeat(300)],
    });
  try {
    const signals: number[] = [];
    const hops: number[] = [];
    for (let n = 0; n < 40; n++) {
      const activity = new Promise<void>((resolve) => (reached = resolve));
      const startedAt = performance.now();
      signals.push(await timed(() => say(`raw-alone-${n % 5}`, 8)));
      await activity;
      hops.push(performance.now() - startedAt);
    }
    await Promise.all(Array.from({ length: chats }, (_, chat) => say(`raw-${chat}`, turns + 1)));
    await reaches(() => done >= 40 + chats);
    const before = done;
    const seconds =
      (await timed(async () => {
        for (let turn = 0; turn < turns; turn++)
          await Promise.all(Array.from({ length: chats }, (_, chat) => say(`raw-${chat}`, turns + 1)));
        await reaches(() => done >= before + chats * turns);
      })) / 1000;
    return { signalMs: percentile(signals, 0.5), turnsPerSecond: (chats * turns) / seconds, firstActivityMs: percentile(hops, 0.5) };
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}

async function reaches(holds: () => boolean): Promise<void> {
  for (let left = 6000; left > 0 && !holds(); left--) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!holds()) throw new Error('The raw floor was not reached within a minute.');
}
