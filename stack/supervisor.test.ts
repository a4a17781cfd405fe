import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startTimeOf } from './processes';
import { createSupervisor, type Part, type Supervisor } from './supervisor';

const limits = { deaths: 3, windowMs: 60_000, restartAfterMs: [0, 10], pollEveryMs: 5 };
let folder: string;
let supervisor: Supervisor;
let spawned: ChildProcess[];
let gaveUp: string[];
let died: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-parts-'));
  [spawned, gaveUp, died] = [[], [], []];
  supervisor = createSupervisor(
    {
      onChange: () => undefined,
      onLine: () => undefined,
      onDeath: (part, how) => died.push(`${part}: ${how}`),
      onGiveUp: ({ message }) => gaveUp.push(message),
    },
    limits,
  );
});
afterEach(async () => {
  await supervisor.stop([]);
  rmSync(folder, { recursive: true });
});

/** A shell script as a part; it is ready once the file named after it exists. */
const part = (name: string, script: string, overrides: Partial<Part> = {}): Part => ({
  name,
  async spawn() {
    rmSync(join(folder, name), { force: true });
    const child = spawn('sh', ['-c', script.replaceAll('READY', `touch ${join(folder, name)}`)], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    spawned.push(child);
    return child;
  },
  isReady: async () => existsSync(join(folder, name)),
  stopSignal: 'SIGTERM',
  stopWithinMs: 500,
  readyWithinMs: 5000,
  ...overrides,
});

const until = async (condition: () => boolean): Promise<void> => {
  for (let attempt = 0; attempt < 400 && !condition(); attempt++) await wait(10);
  expect(condition()).toBe(true);
};
const isReady = (name: string): boolean => existsSync(join(folder, name));

test('a dead part is back within two seconds under its own name', async () => {
  await supervisor.start(part('gateway', 'READY; exec sleep 60'));
  const first = supervisor.processes().gateway!;
  const killedAt = Date.now();
  process.kill(first, 'SIGKILL');
  await until(() => (supervisor.processes().gateway ?? first) !== first && isReady('gateway'));
  expect(Date.now() - killedAt).toBeLessThan(2000);
  expect(died).toEqual(['gateway: signal SIGKILL']);
});

test('a crash loop is given up, saying which part and why with its last lines', async () => {
  await expect(supervisor.start(part('worker', 'echo the database is away >&2; exit 4'))).rejects.toThrow(
    'worker ended 3 times within 60 s (exit code 4). Its last lines:\n    the database is away\n    the database is away\n    the database is away',
  );
  expect(gaveUp).toHaveLength(1);
  await wait(50);
  expect(spawned).toHaveLength(3);
});

test('a part that refuses its settings is not tried again', async () => {
  await expect(supervisor.start(part('gateway', 'echo PORT is not a port. >&2; exit 78'))).rejects.toThrow(
    'gateway refuses to start. Its last lines:\n    PORT is not a port.',
  );
  expect(spawned).toHaveLength(1);
});

test('whoever kills a healthy part again and again does not make it a crash loop', async () => {
  await supervisor.start(part('worker', 'READY; exec sleep 60'));
  for (let round = 1; round <= limits.deaths + 1; round++) {
    process.kill(supervisor.processes().worker!, 'SIGKILL');
    await until(() => spawned.length === round + 1 && isReady('worker'));
    await wait(30);
  }
  expect(gaveUp).toEqual([]);
});

test('a part that never becomes ready is given up', async () => {
  await expect(supervisor.start(part('gateway', 'exec sleep 60', { readyWithinMs: 50 }))).rejects.toThrow(
    'gateway was not ready within 0 s. It said nothing.',
  );
});

test('a program that does not exist is given up', async () => {
  const missing = part('temporal', '', { spawn: async () => spawn(join(folder, 'missing'), { stdio: ['ignore', 'pipe', 'pipe'] }) });
  await expect(supervisor.start(missing)).rejects.toThrow(/temporal ended 3 times .*could not be started: spawn .* ENOENT/);
});

test('everything ends in order, the stubborn by force, and nothing is left', async () => {
  const say = (name: string): string => `trap 'echo ${name} >> order; exit' TERM; READY; while :; do sleep 0.01; done`;
  await Promise.all([
    supervisor.start(part('postgres', say('postgres'))),
    supervisor.start(part('gateway', say('gateway'))),
    supervisor.start(part('worker', "trap '' TERM; READY; while :; do sleep 0.01; done", { stopWithinMs: 100 })),
  ]);
  await supervisor.stop([['gateway'], ['worker'], ['postgres']]);
  expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('gateway\npostgres\n');
  expect(spawned.map(({ signalCode }) => signalCode)).toContain('SIGKILL');
  expect(spawned.filter(({ pid }) => startTimeOf(pid!) !== undefined)).toEqual([]);
  expect(supervisor.processes()).toEqual({});
});

test('stopping while a part is being restarted leaves nothing behind', async () => {
  await supervisor.start(part('gateway', 'READY; exec sleep 60'));
  process.kill(supervisor.processes().gateway!, 'SIGKILL');
  await supervisor.stop([['gateway']]);
  await wait(50);
  expect(spawned.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)).toEqual([]);
});

test('the children of a supervisor that was killed end too', async () => {
  const child = spawn('sleep', ['60']);
  const program = `
    require('${require.resolve('tsx/cjs')}');
    require('${require.resolve('./reaper')}').startReaper().watch([{ pid: ${child.pid}, signal: 'SIGTERM' }]);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
    setInterval(() => undefined, 1000);`;
  spawn(process.execPath, ['-e', program]);
  await until(() => child.signalCode === 'SIGTERM');
});
