import { startGateway } from '../tests/support/gateway';
import { account, attempt, gateway, HOUR, hashed, later, PASSWORD, signedIn } from './sign-in.scene';

test('a right password opens a session with a cookie that no script and no other site gets', async () => {
  await account('ann@example.com');
  const browser = gateway.browser();
  const { status, body, headers } = await browser.call('POST', 'sign-in', {
    body: { email: ' ANN@example.com'.trim(), password: PASSWORD },
  });
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      user: 'ann',
      email: 'ann@example.com',
      role: 'admin',
      organization: { id: gateway.scope.organizationId },
      tenant: { name: 'Test' },
    },
  });
  expect(headers.getSetCookie().join()).toMatch(/^parley_user=[\w-]{43}; .*HttpOnly; SameSite=Strict/);
  expect(await browser.call('GET', 'session')).toMatchObject({ status: 200, body: { user: 'ann' } });
  expect(await browser.call('GET', 'integrations')).toMatchObject({ status: 200 });
  expect(await browser.call('DELETE', 'session')).toMatchObject({ status: 204 });
  expect(browser.cookies.size).toBe(0);
  expect(await browser.call('GET', 'session')).toMatchObject({ status: 401 });
});

test('behind TLS the cookie is bound to this host and to TLS', async () => {
  const secure = await startGateway({ PARLEY_PUBLIC_URL: 'https://parley.example.com' });
  try {
    const { id } = await secure.store.users.create({
      tenantId: secure.scope.tenantId,
      email: 'a@example.com',
      name: 'a',
      password: hashed,
    });
    await secure.store.users.setMember(secure.scope, id, 'admin');
    const browser = secure.browser({ origin: 'https://parley.example.com' });
    const { headers } = await browser.call('POST', 'sign-in', { body: { email: 'a@example.com', password: PASSWORD } });
    expect(headers.getSetCookie().join()).toMatch(/^__Host-parley_user=.*Path=\/;.*Secure/);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  } finally {
    await secure.close();
  }
});

test('a wrong password and an unknown address are refused in the same words, and recorded', async () => {
  await account('ben@example.com');
  const [wrong, unknown] = [await attempt('ben@example.com', 'wrong'), await attempt('nobody@example.com', 'wrong')];
  expect(wrong).toMatchObject({ status: 401, body: { type: 'urn:parley:wrong_credentials' } });
  expect(unknown.body).toEqual(wrong.body);
  const admin = await signedIn('ben@example.com');
  const { items } = (await admin.call('GET', 'audit?action=admin.login_failed')).body;
  expect(items).toMatchObject([{ actor: { email: 'ben@example.com' }, outcome: { status: 'refused', errorCode: 'wrong_credentials' } }]);
  expect(items[0].context.ip).toContain('127.0.0.1');
  expect(JSON.stringify(items)).not.toContain('"wrong"');
});

test('a wrong password for an address with accounts in several tenants is recorded in each', async () => {
  const { store } = gateway;
  await account('two@example.com');
  const second = await store.access.createTenant('Second');
  await store.users.create({ tenantId: second.tenantId, email: 'two@example.com', name: 'Two', password: hashed, role: 'tenant_admin' });
  await attempt('two@example.com', 'wrong');
  for (const { tenantId } of [gateway.scope, second]) {
    const [last] = await store.audit.list({ tenantId }, { action: 'admin.login_failed' }, Number.MAX_SAFE_INTEGER, 1);
    expect(last).toMatchObject({ actor: { type: 'admin', email: 'two@example.com' }, outcome: { errorCode: 'wrong_credentials' } });
  }
});

