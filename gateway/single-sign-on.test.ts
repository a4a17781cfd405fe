import { startGateway, type TestGateway, type Visitor } from '../tests/support/gateway';
import { type IdentityProvider, startIdentityProvider } from '../tests/support/identity-provider';
import { loseKey } from '../tests/support/lost-key';
import { hashPassword } from './passwords';

jest.setTimeout(60_000);

let gateway: TestGateway;
let provider: IdentityProvider;
let admin: Visitor;
let serial = 0;

beforeAll(async () => {
  [gateway, provider] = await Promise.all([startGateway(), startIdentityProvider()]);
  admin = gateway.program(await gateway.store.access.createKey('root', 'tenant_admin', gateway.scope));
});

afterAll(() => Promise.all([gateway?.close(), provider?.close()]));

beforeEach(async () => {
  serial += 1;
  const email = `p${serial}@example.com`;
  Object.assign(provider, { person: { sub: `sub-${serial}`, email, email_verified: true, name: `Person ${serial}` } });
  Object.assign(provider, { bend: (claims: object) => claims, forges: false, tellsLater: false });
  await setUp({ createUsers: true, defaultRole: 'operator', trustEmails: false });
});

const setUp = (more: object) => {
  const { issuer, clientId, clientSecret } = provider;
  return admin.call('PATCH', 'tenant/single-sign-on', {
    body: { config: { issuer, clientId, clientSecret, domains: ['example.com'], ...more } },
  });
};

/** Goes where the redirects lead. */
async function signIn(browser: Visitor, change: (callback: URL) => URL = (url) => url) {
  const start = await browser.call('GET', `sign-in/single-sign-on/${gateway.scope.tenantId}?page=/experts`);
  expect(start.status).toBe(302);
  const atProvider = await fetch(start.headers.get('location')!, { redirect: 'manual' });
  return await browser.call('GET', change(new URL(atProvider.headers.get('location')!)).href);
}

const landing = async (browser: Visitor, change?: (callback: URL) => URL) =>
  (await signIn(browser, change)).headers.get('location')?.replace(gateway.url, '');
const me = async (browser: Visitor) => (await browser.call('GET', 'session')).body;

test('the settings keep their secret and say what to enter at the provider', async () => {
  const { body } = await admin.call('GET', 'tenant/single-sign-on');
  expect(body).toMatchObject({
    config: { clientSecret: '***', domains: ['example.com'] },
    redirectUri: `${gateway.url}/api/v1/sign-in/callback`,
  });
  expect(JSON.stringify(body.form)).toContain('"secret":true');
  const refused = async (config: object) =>
    (await admin.call('PATCH', 'tenant/single-sign-on', { body: { config } })).body.errors?.[0]?.path;
  expect(await refused({ issuer: 'http://id.example.com' })).toBe('config.issuer');
  expect(await refused({ issuer: 'http://169.254.169.254' })).toBe('config.issuer');
  expect(await refused({ organizationId: crypto.randomUUID() })).toBe('config.organizationId');
  const ways = await gateway.browser().call('GET', 'sign-in/ways?email=someone@example.com');
  expect(ways.body.singleSignOn).toEqual([{ tenant: 'Test', url: `/api/v1/sign-in/single-sign-on/${gateway.scope.tenantId}` }]);
  expect((await gateway.browser().call('GET', 'sign-in/ways?email=someone@example.org')).body.singleSignOn).toEqual([]);
});

test('somebody new signs in, gets an account with the default role, and is the same person next time', async () => {
  const browser = gateway.browser();
  expect(await landing(browser)).toBe('/#/experts');
  const first = await me(browser);
  expect(first).toMatchObject({ user: `Person ${serial}`, email: provider.person.email, role: 'operator', signedInBy: 'single_sign_on' });
  Object.assign(provider.person, { email: 'renamed@elsewhere.example', email_verified: false });
  const again = gateway.browser();
  expect(await landing(again)).toBe('/#/experts');
  expect(await me(again)).toMatchObject({ email: first.email });
});

test('the address may come from the userinfo endpoint', async () => {
  provider.tellsLater = true;
  const browser = gateway.browser();
  expect(await landing(browser)).toBe('/#/experts');
  expect(await me(browser)).toMatchObject({ email: provider.person.email });
});

