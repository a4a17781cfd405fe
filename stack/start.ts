import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors';
import type { Settings } from '../runtime/config';
import { migrate } from '../store/migrate';
import { ARTEFACTS, isStale } from './artefacts';
import { requireMachine } from './checks';
import { childParts, portFor, STOP_ORDER } from './children';
import { acquireLock, type Lock } from './lock';
import { createLogs } from './logs';
import { createPorts, type Ports } from './ports';
import { preparePostgres } from './postgres';
import { endLeftover, known } from './processes';
import { startReaper } from './reaper';
import { removeRecord, type StackRecord, writeRecord } from './record';
import { nodeArguments, ROOT } from './root';
import type { Screen } from './screen';
import { seed } from './seed';
import { createSupervisor, type Supervisor } from './supervisor';
import { accepts, prepareNamespace, spawnTemporal } from './temporal';
import { findTemporalCli } from './temporal-cli';

type Environment = Readonly<Record<string, string | undefined>>;

export interface StackOptions {
  readonly settings: Settings;
  readonly env: Environment;
  readonly screen: Screen;
  /** A part cannot be kept running. */
  readonly onGiveUp: (reason: AppError) => void;
}

export interface Stack {
  /** Resolves once everything is ready. */
  start(): Promise<StackRecord>;
  /** Ends everything in order; also while it is still starting. */
  stop(): Promise<void>;
}

/** Takes the data folder for itself. @throws AppError when another stack has it. */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { settings, screen } = options;
  await requireMachine(settings.dataDir);
  openFolder(settings.dataDir);
  const lock = lockFolder(settings.dataDir);
  const ports = createPorts();
  const logs = createLogs(settings.dataDir);
  const reaper = startReaper();
  const stopping = new AbortController();
  let record: StackRecord | undefined;

  const supervisor = createSupervisor({
    onChange(processes) {
      reaper.watch(Object.entries(processes).map(([name, pid]) => ({ pid, signal: name === 'postgres' ? 'SIGINT' : 'SIGTERM' })));
      try {
        lock.record(Object.entries(processes).flatMap(([name, pid]) => known(name, pid) ?? []));
        if (record) writeRecord(settings.dataDir, { ...record, processes });
      } catch (error) {
        screen.line(
          `  ${(error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full: free some space' : `stack.json cannot be written: ${(error as Error).message}`}`,
        );
      }
    },
    onLine(part, line) {
      const shown = logs.keep(part, line);
      if (shown) screen.line(shown);
    },
    onDeath: (part, how) => screen.line(`  ${part} ended (${how}); starting it again`),
    onGiveUp: options.onGiveUp,
  });

  return {
    async start() {
      for (const leftover of lock.leftovers) await endLeftover(leftover);
      removeRecord(settings.dataDir);
      const found = await bringUp(options, supervisor, ports, stopping.signal);
      record = { ...found, processes: supervisor.processes() };
      writeRecord(settings.dataDir, record);
      return record;
    },
    async stop() {
      stopping.abort();
      await supervisor.stop(STOP_ORDER);
      record = undefined;
      removeRecord(settings.dataDir);
      reaper.close();
      lock.release();
    },
  };
}

/** Whatever does not need each other starts together. */
async function bringUp(
  options: StackOptions,
  supervisor: Supervisor,
  ports: Ports,
  signal: AbortSignal,
): Promise<Omit<StackRecord, 'processes'>> {
  const { settings, env, screen } = options;
  const secretKey = settings.secretKey ?? keptSecretKey(settings.dataDir);
  const [{ databaseUrl, seeded }, temporal] = await Promise.all([
    database(options, supervisor, ports, secretKey),
    temporalServer(options, supervisor, ports, signal),
    ...ARTEFACTS.filter((artefact) => isStale(artefact)).map(({ name }) => screen.step(`${name}, built`, () => build(name, signal))),
  ]);
  // All parts are told of it, so it is chosen before they start at once.
  await ports.take('gateway', settings.port);
  const parts = childParts({ settings, env, ports, databaseUrl, secretKey, temporal: temporal.embedded ? temporal : undefined });
  await Promise.all(parts.map((part) => screen.step(part.name, () => supervisor.start(part))));
  const base = `http://127.0.0.1:${await ports.take('gateway', settings.port)}/`;
  return {
    apiUrl: `${base}api/v1`,
    consoleUrl: base,
    temporalAddress: temporal.address,
    temporalUiUrl: temporal.uiUrl,
    databaseUrl,
    apiKey: seeded.apiKey,
    sandbox: { integrationId: seeded.sandboxIntegrationId },
  };
}

