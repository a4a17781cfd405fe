import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { Knex } from 'knex';
import { AppError } from '../domain/errors';
import { hashPassword, newPassword } from '../gateway/passwords';
import { linkUrl } from '../gateway/sign-in-links';
import { loadSettings } from '../runtime/config';
import { failStart } from '../runtime/shutdown';
import { access } from '../store/access';
import { type AuditTarget, audit } from '../store/audit';
import { openDatabase } from '../store/database';
import { links } from '../store/links';
import type { Scope } from '../store/scope';
import { sessions } from '../store/sessions';
import { normalizeEmail, users } from '../store/users';
import { BACKUP_USAGE, keepData } from './backup-command';
import { readRecord, recordPath } from './record';

const USAGE = [
  'npm run admin create -- --tenant NAME makes a tenant (or finds the one of that name) and a key for it',
  'with --email ADDRESS an administrator of that tenant instead of a key: a link to hand over, or, with --password-stdin, a password from standard input',
  'npm run admin create -- --platform makes a key that creates tenants, or with --email an administrator who does',
  'npm run admin reset -- --email ADDRESS (and --tenant NAME or --platform) makes a link that sets a new password',
  ...BACKUP_USAGE,
].join('; ');
const LINK_MS = 24 * 3_600_000;

interface Wanted {
  readonly verb: 'create' | 'reset';
  /** undefined for the platform. */
  readonly tenant: string | undefined;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly password: boolean;
}

interface Made {
  /** Goes to standard output alone, so that a script can take it; undefined where there is nothing to hand over. */
  readonly secret: string | undefined;
  readonly note: string;
}

/** Makes the first keys and administrators of an installation, over the database of DATABASE_URL or of the running embedded stack. */
async function main(args: readonly string[]): Promise<void> {
  if (args[0] === 'backup' || args[0] === 'restore') return await keepData(args, loadSettings(), (line) => console.error(line));
  const wanted = parse(args);
  const { databaseUrl, dataDir, publicUrl, port } = loadSettings();
  const record = existsSync(recordPath(dataDir)) ? readRecord(dataDir) : undefined;
  const origin = publicUrl ?? (databaseUrl ? undefined : record?.consoleUrl.replace(/\/$/, '')) ?? `http://127.0.0.1:${port}`;
  const db = openDatabase(databaseUrl ?? readRecord(dataDir).databaseUrl, { maxConnections: 2 });
  try {
    const { secret, note } = await db.transaction((tx) => make(tx, wanted, origin));
    console.error(secret === undefined ? note : `${note} It is shown this once; only its hash is kept.`);
    if (secret !== undefined) console.log(secret);
  } finally {
    await db.destroy();
  }
}

function parse(args: readonly string[]): Wanted {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { tenant: string, platform: flag, name: string, email: string, 'password-stdin': flag };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [verb, ...more] = positionals;
    const [tenant, email, name] = [values.tenant, values.email, values.name].map((value) => value?.trim() || undefined);
    if ((verb !== 'create' && verb !== 'reset') || more.length > 0 || (values.platform === true) === (tenant !== undefined))
      throw new Error('unclear');
    if (verb === 'reset' && !email) throw new Error('whose');
    return { verb, tenant, email: email && normalizeEmail(email), name, password: values['password-stdin'] === true };
  } catch (cause) {
    throw new AppError('usage', `Say what to make: ${USAGE}`, { cause });
  }
}

async function make(db: Knex, wanted: Wanted, origin: string): Promise<Made> {
  const { tenant, verb, email } = wanted;
  if (verb === 'reset') return await reset(db, wanted, origin);
  const keys = access(db);
  const found = tenant ? await keys.tenantNamed(tenant) : undefined;
  const scope = tenant ? (found ?? (await keys.createTenant(tenant))) : undefined;
  const where = tenant ? `the ${found ? 'existing' : 'new'} tenant "${tenant}"` : 'the platform';
  if (email) return await person(db, scope, { ...wanted, email }, where, origin);
  const name = wanted.name ?? (scope ? 'first administrator' : 'platform');
  const { id, key } = await keys.newKey(name, scope ? 'admin' : 'platform', scope);
  await record(db, scope, 'key.created', { type: 'key', id, name });
  return { secret: key, note: scope ? `An administrator's key for ${where}.` : 'A key that creates tenants.' };
}

async function person(
  db: Knex,
  scope: Scope | undefined,
  wanted: Wanted & { readonly email: string },
  where: string,
  origin: string,
): Promise<Made> {
  const { email, name, password } = wanted;
  const tenantId = scope?.tenantId ?? null;
  const role = scope ? 'tenant_admin' : 'platform';
  if ((await accountsOf(db, email, tenantId)).length > 0)
    throw new AppError(
      'account_exists',
      `${email} has an account there already: npm run admin reset makes a link that sets a new password.`,
    );
  if (password) {
    const parsed = newPassword.safeParse((await text(process.stdin)).replace(/\r?\n$/, ''));
    if (!parsed.success) throw new AppError('bad_password', `The password ${parsed.error.issues[0]?.message}.`);
    const user = await users(db).create({ tenantId, email, name: name ?? email, role, password: await hashPassword(parsed.data) });
    await record(db, scope, 'member.joined', { type: 'member', id: user.id, name: user.name });
    return { secret: undefined, note: `${email} administers ${where} and signs in with that password.` };
  }
  const link = { purpose: 'invitation', tenantId, organizationId: null, userId: null, email, role } as const;
  const { id, token } = await links(db).create({ ...link, createdBy: ACTOR.name, expiresAt: new Date(Date.now() + LINK_MS) }, new Date());
  await record(db, scope, 'member.invited', { type: 'invitation', id, name: email });
  return { secret: linkUrl(origin, token), note: `A link for ${email} to administer ${where}, for one day.` };
}

async function reset(db: Knex, { email = '', tenant }: Wanted, origin: string): Promise<Made> {
  const scope = tenant ? await access(db).tenantNamed(tenant) : undefined;
  const [user] = tenant && !scope ? [] : await accountsOf(db, email, scope?.tenantId ?? null);
  if (!user) throw new AppError('no_account', `${email} has no account there.`);
  if (user.isBound)
    throw new AppError('single_sign_on', `${email} signs in at the identity provider of its tenant: make another account with "create".`);
  const { id: userId, tenantId } = user;
  const link = { purpose: 'reset', tenantId, organizationId: null, userId, email, role: null } as const;
  const { token } = await links(db).create({ ...link, createdBy: ACTOR.name, expiresAt: new Date(Date.now() + LINK_MS) }, new Date());
  await sessions(db).revokeAll(userId, new Date());
  await record(db, scope, 'password.reset_link_created', { type: 'member', id: userId, name: user.name });
  return { secret: linkUrl(origin, token), note: `A link by which ${email} sets a new password, for one day.` };
}

const accountsOf = async (db: Knex, email: string, tenantId: string | null) =>
  (await users(db).withEmail(email, tenantId ?? undefined)).filter((user) => user.tenantId === tenantId);

const ACTOR = { type: 'system', id: null, name: 'npm run admin' } as const;

const record = (db: Knex, scope: Scope | undefined, action: string, target: AuditTarget): Promise<void> =>
  audit(db).record({
    ...{ action, actor: ACTOR, targets: [target], context: {}, outcome: { status: 'ok' } },
    ...{ tenantId: scope?.tenantId ?? null, organizationId: scope?.organizationId ?? null },
  });

main(process.argv.slice(2)).catch(failStart);
