import { randomUUID } from 'node:crypto';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { hashPassword } from '../passwords';
import { operationsOf } from './all';
import { actionOf } from './recording';

jest.setTimeout(180_000);

const PASSWORD = 'correct horse battery';
const SECRET = 'planted-secret';

let gateway: TestGateway;
let boss: Visitor;
let platform: Visitor;
let other: { readonly id: string };

beforeAll(async () => {
  gateway = await startGateway();
  const { store, scope } = gateway;
  const password = await hashPassword(PASSWORD);
  await store.users.create({ tenantId: scope.tenantId, email: 'boss@example.com', name: 'Boss', password, role: 'tenant_admin' });
  other = await store.users.create({ tenantId: scope.tenantId, email: 'other@example.com', name: 'Other', password });
  await store.users.setMember(scope, other.id, 'viewer');
  boss = gateway.browser({ 'user-agent': 'Test browser' });
  await boss.call('POST', 'sign-in', { body: { email: 'boss@example.com', password: PASSWORD } });
  platform = gateway.program(await store.access.createKey('platform', 'platform', undefined));
});

afterAll(() => gateway?.close());

async function conversation(integrationId: string): Promise<string> {
  const { store, scope } = gateway;
  const [chat, id] = [randomUUID(), randomUUID()];
  const owner = [scope.tenantId, scope.organizationId, integrationId];
  await store.db.raw(
    "INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind) VALUES (?, ?, ?, ?, 'c', 'c', 'private')",
    [chat, ...owner],
  );
  await store.db.raw(
    "INSERT INTO conversations (id, tenant_id, organization_id, integration_id, chat_id, run_id, started_at) VALUES (?, ?, ?, ?, ?, 'run', now())",
    [id, ...owner, chat],
  );
  return id;
}

/** Most of what changes something, in an order that works: method and route, place, action, body. `tests/end-to-end/records.test.ts` makes sure of the rest. */
async function* changes(): AsyncGenerator<readonly [route: string, place: string, action: string, body?: object, visitor?: Visitor]> {
  const config = { appId: 'cli_0123456789abcdef', appSecret: SECRET, domain: 'http://127.0.0.1:9' };
  yield ['POST integrations', 'integrations', 'config.created', { name: 'Lark', channel: 'lark', config, enabled: false }];
  const integration = (await boss.call('GET', 'integrations')).body.items[0].id;
  yield ['PATCH integrations/:id', `integrations/${integration}`, 'config.updated', { name: 'Renamed' }];
  yield ['POST integrations/:id/test', `integrations/${integration}/test`, 'connection.tested'];
  for (const [verb, action] of [
    ['enable', 'enabled'],
    ['restart', 'restarted'],
    ['disable', 'disabled'],
  ])
    yield [`POST integrations/:id/${verb}`, `integrations/${integration}/${verb}`, `connection.${action}`];
  yield ['POST experts', 'experts', 'config.created', { name: 'Expert', backend: 'openai', config: { model: 'm', apiKey: SECRET } }];
  const expert = (await boss.call('GET', 'experts')).body.items[0].id;
  yield ['PATCH experts/:id', `experts/${expert}`, 'secret.rotated', { config: { apiKey: `${SECRET}-2` } }];
  yield ['POST experts/:id/triggers', `experts/${expert}/triggers`, 'config.created', { integrationId: integration }];
  const trigger = (await boss.call('GET', `experts/${expert}/triggers`)).body.items[0].id;
  yield ['PATCH experts/:id/triggers/:triggerId', `experts/${expert}/triggers/${trigger}`, 'config.updated', { gatherMs: 0 }];
  yield ['POST experts/:id/publish', `experts/${expert}/publish`, 'config.published'];
  yield ['DELETE experts/:id/triggers/:triggerId', `experts/${expert}/triggers/${trigger}`, 'config.deleted'];
  yield ['DELETE experts/:id', `experts/${expert}`, 'config.deleted'];
  const talk = await conversation(integration);
  yield ['POST conversations/:id/stop', `conversations/${talk}/stop`, 'conversation.stopped'];
  yield ['POST conversations/:id/end', `conversations/${talk}/end`, 'conversation.ended'];
  yield ['DELETE integrations/:id', `integrations/${integration}`, 'config.deleted'];
  yield ['PATCH members/:id', `members/${other.id}`, 'role.changed', { role: 'auditor' }];
  yield ['POST members/:id/password-reset', `members/${other.id}/password-reset`, 'password.reset_link_created'];
  yield ['DELETE members/:id', `members/${other.id}`, 'member.removed'];
  yield ['POST invitations', 'invitations', 'member.invited', { email: 'new@example.com', role: 'viewer' }];
  const invitation = (await boss.call('GET', 'invitations')).body.items[0].id;
  yield ['DELETE invitations/:id', `invitations/${invitation}`, 'config.deleted'];
  yield ['POST keys', 'keys', 'key.created', { name: 'Key', role: 'viewer' }];
  yield ['DELETE keys/:id', `keys/${(await boss.call('GET', 'keys')).body.items[0].id}`, 'key.revoked'];
  yield ['PATCH tenant', 'tenant', 'config.updated', { name: 'Renamed' }];
  const provider = { issuer: 'https://id.example.com', clientId: 'c', clientSecret: SECRET, domains: ['example.com'] };
  yield ['PATCH tenant/single-sign-on', 'tenant/single-sign-on', 'secret.rotated', { config: provider }];
  yield ['DELETE tenant/single-sign-on', 'tenant/single-sign-on', 'config.deleted'];
  yield ['POST organizations', 'organizations', 'config.created', { name: 'Second' }];
  yield ['PATCH organizations/:id', `organizations/${gateway.scope.organizationId}`, 'config.updated', { name: 'First' }];
  yield ['POST tenants', 'tenants', 'config.created', { name: 'New', adminEmail: 'root@example.com' }, platform];
  const session = gateway.browser();
  await session.call('POST', 'sign-in', { body: { email: 'boss@example.com', password: PASSWORD } });
  const open = (await boss.call('GET', 'sessions')).body.items.find(({ isThis }: { isThis: boolean }) => !isThis);
  yield ['DELETE sessions/:id', `sessions/${open.id}`, 'session.revoked'];
  yield ['POST session/password', 'session/password', 'password.changed', { current: PASSWORD, next: `${PASSWORD} 2` }];
}

