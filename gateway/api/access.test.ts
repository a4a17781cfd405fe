import { randomUUID } from 'node:crypto';
import { type Role, roles } from '../../domain/roles';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { hashPassword } from '../passwords';
import { operationsOf } from './all';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse battery';

let gateway: TestGateway;
let hashed: string;

beforeAll(async () => {
  [gateway, hashed] = await Promise.all([startGateway(), hashPassword(PASSWORD)]);
});

afterAll(() => gateway?.close());

const keyOf = (role: Role): Promise<string> => gateway.store.access.createKey(role, role, role === 'platform' ? undefined : gateway.scope);
const programAs = async (role: Role): Promise<Visitor> => gateway.program(await keyOf(role));

async function person(email: string, role: 'viewer' | 'auditor' | 'operator' | 'admin' | 'tenant_admin', scope = gateway.scope) {
  const everywhere = role === 'tenant_admin' ? { role } : {};
  const user = await gateway.store.users.create({ tenantId: scope.tenantId, email, name: email, password: hashed, ...everywhere });
  if (role !== 'tenant_admin') await gateway.store.users.setMember(scope, user.id, role);
  const browser = gateway.browser();
  expect((await browser.call('POST', 'sign-in', { body: { email, password: PASSWORD } })).status).toBe(200);
  return { id: user.id, browser };
}

/** A session with one question and its answer. */
async function talk(): Promise<{ readonly conversationId: string; readonly integrationId: string }> {
  const { store, scope } = gateway;
  const { id: integrationId } = await store.integrations.create(scope, {
    ...{ name: 'Sandbox', channel: 'sandbox', mode: 'local', config: {}, appearance: {}, enabled: true },
  });
  const [chat, someone, conversation, turn] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const owner = [scope.tenantId, scope.organizationId, integrationId];
  await store.db.raw(
    "INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind) VALUES (?, ?, ?, ?, 'c', 'planted-person', 'private')",
    [chat, ...owner],
  );
  await store.db.raw(
    "INSERT INTO people (id, tenant_id, organization_id, integration_id, platform_id, name) VALUES (?, ?, ?, ?, 'u1', 'Planted Name')",
    [someone, ...owner],
  );
  await store.db.raw(
    "INSERT INTO conversations (id, tenant_id, organization_id, integration_id, chat_id, run_id, started_at) VALUES (?, ?, ?, ?, ?, 'run', now())",
    [conversation, ...owner, chat],
  );
  await store.db.raw(
    "INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, number, state, answer) VALUES (?, ?, ?, ?, ?, ?, 1, 'done', 'planted answer')",
    [turn, ...owner, chat, conversation],
  );
  await store.db.raw(
    "INSERT INTO replies (id, tenant_id, organization_id, integration_id, chat_id, state, text) VALUES (?, ?, ?, ?, ?, 'done', 'planted answer')",
    [turn, ...owner, chat],
  );
  await store.db.raw(
    `INSERT INTO events (id, tenant_id, organization_id, integration_id, chat_id, person_id, platform_id, kind, text, language, address, sent_at, decision, turn_id, "end")
     VALUES (?, ?, ?, ?, ?, ?, ?, 'message', 'planted question', 'en', '{}', now(), 'accepted', ?, 'answered')`,
    [randomUUID(), ...owner, chat, someone, randomUUID(), turn],
  );
  return { conversationId: conversation, integrationId };
}

const holders: Readonly<Record<string, readonly Role[]>> = {
  self: roles,
  read: ['viewer', 'auditor', 'operator', 'admin', 'tenant_admin'],
  content: ['auditor', 'admin', 'tenant_admin'],
  operate: ['operator', 'admin', 'tenant_admin'],
  configure: ['admin', 'tenant_admin'],
  members: ['admin', 'tenant_admin'],
  audit: ['auditor', 'admin', 'tenant_admin', 'platform'],
  tenant: ['tenant_admin'],
  platform: ['platform'],
};

test.each(roles)('the role %s may do what its rights say, and nothing else', async (role) => {
  const program = await programAs(role);
  const wrong: string[] = [];
  for (const { method, path, right, body } of operationsOf(gateway.deps)) {
    const place = path.slice(1).replace(/:\w+/g, () => randomUUID());
    const reply = await program.call(method.toUpperCase(), place, body ? { body: {} } : {});
    const refused = reply.status === 403 && reply.body.type === 'urn:parley:forbidden';
    if (refused === holders[right]?.includes(role) || reply.status >= 500) wrong.push(`${method} ${path} (${right}): ${reply.status}`);
  }
  for (const [method, right] of [
    ['GET', 'content'],
    ['POST', 'configure'],
  ] as const) {
    const place = `sandbox/${randomUUID()}/${method === 'GET' ? 'chats' : 'messages'}`;
    const { status } = await program.call(method, place, method === 'POST' ? { body: {} } : {});
    if ((status === 403) === holders[right]?.includes(role)) wrong.push(`${method} sandbox: ${status}`);
  }
  expect(wrong).toEqual([]);
});