test('an invited account becomes the provider’s, and its password and sessions are gone', async () => {
  const email = provider.person.email as string;
  const user = await gateway.store.users.create({
    tenantId: gateway.scope.tenantId,
    email,
    name: 'Invited',
    password: await hashPassword('set by whoever'),
  });
  await gateway.store.users.setMember(gateway.scope, user.id, 'admin');
  const early = gateway.browser();
  const byPassword = () => early.call('POST', 'sign-in', { body: { email, password: 'set by whoever' } });
  expect((await byPassword()).status).toBe(200);
  const browser = gateway.browser();
  expect(await landing(browser)).toBe('/#/experts');
  expect(await me(browser)).toMatchObject({ user: 'Invited', role: 'admin' });
  expect((await early.call('GET', 'session')).status).toBe(401);
  expect((await byPassword()).status).toBe(401);
  provider.person = { ...provider.person, sub: 'somebody else with that address' };
  expect(await landing(gateway.browser())).toBe('/#/sign-in?problem=bound_elsewhere');
});

test('a link for a new password opens no account that is the provider’s', async () => {
  const { store, scope } = gateway;
  const email = provider.person.email as string;
  const user = await store.users.create({ tenantId: scope.tenantId, email, name: 'Linked', password: await hashPassword('forgotten') });
  await store.users.setMember(scope, user.id, 'viewer');
  const reset = () => admin.call('POST', `members/${user.id}/password-reset`);
  const token = (await reset()).body.url.split('#/link/')[1];
  expect(await landing(gateway.browser())).toBe('/#/experts');
  const use = (body: object) => gateway.browser().call('POST', 'sign-in/links/use', { body });
  expect((await use({ token, password: 'a password of mine' })).status).toBe(404);
  expect(await reset()).toMatchObject({ status: 409, body: { type: 'urn:parley:single_sign_on' } });
  const link = { purpose: 'reset', organizationId: null, userId: user.id, email, role: null, createdBy: 'before' } as const;
  const expiresAt = new Date(gateway.clock.now.getTime() + 60_000);
  const older = await store.links.create({ ...link, tenantId: scope.tenantId, expiresAt }, gateway.clock.now);
  expect(await use({ token: older.token, password: 'a password of mine' })).toMatchObject({
    status: 409,
    body: { type: 'urn:parley:single_sign_on' },
  });
});

test('when the tenant changes its provider, people are found by their addresses anew; without one, by a link for a password', async () => {
  const { store, scope } = gateway;
  await landing(gateway.browser());
  const [known] = await store.users.withEmail(provider.person.email as string, scope.tenantId);
  expect(known).toMatchObject({ isBound: true });
  await setUp({ defaultRole: 'viewer' });
  expect(await store.users.find(known!.id)).toMatchObject({ isBound: true });
  const issuer = 'https://id.example.com/other';
  await setUp({ issuer });
  expect(await store.users.find(known!.id)).toMatchObject({ isBound: false, password: null });
  await setUp({});
  Object.assign(provider.person, { sub: 'as the new provider calls them' });
  const browser = gateway.browser();
  expect(await landing(browser)).toBe('/#/experts');
  expect(await me(browser)).toMatchObject({ email: known!.email });
  expect((await admin.call('DELETE', 'tenant/single-sign-on')).status).toBe(204);
  expect(await store.users.find(known!.id)).toMatchObject({ isBound: false });
  expect((await admin.call('POST', `members/${known!.id}/password-reset`)).status).toBe(201);
});

test.each([
  ['an address that is not verified', { email_verified: false }, {}, 'email_not_verified'],
  ['no address', { email: undefined }, {}, 'no_email'],
  ['an address of another domain', { email: 'x@evil.example' }, {}, 'domain_not_allowed'],
  ['nobody who was invited, where accounts are not made', {}, { createUsers: false }, 'not_invited'],
])('%s is refused, said and recorded', async (_, person, settings, problem) => {
  Object.assign(provider.person, person);
  await setUp(settings);
  const browser = gateway.browser();
  expect(await landing(browser)).toBe(`/#/sign-in?problem=${problem}`);
  expect((await browser.call('GET', 'session')).status).toBe(401);
  const { items } = (await admin.call('GET', 'audit?everywhere=true&action=admin.login_failed&limit=1')).body;
  expect(items).toMatchObject([{ outcome: { errorCode: problem } }]);
});