test('whatever an administrator changes is a record: who, what, before and after without secrets, from where', async () => {
  const reach = { tenantId: gateway.scope.tenantId };
  const newest = async (visitor: Visitor) =>
    (await gateway.store.audit.list(visitor === platform ? 'platform' : reach, {}, Number.MAX_SAFE_INTEGER, 1))[0];
  for await (const [route, place, action, body, visitor = boss] of changes()) {
    const before = await newest(visitor);
    const { status, body: told } = await visitor.call(route.split(' ')[0]!, place, body ? { body } : {});
    const record = await newest(visitor);
    const isAway = status === 503;
    if (status >= 300 && !isAway) throw new Error(`${route} answered ${status}: ${JSON.stringify(told)}`);
    expect({ route, ...record }).toMatchObject({
      ...{ route, action, kind: 'administration', v: 1 },
      actor: visitor === platform ? { type: 'key', name: 'platform' } : { type: 'admin', name: 'Boss', email: 'boss@example.com' },
      context: visitor === platform ? { ip: '127.0.0.1' } : { ip: '127.0.0.1', ua: 'Test browser', session: expect.any(String) },
      outcome: { status: isAway ? 'failed' : 'ok' },
    });
    expect(record!.seq).toBeGreaterThan(before?.seq ?? 0);
    expect(record!.targets[0]).toMatchObject({ type: expect.stringMatching(/^[a-z-]+$/), id: expect.stringMatching(/./) });
  }
  const changing = operationsOf(gateway.deps).filter(({ method }) => method !== 'get');
  for (const one of changing) expect(actionOf(one)).toMatch(/^[a-z-]+\.[a-z_-]+$/);
  const everything = JSON.stringify(await gateway.store.audit.list(reach, {}, Number.MAX_SAFE_INTEGER, 1000));
  expect(everything).not.toContain(SECRET);
  expect(everything).not.toContain(PASSWORD);
});

test('a change shows how it was and how it is', async () => {
  const { id } = (
    await boss.call('POST', 'experts', { body: { name: 'Before', backend: 'openai', config: { model: 'm', apiKey: SECRET } } })
  ).body;
  await boss.call('PATCH', `experts/${id}`, { body: { name: 'After', config: { apiKey: 'another' } } });
  const { items } = (await boss.call('GET', `audit?target=${id}`)).body;
  expect(items).toMatchObject([
    { action: 'secret.rotated', change: { after: { fields: ['config.apiKey'] } } },
    {
      action: 'config.updated',
      targets: [{ type: 'expert', id, name: 'After' }],
      change: { before: { name: 'Before' }, after: { name: 'After' } },
    },
    { action: 'config.created', change: { before: null, after: { name: 'Before', config: { model: 'm', apiKey: '***' } } } },
  ]);
});

test('what was done to a trigger is found by its expert as well', async () => {
  const expert = (await boss.call('POST', 'experts', { body: { name: 'Bound', backend: 'echo' } })).body;
  const { id: integrationId } = (await boss.call('POST', 'integrations', { body: { name: 'Its chat', channel: 'sandbox', mode: 'local' } }))
    .body;
  const trigger = (await boss.call('POST', `experts/${expert.id}/triggers`, { body: { integrationId } })).body;
  await boss.call('PATCH', `experts/${expert.id}/triggers/${trigger.id}`, { body: { queueMax: 1 } });
  const of = async (id: string) =>
    (await boss.call('GET', `audit?target=${id}`)).body.items.map(
      ({ action, targets }: { action: string; targets: { type: string }[] }) => `${targets[0]!.type} ${action}`,
    );
  expect(await of(expert.id)).toEqual(['trigger config.updated', 'trigger config.created', 'expert config.created']);
  expect(await of(trigger.id)).toEqual(['trigger config.updated', 'trigger config.created']);
});