test('after ten guesses nobody tries that account for a while, whoever asks; others may', async () => {
  await account('cat@example.com');
  const guesses = await Promise.all(Array.from({ length: 12 }, () => attempt('cat@example.com', 'guess')));
  expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
  const refused = await attempt('CAT@example.com', PASSWORD);
  expect(refused).toMatchObject({ status: 429, body: { type: 'urn:parley:too_many_attempts' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
  await account('dan@example.com');
  await signedIn('dan@example.com');
  later(16 * 60_000);
  await signedIn('cat@example.com');
});

test('from one address nobody guesses through many accounts', async () => {
  const { attempts } = gateway.store;
  for (let n = 0; n < 98; n++) await attempts.take('address 127.0.0.1', { limit: 100, windowMs: HOUR / 4 }, gateway.clock.now);
  const statuses = await Promise.all(Array.from({ length: 6 }, (_, n) => attempt(`spray${n}@example.com`, 'guess')));
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([401, 429]));
  expect((await attempt('spray@example.com', 'guess')).status).toBe(429);
  later(16 * 60_000);
});

test('a session ends without use, and at its end whatever its use', async () => {
  await account('eve@example.com');
  const idle = await signedIn('eve@example.com');
  later(11 * HOUR);
  expect((await idle.call('GET', 'session')).status).toBe(200);
  later(11 * HOUR);
  expect((await idle.call('GET', 'session')).status).toBe(200);
  later(12 * HOUR + 1);
  expect((await idle.call('GET', 'session')).status).toBe(401);

  const busy = await signedIn('eve@example.com');
  for (let spent = 0; spent < 160; spent += 10) {
    later(10 * HOUR);
    expect((await busy.call('GET', 'session')).status).toBe(200);
  }
  later(9 * HOUR);
  expect((await busy.call('GET', 'session')).status).toBe(401);
});

test('sessions are listed and ended one by one; a new password ends all others', async () => {
  await account('fay@example.com');
  const [one, two, three] = [await signedIn('fay@example.com'), await signedIn('fay@example.com'), await signedIn('fay@example.com')];
  const { items } = (await one.call('GET', 'sessions')).body;
  expect(items).toHaveLength(3);
  const other = (await two.call('GET', 'sessions')).body.items.find(({ isThis }: { isThis: boolean }) => isThis);
  expect((await one.call('DELETE', `sessions/${other.id}`)).status).toBe(204);
  expect((await two.call('GET', 'session')).status).toBe(401);

  const change = (current: string, next: string) => one.call('POST', 'session/password', { body: { current, next } });
  expect((await change('wrong', 'another good password')).body.errors).toMatchObject([{ path: 'current' }]);
  expect((await change(PASSWORD, 'short')).body.errors).toMatchObject([{ path: 'next' }]);
  expect((await change(PASSWORD, 'another good password')).status).toBe(204);
  expect([(await one.call('GET', 'session')).status, (await three.call('GET', 'session')).status]).toEqual([200, 401]);
  expect((await attempt('fay@example.com', PASSWORD)).status).toBe(401);
  await signedIn('fay@example.com', 'another good password');
});

test.each([
  ['without the header of our pages', { 'x-parley-console': '' }],
  ['from another site', { origin: 'https://evil.example.com' }],
  ['from a page without an origin', { origin: 'null' }],
])('a change by cookie %s is refused, signing in too', async (_, headers) => {
  const email = `g${Object.values(headers).join().length}@example.com`;
  await account(email);
  const browser = await signedIn(email);
  const refused = { status: 403, body: { type: 'urn:parley:not_from_console' } };
  expect(await browser.call('DELETE', 'session', { headers })).toMatchObject(refused);
  expect(await browser.call('POST', 'experts', { headers, body: { name: 'x', backend: 'echo' } })).toMatchObject(refused);
  expect(await attempt(email, PASSWORD, headers)).toMatchObject(refused);
  expect((await browser.call('GET', 'session', { headers })).status).toBe(200);
});

test('an invitation lets one person in once, and expires', async () => {
  await account('hal@example.com');
  const admin = await signedIn('hal@example.com');
  const invite = async (email: string) => (await admin.call('POST', 'invitations', { body: { email, role: 'viewer' } })).body;
  const { url, expiresAt } = await invite('new@example.com');
  expect(Date.parse(expiresAt) - gateway.clock.now.getTime()).toBe(7 * 24 * HOUR);
  const token = url.split('#/link/')[1];
  const person = gateway.browser();
  const look = await person.call('POST', 'sign-in/links/look', { body: { token } });
  expect(look.body).toMatchObject({ purpose: 'invitation', email: 'new@example.com', organization: 'Test' });
  const use = (more = {}) =>
    person.call('POST', 'sign-in/links/use', { body: { token, password: 'a password of mine', name: 'Newcomer', ...more } });
  expect((await use({ password: 'short' })).status).toBe(422);
  expect(await use()).toMatchObject({ status: 200, body: { user: 'Newcomer', role: 'viewer', signedInBy: 'link' } });
  expect((await use()).status).toBe(404);
  expect((await person.call('GET', 'integrations')).status).toBe(200);
  expect((await person.call('GET', 'members')).status).toBe(403);
  await signedIn('new@example.com', 'a password of mine');

  const replaced = (await invite('late@example.com')).url;
  const late = (await invite('late@example.com')).url;
  later(8 * 24 * HOUR);
  for (const link of [replaced, late])
    expect((await person.call('POST', 'sign-in/links/look', { body: { token: link.split('#/link/')[1] } })).status).toBe(404);
});

test('a reset link sets a new password and ends all sessions', async () => {
  await account('ida@example.com');
  const forgetful = await account('jim@example.com', 'viewer');
  const [admin, old] = [await signedIn('ida@example.com'), await signedIn('jim@example.com')];
  const { status, body } = await admin.call('POST', `members/${forgetful}/password-reset`);
  expect(status).toBe(201);
  const token = body.url.split('#/link/')[1];
  const used = await gateway.browser().call('POST', 'sign-in/links/use', { body: { token, password: 'remembered this time' } });
  expect(used).toMatchObject({ status: 200, body: { email: 'jim@example.com' } });
  expect((await old.call('GET', 'session')).status).toBe(401);
  await signedIn('jim@example.com', 'remembered this time');
  const { items } = (await admin.call('GET', `audit?target=${forgetful}`)).body;
  expect(items.map(({ action }: { action: string }) => action)).toEqual(['password.reset', 'password.reset_link_created']);
  expect(JSON.stringify(items)).not.toContain(token);
});

test('who has several organizations chooses one, by header or for the session; no other', async () => {
  const id = await account('lea@example.com', 'viewer');
  const second = await gateway.store.access.createOrganization(gateway.scope.tenantId, 'Second');
  await gateway.store.users.setMember({ ...gateway.scope, organizationId: second.id }, id, 'admin');
  const foreign = await gateway.store.access.createTenant('Foreign');
  const browser = await signedIn('lea@example.com');
  const role = async (headers = {}) => (await browser.call('GET', 'session', { headers })).body;
  expect(await role()).toMatchObject({ role: 'viewer', organizations: [{ role: 'viewer' }, { name: 'Second', role: 'admin' }] });
  expect(await role({ 'x-parley-organization': second.id })).toMatchObject({ role: 'admin', organization: { name: 'Second' } });
  expect(await role({ 'x-parley-organization': foreign.organizationId })).toMatchObject({ status: 404 });
  expect(await role({ 'x-parley-organization': 'mine' })).toMatchObject({ status: 404 });
  expect(await browser.call('PATCH', 'session', { body: { organizationId: second.id } })).toMatchObject({ body: { role: 'admin' } });
  expect(await role()).toMatchObject({ role: 'admin', organization: { name: 'Second' } });
  expect((await browser.call('PATCH', 'session', { body: { organizationId: foreign.organizationId } })).status).toBe(404);
});

test('every answer carries the headers that keep browsers in, and names nothing it is made of', async () => {
  for (const path of ['session', 'nowhere', `${gateway.url}/`, 'sign-in/ways?email=a@example.com', 'openapi.json']) {
    const { headers } = await gateway.browser().call('GET', path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'none';frame-ancestors 'none';form-action 'self'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'SAMEORIGIN' },
      ...{ 'cross-origin-opener-policy': 'same-origin', 'permissions-policy': expect.stringContaining('camera=()') },
    });
    expect(headers.get('x-powered-by')).toBeNull();
    expect([...headers].join()).not.toMatch(/express|node/i);
  }
});

test('the embedded stack signs in pages of its own machine, and nobody who comes through a proxy', async () => {
  const embedded = await startGateway({ PARLEY_EMBEDDED: 'true' }, 'Demo');
  try {
    const page = embedded.browser();
    expect(await page.call('GET', 'session')).toMatchObject({
      status: 200,
      body: { user: 'demo-admin', role: 'tenant_admin', signedInBy: 'demo' },
    });
    expect((await page.call('GET', 'integrations')).status).toBe(200);
    expect((await page.call('POST', 'experts', { body: { name: 'Demo', backend: 'echo' } })).status).toBe(201);
    const other = (await page.call('POST', 'organizations', { body: { name: 'Second' } })).body.id;
    const there = await page.call('GET', 'session', { headers: { 'x-parley-organization': other } });
    expect(there.body).toMatchObject({ organization: { name: 'Second' }, organizations: [{ name: 'Demo' }, { name: 'Second' }] });
    expect((await page.call('POST', 'experts', { body: {}, headers: { origin: 'https://evil.example.com' } })).status).toBe(403);
    expect((await embedded.browser({ 'x-forwarded-for': '192.0.2.1' }).call('GET', 'session')).status).toBe(401);
  } finally {
    await embedded.close();
  }
});
