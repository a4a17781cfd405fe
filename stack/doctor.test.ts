import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToTs } from '@temporalio/common/lib/time';
import { eventually } from '../tests/support/eventually';
import { type RunningStack, startStack } from '../tests/support/stack';
import { anyPort } from './ports';
import { type StackRecord, writeRecord } from './record';
import { ROOT } from './root';
import { withConnection } from './temporal';

let running: RunningStack;
const folders: string[] = [];

beforeAll(async () => {
  running = await startStack();
  const isConnected = async () => {
    const response = await running.api(`integrations/${running.stack.sandbox.integrationId}/status`);
    return ((await response.json()) as { state: string }).state === 'connected';
  };
  await eventually(isConnected, 20_000);
}, 120_000);
afterAll(async () => {
  await running?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}, 30_000);

interface Said {
  readonly code: number;
  readonly text: string;
}

function runDoctor(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Said> {
  const own = { NODE_ENV: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '', PARLEY_SECRET_KEY: '', PARLEY_DATA_DIR: dataDir };
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...own, ...env } };
    execFile(process.execPath, ['--import', 'tsx', join(ROOT, 'stack', 'doctor.ts')], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
}

/** Looks at the running stack as if its record said something else. */
function examine(more: Partial<StackRecord>, env?: Readonly<Record<string, string>>): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-doctor-'));
  folders.push(folder);
  writeRecord(folder, { ...running.stack, ...more });
  return runDoctor(folder, env);
}

const bad = ({ text }: Said): string[] => text.split('\n').filter((line) => line.includes(' BAD '));

test('a stack that runs is well', async () => {
  const said = await runDoctor(running.dataDir);
  expect([said.code, bad(said)]).toEqual([0, []]);
  for (const part of [/ok +worker: process \d+/, /ok +Postgres/, /ok +Search attributes/, /ok +Integration "Sandbox": connected/])
    expect(said.text).toMatch(part);
  expect(said.text).toContain('All is well.');
}, 30_000);

test('what is wrong is named with what mends it', async () => {
  const { pid: gone } = spawnSync(process.execPath, ['--version']);
  const { processes, temporalAddress, databaseUrl } = running.stack;
  const nobody = await anyPort();
  const away = new URL(databaseUrl);
  away.host = `127.0.0.1:${nobody}`;
  await withConnection({ address: temporalAddress }, ({ workflowService }) =>
    workflowService.registerNamespace({ namespace: 'bare', workflowExecutionRetentionPeriod: msToTs('3 days') }),
  );

  const [stopped, unprepared, unreachable] = await Promise.all([
    examine({ processes: { ...processes, 'connections-2': gone } }),
    examine({}, { TEMPORAL_NAMESPACE: 'bare' }),
    examine({ databaseUrl: away.href, consoleUrl: `http://127.0.0.1:${nobody}/`, temporalAddress: `127.0.0.1:${nobody}` }),
  ]);

  expect([stopped.code, bad(stopped)]).toEqual([
    1,
    [expect.stringMatching(/connections-2: process \d+ is gone\. To mend it: .*npm start/)],
  ]);
  expect(stopped.text).toContain('One thing is wrong.');
  expect([unprepared.code, bad(unprepared)]).toEqual([
    1,
    [
      expect.stringMatching(
        /Search attributes: .*ParleyState missing\. To mend it: temporal operator search-attribute create .*--name ParleyState/,
      ),
      expect.stringMatching(/Retention: .*3 days only\. To mend it: .*--retention 30d bare/),
    ],
  ]);
  expect([unreachable.code, bad(unreachable)]).toEqual([
    1,
    [
      expect.stringMatching(
        /Postgres: \S+ cannot be used \(.*ECONNREFUSED.*\)\. To mend it: check that it runs and that DATABASE_URL is right/,
      ),
      expect.stringMatching(/Temporal: .* cannot be used .*To mend it: check that it runs and that TEMPORAL_\* are right/),
      expect.stringMatching(/Gateway: \S+ does not answer .*To mend it: look into logs\/gateway\.log/),
    ],
  ]);
}, 40_000);