test('what is refused leaves neither change nor record', async () => {
  const count = async () => (await boss.call('GET', 'audit?limit=1')).body.items[0].seq;
  const before = await count();
  expect((await boss.call('POST', 'experts', { body: { name: '', backend: 'echo' } })).status).toBe(422);
  expect((await boss.call('PATCH', `experts/${randomUUID()}`, { body: { name: 'x' } })).status).toBe(404);
  expect((await boss.call('PATCH', 'tenant/single-sign-on', { body: { config: { issuer: 'http://169.254.169.254/' } } })).status).toBe(422);
  expect(await count()).toBe(before);
});

/** While `work` runs nothing can be recorded. */
async function unrecorded<T>(work: () => Promise<T>): Promise<T> {
  const { store } = gateway;
  await store.db.raw('ALTER TABLE audit ADD CONSTRAINT nothing CHECK (false) NOT VALID');
  try {
    return await work();
  } finally {
    await store.db.raw('ALTER TABLE audit DROP CONSTRAINT nothing');
  }
}

test('a change whose record cannot be written does not happen', async () => {
  await unrecorded(async () => {
    expect((await boss.call('POST', 'experts', { body: { name: 'Unrecorded', backend: 'echo' } })).status).toBe(500);
  });
  expect(JSON.stringify((await boss.call('GET', 'experts')).body)).not.toContain('Unrecorded');
});

test('nor does one of an integration or its connection', async () => {
  const settings = { channel: 'sandbox', enabled: true };
  const { id } = (await boss.call('POST', 'integrations', { body: { ...settings, name: 'As it was' } })).body;
  const off = (await boss.call('POST', 'integrations', { body: { ...settings, name: 'Off', enabled: false } })).body.id;
  const all = async () => (await boss.call('GET', 'integrations')).body.items;
  const before = await all();
  await unrecorded(async () => {
    const answers = [
      await boss.call('POST', 'integrations', { body: { ...settings, name: 'Unrecorded' } }),
      await boss.call('PATCH', `integrations/${id}`, { body: { name: 'Changed', enabled: false } }),
      await boss.call('POST', `integrations/${off}/enable`),
      await boss.call('POST', `integrations/${id}/disable`),
      await boss.call('POST', `integrations/${id}/restart`),
      await boss.call('DELETE', `integrations/${id}`),
      await boss.call('POST', 'configuration/import', {
        body: {
          configuration: { format: 'parley/configuration', version: 1, integrations: [{ ...settings, name: 'Unrecorded', mode: 'local' }] },
        },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 500));
  });
  expect(await all()).toEqual(before);
});

test('a change that Temporal does not hear of is recorded, and that it did not', async () => {
  const { id } = (await boss.call('POST', 'integrations', { body: { name: 'Unheard', channel: 'sandbox', enabled: false } })).body;
  expect((await boss.call('POST', `integrations/${id}/enable`)).status).toBe(503);
  expect((await boss.call('DELETE', `integrations/${id}`)).status).toBe(503);
  const { items } = (await boss.call('GET', `audit?target=${id}`)).body;
  expect(items).toMatchObject([
    { action: 'config.deleted', outcome: { status: 'failed', errorCode: 'unavailable' } },
    { action: 'connection.disabled', change: { before: { enabled: true }, after: { enabled: false } }, outcome: { status: 'ok' } },
    { action: 'connection.enabled', outcome: { status: 'failed', errorCode: 'unavailable' } },
    { action: 'connection.enabled', change: { after: { enabled: true } }, outcome: { status: 'ok' } },
    { action: 'config.created' },
  ]);
});

test('the record is read page by page, by who, what, which and when', async () => {
  const seen: number[] = [];
  for (let cursor = ''; ; ) {
    const { items, nextCursor } = (await boss.call('GET', `audit?everywhere=true&limit=7${cursor}`)).body;
    seen.push(...items.map(({ seq }: { seq: number }) => seq));
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  expect(seen.length).toBeGreaterThan(30);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
  const actions = async (filter: string) =>
    new Set((await boss.call('GET', `audit?${filter}`)).body.items.map(({ action }: { action: string }) => action));
  expect(await actions('action=key.created')).toEqual(new Set(['key.created']));
  expect(await actions(`to=2020-01-01T00:00:00Z`)).toEqual(new Set());
  expect(await actions(`actor=${randomUUID()}`)).toEqual(new Set());
});

test('nobody changes or deletes a record, the owner of the database included', async () => {
  for (const statement of ["UPDATE audit SET action = 'nothing'", 'DELETE FROM audit', 'TRUNCATE audit'])
    await expect(gateway.store.db.raw(statement)).rejects.toThrow('never changed');
});
