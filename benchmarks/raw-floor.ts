import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type NativeConnection, Worker } from '@temporalio/worker';
import { PAUSE_MS, percentile, THINK_MS, timed } from './figures';

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
  const waiting = new Map<string, () => void>();
  const activities = {
    nothing: async () => waiting.get(Context.current().info.workflowExecution!.workflowId)?.(),
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
  /** Resolves when the activity ran that the signal asks for, with how long the signal took. */
  const turn = async (id: string, all: number): Promise<number> => {
    const ran = new Promise<void>((resolve) => waiting.set(id, resolve));
    const signalMs = await timed(() => say(id, all));
    await ran;
    return signalMs;
  };
  try {
    const signals: number[] = [];
    const hops: number[] = [];
    for (let n = 0; n < 40; n++) {
      hops.push(await timed(async () => void signals.push(await turn(`raw-alone-${n % 5}`, 8))));
      await sleep(PAUSE_MS);
    }
    const ids = Array.from({ length: chats }, (_, chat) => `raw-${chat}`);
    const talk = (id: string) => repeat(turns, () => turn(id, turns + 1).then(() => sleep(THINK_MS)));
    await Promise.all(ids.map((id) => turn(id, turns + 1)));
    const seconds = (await timed(() => Promise.all(ids.map(talk)))) / 1000;
    return { signalMs: percentile(signals, 0.5), turnsPerSecond: (chats * turns) / seconds, firstActivityMs: percentile(hops, 0.5) };
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < times; n++) await work();
}
