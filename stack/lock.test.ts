import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from './lock';
import { endLeftover, isRunning, known } from './processes';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  file = join(folder, 'stack.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one holder at a time; the other learns who it is', () => {
  const first = acquireLock(file);
  expect('lock' in first).toBe(true);
  expect(acquireLock(file)).toMatchObject({ holder: { pid: process.pid } });
  if ('lock' in first) first.lock.release();
  expect('lock' in acquireLock(file)).toBe(true);
});

test('the lock of a dead process is taken over together with what it left behind', async () => {
  const child = spawn('sleep', ['60']);
  const orphan = known('postgres', child.pid!)!;
  writeFileSync(file, JSON.stringify({ name: 'holder', pid: process.pid, startTime: 'another life', children: [orphan] }));
  const attempt = acquireLock(file);
  expect(attempt).toMatchObject({ lock: { leftovers: [orphan] } });
  await endLeftover(orphan, { graceMs: 1000 });
  expect(isRunning(orphan)).toBe(false);
  expect(readdirSync(folder)).toEqual(['stack.lock']);
});

test('a process that merely has the number of a leftover is left alone', async () => {
  const child = spawn('sleep', ['60']);
  const stranger = { ...known('postgres', child.pid!)!, startTime: 'another life' };
  await endLeftover(stranger, { graceMs: 10 });
  expect(child.exitCode ?? child.signalCode).toBeNull();
  child.kill();
});

test('a damaged lock belongs to nobody', () => {
  writeFileSync(file, '{"pid":');
  expect('lock' in acquireLock(file)).toBe(true);
});
