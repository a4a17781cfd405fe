import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../domain/errors';
import { anyPort } from './ports';
import { type Postgres, preparePostgres } from './postgres';

const READY_MS = 60_000;
/** What a server that was killed a moment ago leaves may be in the way for so long. */
const TRIES = 5;
const PAUSE_MS = 1000;

/** Runs the embedded Postgres of a stopped stack for as long as `work` takes. */
export async function withPostgres<T>(dataDir: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const postgres = await preparePostgres(dataDir);
  const { server, port } = await started(postgres, dataDir);
  const ended = once(server, 'exit');
  try {
    return await work(await postgres.openDatabase(port));
  } finally {
    server.kill('SIGINT');
    await ended;
  }
}

async function started(postgres: Postgres, dataDir: string): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  let said = '';
  for (let tries = 0; tries < TRIES; tries++) {
    const port = await anyPort();
    const server = postgres.spawn(port);
    server.stdout?.resume();
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-500);
    });
    for (const deadline = Date.now() + READY_MS; server.exitCode === null && Date.now() < deadline; await wait(50))
      if (await postgres.isReady(port).catch(() => false)) return { server, port };
    if (server.exitCode === null) server.kill('SIGKILL');
    await wait(PAUSE_MS);
  }
  throw new AppError('no_postgres', `Postgres on ${dataDir} did not start: ${said.trim().split('\n').at(-1) ?? 'it says nothing'}`);
}
