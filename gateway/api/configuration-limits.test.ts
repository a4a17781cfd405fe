import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(120_000);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

async function organization() {
  const scope = await gateway.store.access.createTenant('Another');
  return { scope, admin: gateway.program(await gateway.store.access.createKey('admin', 'admin', scope)) };
}
async function made(at: Visitor, path: string, body: object): Promise<string> {
  const reply = await at.call('POST', path, { body });
  if (reply.status !== 201) throw new Error(`${path}: ${JSON.stringify(reply.body)}`);
  return reply.body.id;
}
const limit = { measure: 'tokens', amount: 1000, period: 'day', timeZone: 'Asia/Shanghai', action: 'refuse' };
const exported = async (at: Visitor) => (await at.call('GET', 'configuration/export')).body;
const take = async (at: Visitor, configuration: object) =>
  (await at.call('POST', 'configuration/import', { body: { configuration } })).body;

test('limits go along by the names of what they count, but those of one person; a second time changes nothing', async () => {
  const [here, there] = [await organization(), await organization()];
  const integrationId = await made(here.admin, 'integrations', { name: 'Desk', channel: 'sandbox', enabled: false });
  const expertId = await made(here.admin, 'experts', { name: 'Support', backend: 'echo' });
  await made(here.admin, 'spending-limits', { ...limit, name: 'Support at the desk', integrationId, expertId, eachPerson: true });
  await made(here.admin, 'spending-limits', { ...limit, name: 'All', department: 'Sales' });
  const ann = await gateway.store.directory.save(here.scope, { source: 'api', subject: 'ann', username: 'ann', email: 'ann@corp.example' });
  await made(here.admin, 'spending-limits', { ...limit, name: 'Ann', personId: ann });

  const file = await exported(here.admin);
  expect(file.limits).toEqual([
    { ...limit, name: 'All', expert: null, integration: null, department: 'Sales', eachPerson: false, enabled: true },
    { ...limit, name: 'Support at the desk', expert: 'Support', integration: 'Desk', department: null, eachPerson: true, enabled: true },
  ]);
  const { changes } = await take(there.admin, file);
  expect(changes.filter(({ path }: { path: string }) => path.startsWith('limits'))).toMatchObject([
    { path: 'limits.0', name: 'All', action: 'create' },
    { path: 'limits.1', name: 'Support at the desk', action: 'create' },
  ]);
  expect((await exported(there.admin)).limits).toEqual(file.limits);
  expect((await take(there.admin, file)).changes).toEqual([]);
  const raised = { ...file, limits: [{ ...file.limits[1], amount: 2000, integration: null }] };
  expect((await take(there.admin, raised)).changes).toEqual([
    { path: 'limits.0', name: 'Support at the desk', action: 'change', fields: ['amount', 'integration'] },
  ]);
  expect((await exported(there.admin)).limits[1]).toMatchObject({ amount: 2000, integration: null, expert: 'Support' });
});

test('what does not fit is named by its place', async () => {
  const { admin } = await organization();
  const file = { format: 'parley/configuration', version: 1 };
  const wrong = await take(admin, {
    ...file,
    limits: [
      { ...limit, name: 'A', amount: 0 },
      { ...limit, name: 'B', expert: 'Nobody' },
    ],
  });
  expect(wrong.errors.map(({ path }: { path: string }) => path)).toEqual([
    'configuration.limits.0.amount',
    'configuration.limits.1.expert',
  ]);
});