test('roles without content see states and figures, and no word, name or search', async () => {
  const { conversationId } = await talk();
  for (const role of roles.filter((one) => holders.read?.includes(one))) {
    const program = await programAs(role);
    const { status, body } = await program.call('GET', `conversations/${conversationId}`);
    expect({ status, turns: body.turns }).toMatchObject({ status: 200, turns: [{ state: 'done', reply: { state: 'done' } }] });
    const maySee = holders.content?.includes(role) === true;
    expect({ role, sees: /planted/i.test(JSON.stringify(body)) }).toEqual({ role, sees: maySee });
    expect((await program.call('GET', 'conversations?q=planted')).status).toBe(maySee ? 200 : 403);
  }
});

test('who reads or searches what people wrote is recorded, once for a page that looks again and again', async () => {
  const { conversationId } = await talk();
  const { browser, id } = await person('reader@example.com', 'auditor');
  for (let look = 0; look < 3; look++) await browser.call('GET', `conversations/${conversationId}`);
  await browser.call('GET', `conversations?q=planted`);
  const { items } = (await browser.call('GET', `audit?actor=${id}&limit=2`)).body;
  expect(items).toMatchObject([
    { action: 'transcript.searched', context: { search: { q: 'planted' } } },
    { action: 'transcript.viewed', targets: [{ type: 'conversation', id: conversationId }], actor: { id, email: 'reader@example.com' } },
  ]);
});

test('a search is recorded with all it asked, in each organization it was made in', async () => {
  const { store, scope } = gateway;
  const { browser, id } = await person('searcher@example.com', 'tenant_admin');
  const other = (await store.access.createOrganization(scope.tenantId, 'Second')).id;
  for (const organizationId of [scope.organizationId, other])
    for (const more of ['from=2026-11-01T00:00:00Z', 'from=2026-11-01T00:00:00Z&limit=5', 'state=ended'])
      await browser.call('GET', `conversations?q=planted&${more}`, { headers: { 'x-parley-organization': organizationId } });
  const { items } = (await browser.call('GET', `audit?actor=${id}&action=transcript.searched&everywhere=true`)).body;
  const searched = (organization: string) => [
    { organization, search: { q: 'planted', state: 'ended' } },
    { organization, search: { q: 'planted', from: expect.stringMatching(/^2026-11-01/) } },
  ];
  expect(items.map(({ context: { organization, search } }: { context: Record<string, unknown> }) => ({ organization, search }))).toEqual([
    ...searched(other),
    ...searched(scope.organizationId),
  ]);
});

test('where the tenant asks why, content is shown to calls that say it', async () => {
  const { conversationId } = await talk();
  const { browser } = await person('boss@example.com', 'tenant_admin');
  expect((await browser.call('PATCH', 'tenant', { body: { contentNeedsReason: true } })).body).toMatchObject({ contentNeedsReason: true });
  const look = (headers = {}) => browser.call('GET', `conversations/${conversationId}`, { headers });
  expect(await look()).toMatchObject({ status: 403, body: { type: 'urn:parley:reason_required' } });
  expect((await browser.call('GET', 'conversations?q=planted')).status).toBe(403);
  expect((await browser.call('GET', 'conversations')).status).toBe(200);
  expect((await look({ 'x-parley-reason': encodeURIComponent('投诉 4711') })).status).toBe(200);
  const { items } = (await browser.call('GET', `audit?target=${conversationId}`)).body;
  expect(items).toMatchObject([{ action: 'transcript.viewed', context: { reason: '投诉 4711' } }]);
  const viewer = await programAs('viewer');
  expect((await viewer.call('GET', `conversations/${conversationId}`)).status).toBe(200);
  await browser.call('PATCH', 'tenant', { body: { contentNeedsReason: false } });
});