test('a tenant may trust addresses that its provider does not call verified', async () => {
  Object.assign(provider.person, { email_verified: undefined });
  await setUp({ trustEmails: true });
  expect(await landing(gateway.browser())).toBe('/#/experts');
});

test.each([
  ['another nonce', (claims: object) => ({ ...claims, nonce: 'replayed' })],
  ['another audience', (claims: object) => ({ ...claims, aud: 'somebody else' })],
  ['another issuer', (claims: object) => ({ ...claims, iss: 'https://evil.example' })],
  ['a time long past', (claims: object) => ({ ...claims, exp: 1_000_000 })],
])('an ID token with %s opens nothing', async (_, bend) => {
  provider.bend = bend;
  expect(await landing(gateway.browser())).toBe('/#/sign-in?problem=provider_refused');
});

test('an ID token that the provider did not sign opens nothing', async () => {
  provider.forges = true;
  expect(await landing(gateway.browser())).toBe('/#/sign-in?problem=provider_refused');
});

test('a code for another state, a code that was used, and a callback nobody began open nothing', async () => {
  const forged = (url: URL) => {
    url.searchParams.set('state', 'forged');
    return url;
  };
  expect(await landing(gateway.browser(), forged)).toBe('/#/sign-in?problem=provider_refused');
  const browser = gateway.browser();
  let used = '';
  expect(
    await landing(browser, (url) => {
      used = url.href;
      return url;
    }),
  ).toBe('/#/experts');
  expect((await browser.call('GET', used)).headers.get('location')).toContain('problem=not_begun_here');
  expect((await gateway.browser().call('GET', used)).headers.get('location')).toContain('problem=not_begun_here');
});

test('who signs in takes ten minutes at most', async () => {
  const browser = gateway.browser();
  expect(
    await landing(browser, (url) => {
      gateway.clock.now = new Date(gateway.clock.now.getTime() + 601_000);
      return url;
    }),
  ).toBe('/#/sign-in?problem=not_begun_here');
});

test('a provider vouches for nobody in another tenant', async () => {
  const { store } = gateway;
  const elsewhere = await store.access.createTenant('Elsewhere');
  const victim = await store.users.create({
    tenantId: elsewhere.tenantId,
    email: provider.person.email as string,
    name: 'Victim',
    role: 'tenant_admin',
  });
  const browser = gateway.browser();
  await landing(browser);
  expect(await me(browser)).toMatchObject({ tenant: { id: gateway.scope.tenantId }, role: 'operator' });
  expect((await store.users.find(victim.id))?.name).toBe('Victim');
});

test('settings that were sealed with a key that is gone let nobody in, which is said also to who is on the way back', async () => {
  const start = (browser: Visitor) => browser.call('GET', `sign-in/single-sign-on/${gateway.scope.tenantId}`);
  const browser = gateway.browser();
  const atProvider = await fetch((await start(browser)).headers.get('location')!, { redirect: 'manual' });
  const putBack = await loseKey(gateway, 'tenants', gateway.scope.tenantId);
  expect(await start(gateway.browser())).toMatchObject({ status: 503, body: { type: 'urn:parley:unreadable' } });
  const back = await browser.call('GET', atProvider.headers.get('location')!);
  expect(back.headers.get('location')).toContain('/sign-in?problem=unreadable');
  await putBack();
  expect(await landing(gateway.browser())).toBe('/#/experts');
});

test('a provider that is away, and a tenant without one, are said', async () => {
  await setUp({ issuer: 'http://127.0.0.1:9' });
  const start = (tenant: string) => gateway.browser().call('GET', `sign-in/single-sign-on/${tenant}`);
  expect(await start(gateway.scope.tenantId)).toMatchObject({ status: 503, body: { type: 'urn:parley:provider_away' } });
  expect((await start(crypto.randomUUID())).status).toBe(404);
  expect((await admin.call('DELETE', 'tenant/single-sign-on')).status).toBe(204);
  expect((await start(gateway.scope.tenantId)).status).toBe(404);
});
