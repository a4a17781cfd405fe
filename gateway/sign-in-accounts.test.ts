import { hashPassword } from './passwords';
import { account, attempt, gateway, hashed, later, PASSWORD, signedIn } from './sign-in.scene';

test('the same address in two tenants is two accounts', async () => {
  await account('kim@example.com');
  const elsewhere = await gateway.store.access.createTenant('Elsewhere');
  const other = await gateway.store.users.create({ tenantId: elsewhere.tenantId, email: 'kim@example.com', name: 'kim', password: hashed });
  await gateway.store.users.setMember(elsewhere, other.id, 'viewer');
  expect(await attempt('kim@example.com', PASSWORD)).toMatchObject({
    status: 409,
    body: {
      type: 'urn:parley:several_tenants',
      errors: expect.arrayContaining([
        { path: 'tenantId', message: 'Test', value: gateway.scope.tenantId },
        { path: 'tenantId', message: 'Elsewhere', value: elsewhere.tenantId },
      ]),
    },
  });
  expect(JSON.stringify((await attempt('kim@example.com', 'wrong')).body)).not.toContain('Elsewhere');
  const body = { email: 'kim@example.com', password: PASSWORD, tenantId: elsewhere.tenantId };
  expect(await gateway.browser().call('POST', 'sign-in', { body })).toMatchObject({ status: 200, body: { tenant: { name: 'Elsewhere' } } });
});

test('whoever has an account of the same address elsewhere guesses no more often for that, nor by changing its password', async () => {
  const { store } = gateway;
  await account('liv@example.com');
  const elsewhere = await store.access.createTenant('Of the guesser');
  const password = await hashPassword('known to the guesser');
  const { id } = await store.users.create({ tenantId: elsewhere.tenantId, email: 'liv@example.com', name: 'liv', password });
  await store.users.setMember(elsewhere, id, 'admin');
  for (let n = 0; n < 9; n++) expect((await attempt('liv@example.com', `guess ${n}`)).status).toBe(401);
  const guesser = await signedIn('liv@example.com', 'known to the guesser');
  const body = { current: 'known to the guesser', next: PASSWORD };
  expect((await guesser.call('POST', 'session/password', { body })).status).toBe(204);
  expect((await attempt('liv@example.com', PASSWORD)).body.tenant).toMatchObject({ name: 'Of the guesser' });
  const mine = { email: 'liv@example.com', password: PASSWORD, tenantId: gateway.scope.tenantId };
  expect((await gateway.browser().call('POST', 'sign-in', { body: mine })).status).toBe(429);
  later(16 * 60_000);
  expect((await gateway.browser().call('POST', 'sign-in', { body: mine })).status).toBe(200);
});

test('an administrator of the platform with the same address in a tenant can choose the platform', async () => {
  await account('max@example.com');
  await gateway.store.users.create({ tenantId: null, email: 'max@example.com', name: 'max', role: 'platform', password: hashed });
  const { body } = await attempt('max@example.com', PASSWORD);
  expect(body.errors).toContainEqual({ path: 'tenantId', message: 'Parley', value: null });
  const chosen = { email: 'max@example.com', password: PASSWORD, tenantId: null };
  expect(await gateway.browser().call('POST', 'sign-in', { body: chosen })).toMatchObject({ status: 200, body: { role: 'platform' } });
});

test('a link for a new password is worth nothing once its account opens more', async () => {
  const { store, scope } = gateway;
  await account('ned@example.com');
  const admin = await signedIn('ned@example.com');
  const second = await store.access.createOrganization(scope.tenantId, 'Of others');
  const promotions = [
    (id: string) => store.users.setRole(scope, id, 'tenant_admin'),
    (id: string) => store.users.setMember({ ...scope, organizationId: second.id }, id, 'admin'),
  ];
  for (const [n, promote] of promotions.entries()) {
    const id = await account(`oda${n}@example.com`, 'viewer');
    const token = (await admin.call('POST', `members/${id}/password-reset`)).body.url.split('#/link/')[1];
    const look = async () => (await gateway.browser().call('POST', 'sign-in/links/look', { body: { token } })).status;
    expect(await look()).toBe(200);
    await promote(id);
    expect(await look()).toBe(404);
  }
});
