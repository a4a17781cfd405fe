import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { anyPort } from './ports';
import { type Postgres, preparePostgres } from './postgres';

let dataDir: string;
let server: ChildProcess | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-postgres-'));
});
afterEach(async () => {
  if (server) await end(server, 'SIGINT');
  server = undefined;
  rmSync(dataDir, { recursive: true });
});

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
};

const serve = async (postgres: Postgres): Promise<string> => {
  const port = await anyPort();
  server = postgres.spawn(port);
  for (let attempt = 0; attempt < 200 && !(await postgres.isReady(port).catch(() => false)); attempt++) {
    // As the supervisor does: the sessions of a killed server hold its memory for a moment.
    if (server.exitCode !== null) server = postgres.spawn(port);
    await wait(50);
  }
  return postgres.openDatabase(port);
};

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
};

test.each([
  ['a folder anybody may enter', 0o711],
  ['a folder only its owner may enter', 0o700],
])(
  'it keeps its data in %s, through a kill, and answers only who knows the password',
  async (_, mode) => {
    chmodSync(dataDir, mode);
    const first = await serve(await preparePostgres(dataDir));
    await query(first, "CREATE TABLE kept AS SELECT '中文' AS text");
    await end(server!, 'SIGKILL');
    const again = await serve(await preparePostgres(dataDir));
    expect(await query(again, 'SELECT text, upper(text) AS upper, length(text) AS length FROM kept')).toEqual([
      { text: '中文', upper: '中文', length: 2 },
    ]);
    await expect(query(again.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
    expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.password']);
  },
  30_000,
);
