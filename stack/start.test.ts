import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningStack, startStack } from '../tests/support/stack';
import { startTimeOf } from './processes';
import { recordPath } from './record';
import { ROOT } from './root';

let running: RunningStack;

beforeAll(async () => {
  running = await startStack();
}, 120_000);
afterAll(() => running.stop(), 30_000);

const runAgain = (env: Record<string, string>): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, PARLEY_DATA_DIR: running.dataDir, ...env } };
    execFile(process.execPath, ['--import', 'tsx', join(ROOT, 'stack', 'main.ts')], options, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });

test('stack.json names every process and is closed to others', async () => {
  expect(Object.keys(running.stack.processes).sort()).toEqual([
    'connections-1',
    'connections-2',
    'gateway',
    'postgres',
    'temporal',
    'worker',
  ]);
  expect(statSync(recordPath(running.dataDir)).mode & 0o777).toBe(0o600);
  expect((await fetch(`${running.stack.consoleUrl}readyz`)).status).toBe(200);
});

test.each(['gateway', 'worker', 'connections-1', 'connections-2', 'postgres', 'temporal'])(
  '%s is started again within two seconds of its death',
  async (name) => {
    const before = running.killProcess(name);
    const killedAt = Date.now();
    while (running.stack.processes[name] === before || running.stack.processes[name] === undefined) {
      expect(Date.now() - killedAt).toBeLessThan(2000);
      await wait(20);
    }
    expect(running.stack.databaseUrl).toMatch(/^postgres:/);
  },
  10_000,
);

test('all of them come back to work', async () => {
  const deadline = Date.now() + 30_000;
  const ready = (): Promise<boolean> =>
    fetch(`${running.stack.consoleUrl}readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) {
    expect(Date.now()).toBeLessThan(deadline);
    await wait(100);
  }
}, 40_000);

test('a second start on the same folder, or one with a wrong value, is refused with one sentence', async () => {
  const second = await runAgain({});
  expect(second.code).toBe(1);
  expect(second.said).toMatch(
    /^Parley already runs on \S+ \(process \d+\): stop that one first, or set PARLEY_DATA_DIR to another folder\.\n$/,
  );
  expect(await runAgain({ PORT: 'http' })).toEqual({ code: 78, said: 'PORT is not a port. Use a number from 1 to 65535.\n' });
}, 20_000);

test('stopping takes less than ten seconds and leaves nothing but the data', async () => {
  const processes = Object.values(running.stack.processes);
  const started = Date.now();
  await running.stop();
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(processes.filter((pid) => startTimeOf(pid) !== undefined)).toEqual([]);
  expect(existsSync(running.dataDir)).toBe(false);
  expect(running.output()).toContain('nothing runs any more');
}, 30_000);
