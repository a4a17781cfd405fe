import { randomUUID } from 'node:crypto';
import { rows } from '../../store/database';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { createDesk } from '../../tests/support/world';
import { hashPassword } from '../passwords';
import { operationsOf } from './all';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse battery';

let gateway: TestGateway;
let ids: Readonly<Record<string, string>>;
let strangers: readonly (readonly [string, Visitor])[];

beforeAll(async () => {
  gateway = await startGateway();
  const { store, scope, clock } = gateway;
  const password = await hashPassword(PASSWORD);
  const { integration, expertId } = await createDesk(gateway);
  const [trigger] = await store.triggers.list(scope, expertId, {
    afterTime: '-infinity',
    afterId: randomUUID().replace(/\w/g, '0'),
    limit: 1,
  });
  const member = await store.users.create({ tenantId: scope.tenantId, email: 'member@example.com', name: 'Member', password });
  await store.users.setMember(scope, member.id, 'viewer');
  const link = {
    purpose: 'invitation',
    userId: null,
    email: 'x@example.com',
    role: 'viewer',
    createdBy: 'test',
    expiresAt: new Date(Date.now() + 1e6),
  } as const;
  const hour = { idleMs: 3_600_000, totalMs: 3_600_000 };
  const chat = randomUUID();
  ids = {
    ...{ integrations: integration.id, experts: expertId, triggers: trigger!.id, organizations: scope.organizationId, members: member.id },
    invitations: (await store.links.create({ ...link, ...scope }, clock.now)).id,
    keys: (await store.access.newKey('mine', 'admin', scope)).id,
    sessions: (await store.sessions.open(member, { way: 'password', ip: '', ua: '', now: clock.now, ...hour })).id,
    ...{ conversations: randomUUID(), references: 'R1', versions: '1', people: randomUUID(), ...(await made()) },
  };
  const owner = [scope.tenantId, scope.organizationId, integration.id];
  await store.db.raw(
    "INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind) VALUES (?, ?, ?, ?, 'c', 'c', 'private')",
    [chat, ...owner],
  );
  await store.db.raw(
    "INSERT INTO conversations (id, tenant_id, organization_id, integration_id, chat_id, run_id, started_at) VALUES (?, ?, ?, ?, ?, 'run', now())",
    [ids.conversations!, ...owner, chat],
  );
  await store.db.raw("INSERT INTO people (id, tenant_id, organization_id, integration_id, platform_id) VALUES (?, ?, ?, ?, 'p')", [
    ...[ids.people!, ...owner],
  ]);
  const turn = randomUUID();
  await store.db.raw(
    "INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, state) VALUES (?, ?, ?, ?, ?, ?, 'failed')",
    [turn, ...owner, chat, ids.conversations!],
  );
  await store.db.raw(
    "INSERT INTO failures (reference, tenant_id, organization_id, turn_id, code, detail) VALUES (?, ?, ?, ?, 'refused', '')",
    [...[ids.references!, scope.tenantId, scope.organizationId, turn]],
  );

  const elsewhere = await store.access.createTenant('Elsewhere');
  await store.users.create({
    tenantId: elsewhere.tenantId,
    email: 'stranger@example.com',
    name: 'Stranger',
    password,
    role: 'tenant_admin',
  });
  const stranger = gateway.browser();
  expect((await stranger.call('POST', 'sign-in', { body: { email: 'stranger@example.com', password: PASSWORD } })).status).toBe(200);
  const neighbour = await store.access.createOrganization(scope.tenantId, 'Next door');
  const next = gateway.program(await store.access.createKey('next door', 'admin', { ...scope, organizationId: neighbour.id }));
  strangers = [
    ["another tenant's administrator", stranger],
    ["another tenant's key", gateway.program(await store.access.createKey('foreign', 'admin', elsewhere))],
    ["another organization's key", next],
  ];
});

afterAll(() => gateway?.close());

/** What administrators make of their own. */
async function made(): Promise<Record<string, string>> {
  const admin = gateway.program(await gateway.store.access.createKey('admin', 'admin', gateway.scope));
  const bodies = {
    users: { username: 'ann', email: 'ann@example.com' },
    alerts: { name: 'Mine', kinds: ['expert_failing'], channel: 'webhook', config: { url: 'https://example.com/alert' } },
    'spending-limits': { name: 'Mine', measure: 'answers', amount: 1, period: 'day' },
  };
  const found: Record<string, string> = {};
  for (const [noun, body] of Object.entries(bodies)) {
    const { status, body: one } = await admin.call('POST', noun, { body });
    expect({ noun, status }).toEqual({ noun, status: 201 });
    found[noun] = one.id;
  }
  return found;
}

