import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Settings } from '../runtime/config';
import { ARTEFACTS } from './artefacts';
import type { Ports } from './ports';
import { nodeArguments, ROOT } from './root';
import type { Part } from './supervisor';

type Environment = Readonly<Record<string, string | undefined>>;

/** One of our own processes. */
interface Child {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly stopWithinMs: number;
}

/** Two holders of connections run even on one machine, so that failover is real. */
const CHILDREN: readonly Child[] = [
  { name: 'gateway', program: 'gateway/main', args: [], stopWithinMs: 1500 },
  { name: 'worker', program: 'workers/main', args: ['conversations'], stopWithinMs: 2500 },
  { name: 'connections-1', program: 'workers/main', args: ['connections'], stopWithinMs: 2000 },
  { name: 'connections-2', program: 'workers/main', args: ['connections'], stopWithinMs: 2000 },
];

/** In which order things end: first what lets new work in, last what remembers it. Their times add up to less than ten seconds. */
export const STOP_ORDER = [['gateway'], ['connections-1', 'connections-2'], ['worker'], ['temporal'], ['postgres']] as const;

export interface ChildrenOptions {
  readonly settings: Settings;
  readonly env: Environment;
  readonly ports: Ports;
  readonly databaseUrl: string;
  readonly secretKey: string;
  /** The embedded Temporal server; undefined where the environment names another. */
  readonly temporal: { readonly address: string; readonly uiUrl: string } | undefined;
}

export function childParts(options: ChildrenOptions): readonly Part[] {
  const common = commonEnvironment(options);
  return CHILDREN.map((child) => toPart(child, common, options));
}

function toPart({ name, program, args, stopWithinMs }: Child, common: Environment, { ports, settings }: ChildrenOptions): Part {
  const metrics = `${name} metrics`;
  return {
    name,
    stopSignal: 'SIGTERM',
    stopWithinMs,
    readyWithinMs: 60_000,
    async spawn(serving): Promise<ChildProcess> {
      const metricsPort = await portFor(ports, metrics, 0, serving);
      const env: Record<string, string | undefined> = { ...common, PARLEY_PROCESS: name, METRICS_PORT: String(metricsPort) };
      // Whoever writes links to the console has to know where it is.
      env.PORT = String(await (name === 'gateway' ? portFor(ports, name, settings.port, serving) : ports.take('gateway', settings.port)));
      // Standard input stays open as long as this process lives; a group of its own keeps Ctrl-C from reaching it first.
      return spawn(process.execPath, [...nodeArguments(program), ...args], {
        cwd: ROOT,
        env,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    },
    async isReady() {
      const port = await ports.take(metrics, 0);
      const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) });
      return ok;
    },
  };
}

/** Before a part has served anyone, a port that somebody else took in the meantime is exchanged; afterwards it stays. */
export async function portFor(ports: Ports, name: string, wanted: number, serving: boolean): Promise<number> {
  const port = await ports.take(name, wanted);
  return serving ? port : ports.renew(name);
}

function commonEnvironment({ settings, env, databaseUrl, secretKey, temporal }: ChildrenOptions): Environment {
  const [workflows, page] = ARTEFACTS;
  const inherited = temporal ? Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'))) : env;
  return {
    ...inherited,
    DATABASE_URL: databaseUrl,
    PARLEY_SECRET_KEY: secretKey,
    PARLEY_DATA_DIR: settings.dataDir,
    PARLEY_CACHE_DIR: settings.cacheDir,
    PARLEY_SANDBOX: env.PARLEY_SANDBOX || 'true',
    PARLEY_EMBEDDED: '1',
    PARLEY_WORKFLOW_BUNDLE: workflows?.path,
    PARLEY_CONSOLE_DIR: page?.path,
    // A person's own profile of another Temporal must not leak into the embedded one.
    ...(temporal && {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_CONFIG_FILE: join(settings.dataDir, 'no-temporal-profile'),
      PARLEY_TEMPORAL_UI_URL: temporal.uiUrl,
    }),
  };
}
