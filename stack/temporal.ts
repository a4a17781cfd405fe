import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { AppError } from '../domain/errors';

/** What Parley's workflows are found by; all are keywords. */
export const SEARCH_ATTRIBUTES = [
  'ParleyTenant',
  'ParleyOrganization',
  'ParleyIntegration',
  'ParleyPlatform',
  'ParleyExpert',
  'ParleyState',
] as const;

export const RETENTION_DAYS = 30;
const KEYWORD = 2;
// Timers of the development server may otherwise be a second late, which people feel as a slow answer.
const DYNAMIC_CONFIG = [
  'history.timerProcessorMaxTimeShift="50ms"',
  'system.enableActivityEagerExecution=true',
  'limit.maxIDLength=255',
  'frontend.namespaceRPS.visibility=100',
];

export interface TemporalPorts {
  readonly port: number;
  readonly uiPort: number;
}

/** Starts the development server on data that outlives it. */
export function spawnTemporal(cli: string, dataDir: string, { port, uiPort }: TemporalPorts): ChildProcess {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)];
  args.push(
    '--db-filename',
    join(dataDir, 'temporal.db'),
    '--namespace',
    'default',
    '--log-level',
    'warn',
    '--log-format',
    'json',
    '--ui-disable-news-fetch',
  );
  // Written ahead and flushed at checkpoints: survives the death of any process, at a tenth of the waiting.
  args.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1');
  args.push(...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]));
  args.push(...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]));
  // Histories are nobody else's business; the server creates its file with what the mask leaves.
  const mask = process.umask(0o077);
  try {
    return spawn(cli, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    process.umask(mask);
  }
}

/** Whether somebody accepts connections there. */
export function accepts(address: string, timeoutMs = 1000): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), timeout: timeoutMs });
    const done = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => done(true))
      .once('error', () => done(false))
      .once('timeout', () => done(false));
  });
}

/**
 * Makes a server ready for Parley: the namespace must exist, missing search attributes are added.
 * @param owned the embedded server: its retention is set to 30 days too.
 */
export async function prepareNamespace(
  options: ConnectionOptions,
  namespace: string,
  { owned, withinMs = 20_000 }: { readonly owned: boolean; readonly withinMs?: number },
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await withConnection(options, async (connection) => {
        if (owned) await keepThirtyDays(connection, namespace);
        const missing = await missingSearchAttributes(connection, namespace);
        if (missing.length > 0) {
          const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
          await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
        }
      });
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw unusable(options.address ?? '', namespace, cause);
      await wait(200);
    }
  }
}

export async function withConnection<T>(options: ConnectionOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ connectTimeout: '3s', ...options });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.filter((name) => customAttributes?.[name] === undefined);
}

/** How long closed workflows are kept, in days. */
export async function retentionDays(connection: Connection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
}

async function keepThirtyDays(connection: Connection, namespace: string): Promise<void> {
  if ((await retentionDays(connection, namespace)) === RETENTION_DAYS) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(`${RETENTION_DAYS} days`) },
  });
}

function unusable(address: string, namespace: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message.split('\n')[0] : 'no answer';
  return new AppError(
    'temporal_unusable',
    `Temporal at ${address}, namespace ${namespace}, cannot be used (${why}): check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.`,
    { cause },
  );
}
