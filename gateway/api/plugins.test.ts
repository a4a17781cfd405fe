import { createHmac } from 'node:crypto';
import { rows } from '../../store/database';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(60_000);

let gateway: TestGateway;
let tenantAdmin: Visitor;
let here: Visitor;
let there: Visitor;
let elsewhere: string;

const OUTBOX = './examples/outbox-channel';

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_PLUGINS: OUTBOX });
  const { store, scope } = gateway;
  elsewhere = (await store.access.createOrganization(scope.tenantId, 'Elsewhere')).id;
  here = gateway.program(await store.access.createKey('here', 'admin', scope));
  there = gateway.program(await store.access.createKey('there', 'admin', { ...scope, organizationId: elsewhere }));
  tenantAdmin = gateway.program(await store.access.createKey('all', 'tenant_admin' as 'admin', scope));
});
afterAll(() => gateway?.close());

const standing = async (visitor: Visitor, name = 'acme-outbox') => {
  const { body } = await visitor.call('GET', 'channels');
  const { available, why } = body.items.find((channel: { name: string }) => channel.name === name);
  return { available, why };
};
const choose = (name: string, body: object, organizationId = gateway.scope.organizationId) =>
  tenantAdmin.call('PATCH', `plugins/${name}`, { body, headers: { 'x-parley-organization': organizationId } });
const integration = {
  ...{ name: 'Outbox', channel: 'acme-outbox', enabled: false },
  config: { url: 'http://127.0.0.1:9/', secret: 'a secret of both sides' },
};

it('what comes with Parley is available, what comes from a package where somebody said so', async () => {
  expect(await standing(here, 'lark')).toEqual({ available: true, why: null });
  expect(await standing(here)).toEqual({
    available: false,
    why: 'It is not enabled in this tenant. Ask a tenant administrator to enable it.',
  });
  expect((await here.call('GET', 'plugins/acme-outbox')).body).toMatchObject({
    ...{ package: OUTBOX, tenant: null, organization: null, available: false },
  });
  const refused = await here.call('POST', 'integrations', { body: integration });
  expect(refused.status).toBe(422);
  expect(refused.body.errors).toEqual([
    { path: 'channel', message: expect.stringMatching(/^cannot be used here\. It is not enabled in this tenant\./) },
  ]);
});

it('the organization decides before the tenant, and each sees why', async () => {
  expect((await choose('acme-outbox', { organization: true }, elsewhere)).status).toBe(200);
  expect(await standing(there)).toEqual({ available: true, why: null });
  expect((await standing(here)).why).toMatch(/^It is enabled elsewhere in this tenant, not for this organization\./);
  expect((await choose('acme-outbox', { tenant: true })).body).toMatchObject({ tenant: true, organization: null, available: true });
  expect((await here.call('POST', 'integrations', { body: integration })).status).toBe(201);
  expect((await choose('acme-outbox', { organization: false })).body).toMatchObject({ available: false, organization: false });
  expect((await standing(here)).why).toMatch(/^It is switched off for this organization\./);
  expect((await choose('acme-outbox', { organization: null })).body).toMatchObject({ available: true, organization: null });
});

it('a package takes messages like any channel, and its refusals are ours', async () => {
  await choose('acme-outbox', { tenant: true });
  const { secret } = integration.config;
  const { id, callbackUrl } = (await here.call('POST', 'integrations', { body: { ...integration, enabled: true } })).body;
  expect(callbackUrl).toMatch(new RegExp(`/webhooks/${id}$`));
  const body = JSON.stringify({ id: 'm1', user: 'ann', text: 'Hello' });
  const call = (signature: string) =>
    fetch(`${gateway.url}/webhooks/${id}`, { method: 'POST', body, headers: { 'x-outbox-signature': signature } });
  const refused = await call('wrong');
  expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ type: 'urn:parley:bad_signature' })]);
  expect((await call(createHmac('sha256', secret).update(body).digest('hex'))).status).toBe(200);
  const found = await rows(gateway.store.db, 'SELECT text, decision FROM events WHERE integration_id = ?', [id]);
  expect(found).toEqual([{ text: 'Hello', decision: 'accepted' }]);
});

it('a channel of Parley can be switched off, and no integration becomes one of it', async () => {
  await choose('wecom', { tenant: false });
  expect((await standing(there, 'wecom')).why).toMatch(/^It is switched off for this tenant\./);
  const sandbox = (await here.call('POST', 'integrations', { body: { name: 'Sandbox', channel: 'sandbox' } })).body.id;
  const changed = await here.call('PATCH', `integrations/${sandbox}`, { body: { channel: 'wecom', mode: 'long_connection', config: {} } });
  expect([changed.status, changed.body.errors[0].path]).toEqual([422, 'channel']);
});

it('says for programs why, and where backends come from', async () => {
  await choose('acme-outbox', { tenant: null, organization: null });
  await choose('acme-outbox', { organization: null }, elsewhere);
  const reason = async () => (await here.call('GET', 'plugins/acme-outbox')).body.reason;
  expect(await reason()).toBe('not_enabled');
  await choose('acme-outbox', { organization: true }, elsewhere);
  expect(await reason()).toBe('elsewhere');
  await choose('acme-outbox', { tenant: true });
  expect(await reason()).toBeNull();
  const { items } = (await here.call('GET', 'backends')).body;
  expect(items.find(({ name }: { name: string }) => name === 'echo').package).toBeNull();
});

it('shows what hangs on a channel in every organization, to administrators of the tenant', async () => {
  const made = (await here.call('POST', 'integrations', { body: { ...integration, name: 'Hangs on it' } })).body.id;
  const { status, body } = await tenantAdmin.call('GET', 'plugins/acme-outbox/organizations');
  expect([status, body.nextCursor]).toEqual([200, null]);
  const [first, second] = body.items;
  expect(first).toMatchObject({ id: gateway.scope.organizationId, organization: null, available: true });
  expect(first.integrations).toContainEqual({ id: made, name: 'Hangs on it', enabled: false, openConversations: 0 });
  expect(second).toEqual({ id: elsewhere, name: 'Elsewhere', organization: true, available: true, integrations: [] });
  const page = await tenantAdmin.call('GET', 'plugins/acme-outbox/organizations?limit=1');
  expect(page.body.items).toHaveLength(1);
  expect((await tenantAdmin.call('GET', `plugins/acme-outbox/organizations?cursor=${page.body.nextCursor}`)).body.items).toEqual([second]);
  expect((await here.call('GET', 'plugins/acme-outbox/organizations')).status).toBe(403);
});

it('only administrators of the tenant decide', async () => {
  expect((await here.call('PATCH', 'plugins/acme-outbox', { body: { tenant: false } })).status).toBe(403);
  expect((await choose('nothing', { tenant: true })).status).toBe(404);
});
