import { randomUUID } from 'node:crypto';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { createDesk, type Desk } from '../../tests/support/world';

jest.setTimeout(180_000);

let gateway: TestGateway;
let admin: Visitor;
let viewer: Visitor;
let desk: Desk;

beforeAll(async () => {
  gateway = await startGateway();
  const { store, scope } = gateway;
  admin = gateway.program(await store.access.createKey('admin', 'admin', scope));
  viewer = gateway.program(await store.access.createKey('viewer', 'viewer', scope));
  desk = await createDesk(gateway);
});
afterAll(() => gateway?.close());

const minimal = { name: 'Everything', measure: 'tokens', amount: 1000, period: 'day' };
const create = async (body: object) => (await admin.call('POST', 'spending-limits', { body: { ...minimal, ...body } })).body;

/** An answer that ended at this moment. */
async function answered(at: string, tokens: number, personId: string | null = null): Promise<void> {
  const { store, scope } = gateway;
  await store.db.raw(
    `INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, state, expert_id, person_id, input_tokens, output_tokens, ended_at)
     VALUES (?, ?, ?, ?, ?, ?, 'done', ?, ?, ?, 1, ?)`,
    [
      ...[randomUUID(), scope.tenantId, scope.organizationId, desk.integration.id, randomUUID(), randomUUID(), desk.expertId],
      ...[personId, tokens - 1, at],
    ],
  );
}

test('a limit tells how much of it is used in its own day, and when that is over', async () => {
  gateway.clock.now = new Date('2026-11-21T17:00:00Z');
  for (const [at, tokens] of [
    ['2026-11-20T23:59:59Z', 5000],
    ['2026-11-21T00:00:00Z', 700],
    ['2026-11-21T15:59:59Z', 100],
    ['2026-11-21T16:00:00Z', 80],
  ] as const)
    await answered(at, tokens);
  const utc = await create({});
  const shanghai = await create({ name: 'Shanghai', timeZone: 'Asia/Shanghai' });
  expect(utc).toMatchObject({ ...minimal, action: 'warn', eachPerson: false, enabled: true, expertId: null, timeZone: 'UTC' });
  const { items } = (await viewer.call('GET', 'spending-limits')).body;
  expect(items).toMatchObject([
    { id: utc.id, state: { used: 880, level: 'near', since: '2026-11-21T00:00:00.000Z', resetsAt: '2026-11-22T00:00:00.000Z' } },
    { id: shanghai.id, state: { used: 80, level: 'below', since: '2026-11-21T16:00:00.000Z', resetsAt: '2026-11-22T16:00:00.000Z' } },
  ]);
  const { body } = await admin.call('PATCH', `spending-limits/${utc.id}`, { body: { amount: 800, action: 'refuse' } });
  expect(body).toMatchObject({ name: 'Everything', amount: 800, action: 'refuse', state: { used: 880, level: 'reached' } });
  gateway.clock.now = new Date('2026-11-22T00:00:00Z');
  expect((await admin.call('GET', `spending-limits/${utc.id}`)).body.state).toMatchObject({ used: 0, level: 'below' });
  expect((await admin.call('DELETE', `spending-limits/${utc.id}`)).status).toBe(204);
  expect((await admin.call('GET', `spending-limits/${utc.id}`)).status).toBe(404);
  const records = (await admin.call('GET', `audit?target=${utc.id}`)).body.items;
  expect(records).toMatchObject([
    { action: 'config.deleted', targets: [{ type: 'spending-limit', name: 'Everything' }] },
    { action: 'config.updated', change: { before: { amount: 1000 }, after: { amount: 800 } } },
    { action: 'config.created' },
  ]);
});

test('two changes at once do not undo each other', async () => {
  const { id } = await create({});
  const changes = [{ name: 'Renamed' }, { amount: 7 }, { period: 'month' }, { action: 'refuse' }, { enabled: false }];
  const answers = await Promise.all(changes.map((body) => admin.call('PATCH', `spending-limits/${id}`, { body })));
  expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200));
  const after = (await admin.call('GET', `spending-limits/${id}`)).body;
  expect(after).toMatchObject(Object.assign({}, ...changes));
  await admin.call('DELETE', `spending-limits/${id}`);
});

test('for each person it tells of whoever used most', async () => {
  gateway.clock.now = new Date('2026-10-10T12:00:00Z');
  const [ann, bob] = [randomUUID(), randomUUID()];
  for (const [who, tokens] of [
    [ann, 100],
    [bob, 150],
    [ann, 100],
  ] as const)
    await answered('2026-10-10T11:00:00Z', tokens, who);
  expect((await create({ eachPerson: true })).state).toMatchObject({ used: 200 });
  expect((await create({ measure: 'answers', expertId: desk.expertId })).state).toMatchObject({ used: 3 });
});

test.each<[string, object]>([
  ['amount', { amount: 0 }],
  ['measure', { measure: 'euros' }],
  ['timeZone', { timeZone: 'Mars/Phobos' }],
  ['expertId', { expertId: randomUUID() }],
  ['integrationId', { integrationId: randomUUID() }],
  ['personId', { personId: randomUUID() }],
  ['department', { department: '' }],
])('refuses a wrong %s', async (path, body) => {
  const { status, body: problem } = await admin.call('POST', 'spending-limits', { body: { ...minimal, ...body } });
  expect([status, problem.errors.map((one: { path: string }) => one.path)]).toEqual([422, [path]]);
});

test('names its person only to those who may see names; is changed by administrators alone, and stays within its organization', async () => {
  const { store, scope } = gateway;
  const personId = await store.directory.save(scope, {
    source: 'api',
    subject: 'ann',
    username: 'ann',
    email: 'ann@corp.example',
    name: 'Ann',
  });
  const made = await create({ personId });
  expect(made.person).toBe('Ann');
  const path = `spending-limits/${made.id}`;
  expect((await viewer.call('GET', path)).body.person).toBeUndefined();
  expect((await viewer.call('PATCH', path, { body: { amount: 1 } })).status).toBe(403);
  const { status, body } = await admin.call('PATCH', path, { body: { eachPerson: true } });
  expect([status, body.errors[0].path]).toEqual([422, 'eachPerson']);
  const stranger = gateway.program(await store.access.createKey('other', 'admin', await store.access.createTenant('Other')));
  expect((await stranger.call('GET', path)).status).toBe(404);
  expect((await stranger.call('GET', 'spending-limits')).body.items).toEqual([]);
});