/** Everything kept of the tenant, in one line per table. */
async function kept(): Promise<Record<string, string>> {
  const { db } = gateway.store;
  const tables = await rows<{ name: string }>(
    db,
    "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1",
  );
  const lines = await Promise.all(
    tables.map(async ({ name }) => {
      const mine = await rows<{ line: string }>(
        db,
        `SELECT (to_jsonb(t) - 'last_used_at')::text AS line FROM ${name} t WHERE organization_id = ? ORDER BY 1`,
        [gateway.scope.organizationId],
      );
      return [name, mine.map(({ line }) => line).join('\n')] as const;
    }),
  );
  return Object.fromEntries(lines);
}

test('every route hides what belongs to another tenant or organization, and leaves it alone', async () => {
  const before = await kept();
  const operations = operationsOf(gateway.deps);
  const place = (path: string): string =>
    path.slice(1).replace(/([\w-]+)\/:(\w+)/g, (_, noun: string, parameter: string) => {
      if (!ids[noun] && /id$/i.test(parameter)) throw new Error(`There is nothing of ${noun} that could be hidden.`);
      return `${noun}/${ids[noun] ?? randomUUID()}`;
    });
  const wrong: string[] = [];
  for (const [who, visitor] of strangers) {
    for (const { method, path, body, right } of operations) {
      if (right === 'platform') continue;
      const { status, body: told } = await visitor.call(method.toUpperCase(), place(path), body ? { body: {} } : {});
      const named = path.includes(':');
      const shows = Object.values(ids).filter(
        (id) => id.length > 10 && id !== gateway.scope.organizationId && JSON.stringify(told).includes(id),
      );
      if ((named && status !== 404 && status !== 403) || shows.length > 0) wrong.push(`${who}: ${method} ${path}: ${status} ${shows}`);
    }
    const there = await visitor.call('GET', 'experts', { headers: { 'x-parley-organization': gateway.scope.organizationId } });
    if (there.status !== 404) wrong.push(`${who}: by header: ${there.status}`);
  }
  expect(wrong).toEqual([]);
  expect(await kept()).toEqual(before);
});

test('the database itself hides it, whatever a query says', async () => {
  const { store, scope } = gateway;
  expect(await store.isEnforced()).toBe(true);
  const elsewhere = await store.access.createTenant('Third');
  const count = async (table: string) => Number((await rows<{ n: number }>(store.db, `SELECT count(*)::int AS n FROM ${table}`))[0]!.n);
  const tables = [
    'integrations',
    'experts',
    'triggers',
    'expert_versions',
    'published_triggers',
    'chats',
    'conversations',
    'api_keys',
    'users',
    'memberships',
  ];
  for (const table of [...tables, 'sessions', 'sign_in_links', 'connections', 'audit']) {
    const seen = await Promise.all([store.within(scope, () => count(table)), store.within(elsewhere, () => count(table))]);
    expect({ table, mine: seen[0] > 0 || table === 'audit', theirs: seen[1] }).toEqual({ table, mine: true, theirs: 0 });
  }
  expect(await store.within(elsewhere, () => store.integrations.find(ids.integrations!))).toBeUndefined();
  await store.within(elsewhere, () => store.db.raw('UPDATE experts SET name = ?', ['stolen']));
  expect((await store.experts.get(scope, ids.experts!))?.name).toBe('expert');
  await expect(
    store.within(elsewhere, () => store.experts.create(scope, { name: 'planted', backend: 'echo', config: {} })),
  ).rejects.toThrow('row-level security');
  await expect(store.within(scope, () => store.atomically(() => store.db.raw('SELECT 1 FROM users u, pg_authid')))).rejects.toThrow(
    'permission denied',
  );
  expect(await count('integrations')).toBeGreaterThan(0);
});

test('every table that belongs to an organization or tenant is bound', async () => {
  const open = await rows<{ name: string }>(
    gateway.store.db,
    `SELECT DISTINCT c.table_name AS name FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name AND t.relkind = 'r'
     WHERE c.table_schema = 'public' AND c.column_name IN ('organization_id', 'tenant_id', 'integration_id') AND NOT t.relrowsecurity`,
  );
  expect(open.map(({ name }) => name)).toEqual([]);
});
