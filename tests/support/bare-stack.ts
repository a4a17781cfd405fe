import { type ChildProcess, execFile, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadSettings } from '../../runtime/config';
import { ARTEFACTS, isStale } from '../../stack/artefacts';
import { preparePostgres } from '../../stack/postgres';
import { ROOT } from '../../stack/root';
import { accepts, prepareNamespace, spawnTemporal } from '../../stack/temporal';
import { findTemporalCli } from '../../stack/temporal-cli';
import { openStore, type Store } from '../../store';
import { migrate } from '../../store/migrate';
import { ownPort } from './own-port';

/** Postgres and Temporal alone; the test decides which of our processes run and what happens to them. */
export interface BareStack {
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly temporalAddress: string;
  readonly store: Store;
  readonly temporal: ChildProcess;
  /** Starts `workers/main` (or another program) and resolves once it is ready; one that is `held` has said so over IPC and waits. */
  startProcess(
    name: string,
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    held?: boolean,
  ): Promise<OwnProcess>;
  /** Those that were started and not killed by `kill`. */
  processes(): readonly OwnProcess[];
  /** Ends Temporal, forgets its data if asked, and starts it anew on the same port. */
  restartTemporal(options: { readonly wipe: boolean }): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly metricsPort: number;
  /** Resolves once it can do its work. */
  ready(): Promise<void>;
  /** Kills it for good. */
  kill(): Promise<void>;
}

export async function startBareStack(): Promise<BareStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-bare-'));
  await buildStale();
  const secretKey = randomBytes(32).toString('base64');
  const [postgres, cli] = await Promise.all([preparePostgres(dataDir), findTemporalCli({ cacheDir: loadSettings({}).cacheDir })]);
  const [postgresPort, port, uiPort] = [await ownPort(), await ownPort(), await ownPort()];
  const server = postgres.spawn(postgresPort);
  let temporal = spawnTemporal(cli, dataDir, { port, uiPort });
  const temporalAddress = `127.0.0.1:${port}`;
  const databaseUrl = await (async () => {
    await eventually(() => postgres.isReady(postgresPort));
    const url = await postgres.openDatabase(postgresPort);
    await migrate(url);
    await prepareNamespace({ address: temporalAddress }, 'default', { owned: true });
    return url;
  })().catch(async (error: unknown) => {
    await Promise.all([end(temporal), end(server, 'SIGINT')]);
    throw error;
  });
  const store = openStore({ databaseUrl, secretKey });
  const own = new Set<OwnProcess>();

  return {
    databaseUrl,
    secretKey,
    temporalAddress,
    store,
    get temporal() {
      return temporal;
    },
    async startProcess(name, program, args, env = {}, held = false) {
      const metricsPort = await ownPort();
      const [workflows] = ARTEFACTS;
      const child = fork(join(ROOT, program), [...args], {
        cwd: ROOT,
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          ...{
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            DATABASE_URL: databaseUrl,
            PARLEY_SECRET_KEY: secretKey,
            PARLEY_SANDBOX: 'true',
          },
          ...{
            TEMPORAL_ADDRESS: temporalAddress,
            METRICS_PORT: String(metricsPort),
            PARLEY_PROCESS: name,
            LOG_LEVEL: 'error',
            PARLEY_DATA_DIR: dataDir,
          },
          ...(workflows && existsSync(workflows.path) && { PARLEY_WORKFLOW_BUNDLE: workflows.path }),
          ...env,
        },
      });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const started: OwnProcess = {
        name,
        child,
        metricsPort,
        ready: () =>
          eventually(async () => (await fetch(`http://127.0.0.1:${metricsPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok, 60_000),
        async kill() {
          own.delete(started);
          if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
          await ended;
        },
      };
      own.add(started);
      if (held) await new Promise((resolve) => child.once('message', resolve));
      else await started.ready();
      return started;
    },
    processes: () => [...own],
    async restartTemporal({ wipe }) {
      await end(temporal);
      if (wipe) for (const suffix of ['', '-shm', '-wal']) rmSync(join(dataDir, `temporal.db${suffix}`), { force: true });
      temporal = spawnTemporal(cli, dataDir, { port, uiPort });
      await eventually(() => accepts(temporalAddress));
      await prepareNamespace({ address: temporalAddress }, 'default', { owned: true });
    },
    async stop() {
      for (const started of own) await started.kill();
      await store.close();
      await end(temporal);
      await end(server, 'SIGINT');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What the processes run must be what the checkout says. */
async function buildStale(): Promise<void> {
  for (const artefact of ARTEFACTS) {
    if (isStale(artefact))
      await promisify(execFile)(process.execPath, ['--import', 'tsx', join(ROOT, 'stack', 'build.ts'), artefact.name], { cwd: ROOT });
  }
}

async function eventually(holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('A part of the stack did not become ready.');
    await wait(100);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await Promise.race([gone, wait(8000, undefined, { ref: false })]);
  child.kill('SIGKILL');
}
