import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { type BareStack, startBareStack } from '../tests/support/bare-stack';
import { startStack } from '../tests/support/stack';
import { type Figure, ms, percentile, timed } from './figures';
import { type Bench, openBench } from './parley';
import { measureRawFloor, type RawFloor } from './raw-floor';

const CHATS = 40;
const TURNS = 10;
const IDLE = 2000;

/** `npm run bench`: each figure beside what the bare server does in the same run. */
async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const figures: Figure[] = [];
  const report = (...more: Figure[]) => {
    for (const figure of more)
      process.stdout.write(
        `${figure.name.padEnd(58)} ${figure.value.padEnd(24)} ${figure.target ? `${figure.target} ${figure.met ? 'met' : 'MISSED'}` : ''}\n`,
      );
    figures.push(...more);
  };
  process.stdout.write(
    `${new Date().toISOString()} · ${cpus().length} × ${cpus()[0]?.model} · ${Math.round(totalmem() / 2 ** 30)} GiB · Node ${process.version}\n\n`,
  );

  const bare = await startBareStack();
  try {
    const connection = await Connection.connect({ address: bare.temporalAddress });
    const native = await NativeConnection.connect({ address: bare.temporalAddress });
    const client = new Client({ connection });
    const floor = await measureRawFloor(client, native, { chats: CHATS, turns: TURNS });
    report({ name: 'raw: one signalWithStart, p50', value: ms(floor.signalMs) });
    report({ name: 'raw: signal to empty activity, p50', value: ms(floor.firstActivityMs) });
    report({ name: 'raw: signal → workflow → empty activity', value: `${floor.turnsPerSecond.toFixed(0)} a second` });
    const worker = await bare.startProcess('worker', 'workers/main.ts', ['conversations']);
    const bench = await openBench(bare, client);
    await warmUp(bench);
    report(...(await measureLatency(bench, floor)));
    report(...(await measureThroughput(bench, floor)));
    report(...(await measureMemory(bench, worker.child.pid!)));
    report(...(await measureRecovery(bare, bench, worker.kill)));
    await bench.close();
    await connection.close();
    await native.close();
  } finally {
    await bare.stop();
  }
  report(...(await measureStart()));
  const missed = figures.filter(({ met }) => met === false).length;
  process.stdout.write(`\n${figures.filter(({ met }) => met).length} targets met, ${missed} missed\n`);
}

async function warmUp(bench: Bench): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await bench.cardsReach(
      20,
      'done',
      () => Promise.all(Array.from({ length: 20 }, (_, n) => bench.say(`warm-${n}`, 'echo: hello'))),
      60_000,
    );
  }
}

async function measureLatency(bench: Bench, floor: RawFloor): Promise<readonly Figure[]> {
  const dispatched: number[] = [];
  const first: number[] = [];
  for (let n = 0; n < 40; n++) {
    const chat = `alone-${n % 5}`;
    const startedAt = performance.now();
    const [at] = await bench.cardsReach(
      1,
      'thinking',
      async () => {
        await bench.say(chat, 'echo: hello');
        await bench.dispatch.drained();
        dispatched.push(performance.now() - startedAt);
      },
      20_000,
    );
    first.push(at! - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const ratio = percentile(dispatched, 0.5) / floor.signalMs;
  return [
    { name: 'dispatch (ledger and signal), p50', value: ms(percentile(dispatched, 0.5)) },
    { name: 'dispatch ÷ raw signalWithStart', value: ratio.toFixed(2), target: '≤ 1.5', met: ratio <= 1.5 },
    { name: 'first card, one alone, p50', value: ms(percentile(first, 0.5)), target: '≤ 120 ms', met: percentile(first, 0.5) <= 120 },
    { name: 'first card, one alone, p95', value: ms(percentile(first, 0.95)) },
  ];
}

async function measureThroughput(bench: Bench, floor: RawFloor): Promise<readonly Figure[]> {
  const bursts: number[] = [];
  for (let round = 0; round < 3; round++) {
    const startedAt = performance.now();
    const times = await bench.cardsReach(
      50,
      'done',
      () => Promise.all(Array.from({ length: 50 }, (_, n) => bench.say(`burst-${round}-${n}`, 'echo: hello'))),
      60_000,
    );
    bursts.push(50_000 / (Math.max(...times) - startedAt));
  }
  const burst = percentile(bursts, 0.5);
  const seconds =
    (await timed(async () => {
      for (let turn = 0; turn < TURNS; turn++) {
        await bench.cardsReach(
          CHATS,
          'done',
          () => Promise.all(Array.from({ length: CHATS }, (_, chat) => bench.say(`steady-${chat}`, 'echo: hello'))),
          60_000,
        );
      }
    })) / 1000;
  const rate = (CHATS * TURNS) / seconds;
  const ratio = rate / floor.turnsPerSecond;
  return [
    { name: 'burst of 50 instant answers in 50 new chats', value: `${burst.toFixed(0)} a second`, target: '≥ 40', met: burst >= 40 },
    { name: `turns in ${CHATS} open chats`, value: `${rate.toFixed(0)} a second` },
    { name: 'turns ÷ raw floor', value: ratio.toFixed(2), target: '≥ 0.7', met: ratio >= 0.7 },
  ];
}

async function measureMemory(bench: Bench, pid: number): Promise<readonly Figure[]> {
  const before = residentMb(pid);
  for (let from = 0; from < IDLE; from += 50) {
    await bench.cardsReach(
      50,
      'done',
      () => Promise.all(Array.from({ length: 50 }, (_, n) => bench.say(`idle-${from + n}`, 'echo: hello'))),
      60_000,
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const each = (residentMb(pid) - before) / IDLE;
  return [
    {
      name: `memory of an open idle conversation (${IDLE} in one worker)`,
      value: `${each.toFixed(2)} MB`,
      target: '≤ 0.5 MB',
      met: each <= 0.5,
    },
  ];
}

async function measureRecovery(bare: BareStack, bench: Bench, kill: () => Promise<void>): Promise<readonly Figure[]> {
  await bare.startProcess('successor', 'workers/main.ts', ['conversations']);
  await bench.say('recovery', 'count to 400');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await kill();
  const startedAt = performance.now();
  const times = await bench.cardsReach(1, 'thinking', async () => undefined, 30_000);
  const after = (times[0]! - startedAt) / 1000;
  return [
    { name: 'kill -9 of the worker to the next frame of its card', value: `${after.toFixed(1)} s`, target: '≤ 8 s', met: after <= 8 },
  ];
}

/** From `npm start` to the first answer, everything built. */
async function measureStart(): Promise<readonly Figure[]> {
  const startedAt = performance.now();
  const running = await startStack();
  try {
    const { integrationId } = running.stack.sandbox;
    const up = (performance.now() - startedAt) / 1000;
    const opened = await running.api(`sandbox/${integrationId}/stream?chat=first`, { signal: AbortSignal.timeout(30_000) });
    await running.api(`sandbox/${integrationId}/messages`, { method: 'POST', body: { chat: 'first', sender: 'ann', text: 'echo: hello' } });
    let text = '';
    for await (const chunk of opened.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('"done"')) break;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    return [
      { name: 'npm start, everything ready', value: `${up.toFixed(1)} s` },
      { name: 'npm start to the first answer', value: `${seconds.toFixed(1)} s`, target: '≤ 15 s', met: seconds <= 15 },
    ];
  } finally {
    await running.stop();
  }
}

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
