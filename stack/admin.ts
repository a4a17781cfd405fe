import { parseArgs } from 'node:util';
import { AppError } from '../domain/errors';
import { loadSettings } from '../runtime/config';
import { failStart } from '../runtime/shutdown';
import { access } from '../store/access';
import { openDatabase } from '../store/database';
import { readRecord } from './record';

const USAGE =
  'npm run admin create -- --tenant NAME makes a tenant (or finds the one of that name) and a key for it; npm run admin create -- --platform makes a key that creates tenants.';

/** Makes the first keys of an installation, over the database of DATABASE_URL or of the running embedded stack. */
async function main(args: readonly string[]): Promise<void> {
  const wanted = parse(args);
  const { databaseUrl, dataDir } = loadSettings();
  const db = openDatabase(databaseUrl ?? readRecord(dataDir).databaseUrl, { maxConnections: 1 });
  try {
    const { key, note } = await create(access(db), wanted);
    // The key alone goes to standard output, so that a script can take it.
    console.error(`${note} It is shown this once; only its hash is kept.`);
    console.log(key);
  } finally {
    await db.destroy();
  }
}

type Wanted = { readonly platform: true } | { readonly platform: false; readonly tenant: string; readonly name: string };

function parse(args: readonly string[]): Wanted {
  const options = { tenant: { type: 'string' }, platform: { type: 'boolean' }, name: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const tenant = values.tenant?.trim();
    if (positionals.join() !== 'create' || (values.platform === true) === Boolean(tenant)) throw new Error('neither or both');
    return tenant ? { platform: false, tenant, name: values.name?.trim() || 'first administrator' } : { platform: true };
  } catch (cause) {
    throw new AppError('usage', `Say what to create: ${USAGE}`, { cause });
  }
}

async function create(keys: ReturnType<typeof access>, wanted: Wanted): Promise<{ key: string; note: string }> {
  if (wanted.platform) return { key: await keys.createKey('platform', 'platform', undefined), note: 'A key that creates tenants.' };
  const found = await keys.tenantNamed(wanted.tenant);
  const scope = found ?? (await keys.createTenant(wanted.tenant));
  const key = await keys.createKey(wanted.name, 'admin', scope);
  return { key, note: `An administrator's key for the ${found ? 'existing' : 'new'} tenant "${wanted.tenant}".` };
}

main(process.argv.slice(2)).catch(failStart);
