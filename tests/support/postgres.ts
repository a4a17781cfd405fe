import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { preparePostgres } from '../../stack/postgres';
import { migrate } from '../../store/migrate';
import { ownPort } from './own-port';

const FOLDER = join(tmpdir(), `parley-test-postgres-${process.pid}`);
const ADDRESS = join(FOLDER, 'address');
const TEMPLATE = 'parley';

/** A shell that outlives this process by a moment: when the pipe ends, it ends the server and removes the data. */
const REAPER = `
trap '' INT TERM HUP
read -r pid folder
while read -r _; do :; done
kill -QUIT "$pid" 2>/dev/null
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf "$folder"
`;

/**
 * A fresh, migrated database on a real Postgres. All test files of one jest process share the server; it is started by the first that asks
 * and ends with the process, however that ends.
 */
export async function createTestDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const template = await serverAddress();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = withDatabase(template, 'postgres');
  await query(admin, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  // Nothing here outlives the machine, so nothing waits for its disk.
  await query(admin, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  return { url: withDatabase(template, name), drop: () => query(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function serverAddress(): Promise<string> {
  if (existsSync(ADDRESS)) {
    const known = readFileSync(ADDRESS, 'utf8');
    const answers = query(withDatabase(known, 'postgres'), 'SELECT 1').then(
      () => true,
      () => false,
    );
    if (await answers) return known;
  }
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  chmodSync(FOLDER, 0o711);
  const url = await startServer();
  await migrate(url);
  writeFileSync(ADDRESS, url);
  return url;
}

async function startServer(): Promise<string> {
  const postgres = await preparePostgres(FOLDER);
  const port = await ownPort();
  const server = postgres.spawn(port);
  let output = '';
  for (const stream of [server.stdout, server.stderr] as Socket[]) {
    stream.on('data', (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
    });
    stream.unref();
  }
  server.unref();
  const reaper = spawn('sh', ['-c', REAPER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.unref();
  reaper.stdin.write(`${server.pid} ${FOLDER}\n`);
  (reaper.stdin as Socket).unref();
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await postgres.isReady(port).catch(() => false)) return await postgres.openDatabase(port);
    if (server.exitCode !== null) break;
    await wait(50);
  }
  throw new Error(`The test Postgres did not start:\n${output}`);
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
