import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { type BareStack, type OwnProcess, startBareStack } from '../tests/support/bare-stack';
import { familyOf } from '../tests/support/processes';
import { startStack } from '../tests/support/stack';
import { type Figure, ms, PAUSE_MS, percentile, timed } from './figures';
import { type Bench, openBench } from './parley';
import { measureRawFloor, type RawFloor } from './raw-floor';

const CHATS = 40;
const TURNS = 10;
const IDLE = 2000;
const RECOVERIES = 3;

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
    const all = !process.argv.includes('--turns');
    if (all) {
      await worker.kill();
      const empty = await bare.startProcess('empty', 'workers/main.ts', ['conversations']);
      report(...(await measureMemory(bench, empty.child.pid!)));
      report(...(await measureRecovery(bare, bench, empty)));
    }
    await bench.close();
    await connection.close();
    await native.close();
    if (!all) return;
  } finally {
    await bare.stop();
  }
  report(...(await measureStart()));
  const missed = figures.filter(({ met }) => met === false).length;
  process.stdout.write(`\n${figures.filter(({ met }) => met).length} targets met, ${missed} missed\n`);
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

const warmUp = (bench: Bench) => bench.talk(named('warm', 20), 5);

async function measureLatency(bench: Bench, floor: RawFloor): Promise<readonly Figure[]> {
  const first: number[] = [];
  const before = bench.dispatched.length;
  for (let n = 0; n < 40; n++) {
    const startedAt = performance.now();
    const [at] = await bench.cardsShow(1, () => bench.say(`alone-${n % 5}`, 'echo: hello'), 20_000);
    first.push(at! - startedAt);
    await bench.dispatch.drained();
    await sleep(PAUSE_MS);
  }
  const dispatched = percentile(bench.dispatched.slice(before), 0.5);
  const ratio = dispatched / floor.signalMs;
  return [
    { name: 'dispatch (ledger and signal), p50', value: ms(dispatched) },
    { name: 'dispatch ÷ raw signalWithStart', value: ratio.toFixed(2), target: '≤ 1.5', met: ratio <= 1.5 },
    { name: 'first card, one alone, p50', value: ms(percentile(first, 0.5)), target: '≤ 120 ms', met: percentile(first, 0.5) <= 120 },
    { name: 'first card, one alone, p95', value: ms(percentile(first, 0.95)) },
  ];
}

async function measureThroughput(bench: Bench, floor: RawFloor): Promise<readonly Figure[]> {
  const bursts: number[] = [];
  for (let round = 0; round < 3; round++) bursts.push(50_000 / (await timed(() => bench.talk(named(`burst-${round}`, 50), 1))));
  const burst = percentile(bursts, 0.5);
  const steady = named('steady', CHATS);
  await bench.talk(steady, 1);
  const before = processorTimes();
  const rate = (CHATS * TURNS * 1000) / (await timed(() => bench.talk(steady, TURNS)));
  const after = processorTimes();
  const ratio = rate / floor.turnsPerSecond;
  const shares = [...after].map(([name, time]) => `${name} ${ms((time - (before.get(name) ?? 0)) / (CHATS * TURNS))}`);
  return [
    { name: 'burst of 50 instant answers in 50 new chats', value: `${burst.toFixed(0)} a second`, target: '≥ 40', met: burst >= 40 },
    { name: `turns in ${CHATS} open chats`, value: `${rate.toFixed(0)} a second` },
    { name: 'turns ÷ raw floor', value: ratio.toFixed(2), target: '≥ 0.7', met: ratio >= 0.7 },
    { name: 'processor time of such a turn', value: shares.join(', ') },
  ];
}

/** Beyond the empty worker, so it must be one that has done nothing yet. */
async function measureMemory(bench: Bench, pid: number): Promise<readonly Figure[]> {
  const before = residentMb(pid);
  for (let from = 0; from < IDLE; from += 50) {
    await bench.talk(named(`idle-${from}`, 50), 1);
  }
  await sleep(3000);
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

/** Each time the answer is that of the one worker there is before the next one stands ready, and it is complete before the next time. */
async function measureRecovery(bare: BareStack, bench: Bench, worker: OwnProcess): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  for (let time = 0; time < RECOVERIES; time++) {
    const answered = bench.talk([`recovery-${time}`], 1, 'count to 400');
    await sleep(2000);
    const successor = await bare.startProcess(`successor-${time}`, 'workers/main.ts', ['conversations']);
    await worker.kill();
    const startedAt = performance.now();
    const times = await bench.cardsShow(1, async () => undefined, 30_000);
    seconds.push((times[0]! - startedAt) / 1000);
    await answered;
    worker = successor;
  }
  const after = percentile(seconds, 0.5);
  return [
    {
      name: `kill -9 of the worker to the next frame of its card, median of ${RECOVERIES}`,
      value: `${after.toFixed(1)} s`,
      target: '≤ 8 s',
      met: after <= 8,
    },
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

/** Of this process and all that it started, in milliseconds, by the name of the program. */
function processorTimes(): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const pid of familyOf(process.pid)) {
    const [, name, rest] = /^\d+ \((.+)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
    const program = pid === process.pid ? 'this one' : name!;
    const fields = rest!.split(' ');
    times.set(program, (times.get(program) ?? 0) + (Number(fields[11]) + Number(fields[12])) * 10);
  }
  return times;
}

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