test('a key is shown once, works until it expires or is revoked, and tells when it was used', async () => {
  const admin = await programAs('admin');
  const expiresAt = new Date(gateway.clock.now.getTime() + 3_600_000).toISOString();
  const made = (await admin.call('POST', 'keys', { body: { name: 'Dashboard', role: 'viewer', expiresAt } })).body;
  const program = gateway.program(made.key);
  expect((await program.call('GET', 'experts')).status).toBe(200);
  expect((await program.call('POST', 'experts', { body: { name: 'x', backend: 'echo' } })).status).toBe(403);
  const shown = (await admin.call('GET', `keys/${made.id}`)).body;
  expect(shown).toMatchObject({ state: 'valid', role: 'viewer', expiresAt, lastUsedAt: expect.any(String) });
  expect(JSON.stringify([shown, (await admin.call('GET', 'keys')).body, (await admin.call('GET', 'audit')).body])).not.toContain(made.key);
  const at = gateway.clock.now;
  gateway.clock.now = new Date(at.getTime() + 3_600_001);
  expect((await program.call('GET', 'experts')).status).toBe(401);
  gateway.clock.now = at;
  expect((await admin.call('DELETE', `keys/${made.id}`)).status).toBe(204);
  expect((await program.call('GET', 'experts')).status).toBe(401);
  expect((await admin.call('GET', `keys/${made.id}`)).body.state).toBe('revoked');
  expect((await admin.call('POST', 'keys', { body: { name: 'late', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' } })).status).toBe(
    422,
  );
});

test('nobody deals out more than they hold, nor touches those above them or themselves', async () => {
  const admin = await person('admin@example.com', 'admin');
  const above = await person('above@example.com', 'tenant_admin');
  const call = (method: string, path: string, body?: object) => admin.browser.call(method, path, body ? { body } : {});
  for (const role of ['tenant_admin', 'platform']) {
    const expected = role === 'platform' ? 422 : 403;
    expect((await call('POST', 'keys', { name: 'k', role })).status).toBe(expected);
    expect((await call('POST', 'invitations', { email: 'x@example.com', role })).status).toBe(expected);
    expect((await call('PATCH', `members/${above.id}`, { role })).status).toBe(expected);
  }
  expect((await call('PATCH', `members/${above.id}`, { role: 'viewer' })).status).toBe(403);
  expect((await call('DELETE', `members/${above.id}`)).status).toBe(403);
  expect((await call('POST', `members/${above.id}/password-reset`)).status).toBe(403);
  expect((await call('DELETE', `members/${admin.id}`)).status).toBe(409);

  const second = await gateway.store.access.createOrganization(gateway.scope.tenantId, 'Second');
  const both = await person('both@example.com', 'viewer');
  await gateway.store.users.setMember({ ...gateway.scope, organizationId: second.id }, both.id, 'admin');
  expect((await call('POST', `members/${both.id}/password-reset`)).status).toBe(409);
  expect((await above.browser.call('POST', `members/${both.id}/password-reset`)).status).toBe(201);
});

test('inviting who has an account makes a member and no link, for a link would open that account', async () => {
  const { browser } = await person('inviter@example.com', 'admin');
  const second = await gateway.store.access.createOrganization(gateway.scope.tenantId, 'Other house');
  const known = await person('known@example.com', 'admin', { ...gateway.scope, organizationId: second.id });
  const invite = () => browser.call('POST', 'invitations', { body: { email: 'known@example.com', role: 'auditor' } });
  expect((await invite()).body).toMatchObject({ isMember: true, url: null, id: known.id });
  expect((await invite()).status).toBe(409);
  const { body } = await known.browser.call('GET', 'session', { headers: { 'x-parley-organization': gateway.scope.organizationId } });
  expect(body).toMatchObject({ role: 'auditor' });
});

test('a platform administrator makes a tenant with its first administrator, who makes organizations', async () => {
  const platform = await programAs('platform');
  const made = await platform.call('POST', 'tenants', { body: { name: 'Acme', adminEmail: 'root@acme.example' } });
  expect(made).toMatchObject({
    status: 201,
    body: { apiKey: expect.stringMatching(/^parley_/), invitation: { email: 'root@acme.example' } },
  });
  const root = gateway.browser();
  const token = made.body.invitation.url.split('#/link/')[1];
  const entered = await root.call('POST', 'sign-in/links/use', { body: { token, password: 'the root of acme', name: 'Root' } });
  expect(entered.body).toMatchObject({ role: 'tenant_admin', tenant: { id: made.body.id } });
  const { id } = (await root.call('POST', 'organizations', { body: { name: 'Plant 2' } })).body;
  const headers = { 'x-parley-organization': id };
  expect((await root.call('POST', 'experts', { headers, body: { name: 'There', backend: 'echo' } })).status).toBe(201);
  expect((await root.call('GET', 'experts')).body.items).toEqual([]);
  expect((await root.call('GET', 'experts', { headers })).body.items).toHaveLength(1);
  expect((await platform.call('GET', 'audit')).body.items[0]).toMatchObject({
    action: 'config.created',
    targets: [{ type: 'tenant', id: made.body.id }],
  });
  expect(JSON.stringify((await platform.call('GET', 'audit')).body)).not.toContain(token);
});