async function database(
  options: StackOptions,
  supervisor: Supervisor,
  ports: Ports,
  secretKey: string,
): Promise<{ databaseUrl: string; seeded: Seeded }> {
  const { settings, screen } = options;
  const databaseUrl = settings.databaseUrl ?? (await screen.step('Postgres', () => embeddedPostgres(settings.dataDir, supervisor, ports)));
  const seeded = await screen.step('database', async () => {
    await migrate(databaseUrl);
    return seed({ databaseUrl, secretKey, openai: settings.openai });
  });
  return { databaseUrl, seeded };
}

interface Seeded {
  readonly apiKey: string;
  readonly sandboxIntegrationId: string;
}

async function embeddedPostgres(dataDir: string, supervisor: Supervisor, ports: Ports): Promise<string> {
  const postgres = await preparePostgres(dataDir);
  const port = (): Promise<number> => ports.take('postgres', 5432);
  await supervisor.start({
    name: 'postgres',
    spawn: async (serving) => postgres.spawn(await portFor(ports, 'postgres', 5432, serving)),
    isReady: async () => postgres.isReady(await port()),
    stopSignal: 'SIGINT',
    stopWithinMs: 2000,
    readyWithinMs: 60_000,
  });
  return postgres.openDatabase(await port());
}

interface TemporalPlace {
  readonly embedded: boolean;
  readonly address: string;
  readonly uiUrl: string;
}

async function temporalServer(
  { settings, env, screen }: StackOptions,
  supervisor: Supervisor,
  ports: Ports,
  signal: AbortSignal,
): Promise<TemporalPlace> {
  const { address: given, namespace } = settings.temporal;
  if (env.TEMPORAL_ADDRESS) {
    await screen.step(`Temporal at ${given}`, () => prepareNamespace(settings.temporalConnection, namespace, { owned: false }));
    return { embedded: false, address: given, uiUrl: settings.temporalUiUrl ?? '' };
  }
  const { dataDir, cacheDir } = settings;
  const address = async (): Promise<string> => `127.0.0.1:${await ports.take('temporal', 7233)}`;
  await screen.step('Temporal', async (say) => {
    const cli = await findTemporalCli({ cacheDir, say, signal });
    say('');
    // Another installation that starts at this moment may have taken the port: only its own word tells that our server has it.
    let announced = false;
    await supervisor.start({
      name: 'temporal',
      async spawn(serving) {
        const port = await portFor(ports, 'temporal', 7233, serving);
        const child = spawnTemporal(cli, dataDir, { port, uiPort: await portFor(ports, 'temporal UI', 8233, serving) });
        announced = false;
        child.stdout?.on('data', (said: Buffer) => {
          announced ||= said.includes('Temporal Server:');
        });
        return child;
      },
      isReady: async () => announced && (await accepts(await address())),
      stopSignal: 'SIGTERM',
      stopWithinMs: 1500,
      readyWithinMs: 60_000,
    });
    await prepareNamespace({ address: await address() }, 'default', { owned: true });
  });
  return { embedded: true, address: await address(), uiUrl: `http://127.0.0.1:${await ports.take('temporal UI', 8233)}` };
}

/** In a process of its own: bundlers need much memory once. */
function build(name: string, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [...nodeArguments('stack/build'), name], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new AppError('build_failed', said.trim() || `Building the ${name} ended with code ${code}.`)),
    );
  });
}

/** The account that Postgres runs under must be able to pass through; what lies inside is closed to others file by file. */
function openFolder(dataDir: string): void {
  if (existsSync(join(dataDir, 'stack.lock')) || existsSync(join(dataDir, 'secret.key'))) return;
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o711);
}

function lockFolder(dataDir: string): Lock {
  const attempt = acquireLock(join(dataDir, 'stack.lock'));
  if ('lock' in attempt) return attempt.lock;
  const advice = 'stop that one first, or set PARLEY_DATA_DIR to another folder.';
  throw new AppError('already_running', `Parley already runs on ${dataDir} (process ${attempt.holder.pid}): ${advice}`);
}

function keptSecretKey(dataDir: string): string {
  const file = join(dataDir, 'secret.key');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
