import type { ConnectionOptions } from '@temporalio/client';
import { Client } from 'pg';
import { type FilesAt, openFiles } from '../store/files';
import { pendingMigrations } from '../store/migrate';
import { bad, type Check, good } from './checks';
import { startTimeOf } from './processes';
import type { StackRecord } from './record';
import { missingSearchAttributes, RETENTION_DAYS, retentionDays, withConnection } from './temporal';

/** Whether files can be written to the attachment store and read again. */
export async function checkAttachments(at: FilesAt): Promise<Check> {
  const where = at.kind === 'folder' ? `${at.path}, for one machine; several need a bucket` : `bucket ${at.bucket}`;
  try {
    await openFiles(at).check();
    return good('Attachments', where);
  } catch (error) {
    return bad('Attachments', `${where}: ${reasonOf(error)}`, 'check PARLEY_ATTACHMENTS and, for a bucket, AWS_*');
  }
}

/** Whether the processes that the record names are there. */
export function checkProcesses({ processes }: StackRecord): readonly Check[] {
  return Object.entries(processes).map(([name, pid]) =>
    startTimeOf(pid)
      ? good(name, `process ${pid}`)
      : bad(name, `process ${pid} is gone`, 'the stack starts it again within two seconds; otherwise run npm start'),
  );
}

export async function checkDatabase(databaseUrl: string): Promise<readonly Check[]> {
  const { host } = new URL(databaseUrl);
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
  } catch (error) {
    return [bad('Postgres', `${host} cannot be used (${reasonOf(error)})`, 'check that it runs and that DATABASE_URL is right')];
  }
  const pending = await pendingMigrations(databaseUrl);
  const schema =
    pending.length === 0 ? good('Migrations', 'all applied') : bad('Migrations', `${pending.length} are missing`, 'run npm run migrate');
  return [good('Postgres', host), schema];
}

export async function checkTemporal(options: ConnectionOptions, namespace: string): Promise<readonly Check[]> {
  try {
    return await withConnection(options, async (connection) => {
      const missing = await missingSearchAttributes(connection, namespace);
      const days = await retentionDays(connection, namespace);
      const add = `temporal operator search-attribute create ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`;
      return [
        good('Temporal', `${options.address}, namespace ${namespace}`),
        missing.length === 0 ? good('Search attributes', 'all registered') : bad('Search attributes', `${missing.join(', ')} missing`, add),
        days >= RETENTION_DAYS
          ? good('Retention', `${days} days`)
          : bad(
              'Retention',
              `closed workflows are kept for ${days} days only`,
              `temporal operator namespace update --retention ${RETENTION_DAYS}d ${namespace}`,
            ),
      ];
    });
  } catch (error) {
    return [
      bad(
        'Temporal',
        `${options.address}, namespace ${namespace}, cannot be used (${reasonOf(error)})`,
        'check that it runs and that TEMPORAL_* are right',
      ),
    ];
  }
}

/** What the gateway itself says: is it ready, which messages have no end yet, which integrations are not connected and why. */
export async function checkGateway({
  consoleUrl,
  apiUrl,
  apiKey,
}: Pick<StackRecord, 'consoleUrl' | 'apiUrl' | 'apiKey'>): Promise<readonly Check[]> {
  const get = async (url: string): Promise<Response> =>
    fetch(url, { headers: { authorization: `Bearer ${apiKey}` }, signal: AbortSignal.timeout(5000) });
  try {
    const ready = await get(`${consoleUrl}readyz`);
    if (!ready.ok) return [bad('Gateway', `it is not ready (${ready.status})`, 'mend Postgres and Temporal first')];
    return [
      good('Gateway', consoleUrl),
      await checkUnended(await get(`${apiUrl}/events?state=unended&limit=100`)),
      ...(await checkIntegrations(apiUrl, get)),
    ];
  } catch (error) {
    return [
      bad('Gateway', `${consoleUrl} does not answer (${reasonOf(error)})`, 'look into logs/gateway.log in the data folder, or start it'),
    ];
  }
}

const PATIENCE_MS = 60_000;

async function checkUnended(response: Response): Promise<Check> {
  if (!response.ok) return bad('Messages', `the list of messages without an end cannot be read (${response.status})`, 'check the API key');
  const { items } = (await response.json()) as { items: readonly { readonly receivedAt?: string; readonly at?: string }[] };
  const old = items.filter(({ receivedAt, at }) => Date.now() - Date.parse(receivedAt ?? at ?? '') > PATIENCE_MS);
  if (old.length === 0) return good('Messages', items.length === 0 ? 'every one has its end' : `${items.length} under way`);
  return bad(
    'Messages',
    `${old.length} have had no end for over a minute`,
    'see that a worker runs; the sentinel repairs them within minutes',
  );
}

interface Integration {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

async function checkIntegrations(apiUrl: string, get: (url: string) => Promise<Response>): Promise<readonly Check[]> {
  const response = await get(`${apiUrl}/integrations?limit=100`);
  if (!response.ok) return [bad('Integrations', `they cannot be listed (${response.status})`, 'check the API key')];
  const { items } = (await response.json()) as { items: readonly Integration[] };
  return Promise.all(
    items.map(async ({ id, name, enabled }) => {
      const title = `Integration "${name}"`;
      if (!enabled) return good(title, 'disabled');
      const { state, reason } = (await (await get(`${apiUrl}/integrations/${id}/status`)).json()) as {
        state: string;
        reason?: string | null;
      };
      return state === 'connected'
        ? good(title, state)
        : bad(title, `${state}${reason ? `: ${reason}` : ''}`, 'test it on its page in the console');
    }),
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const inner =
    error.cause instanceof Error
      ? error.cause
      : error instanceof AggregateError && error.errors[0] instanceof Error
        ? error.errors[0]
        : error;
  return (inner.message || (inner as NodeJS.ErrnoException).code || inner.name).split('\n')[0]!;
}
