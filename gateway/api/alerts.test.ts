import { randomBytes } from 'node:crypto';
import { openStore } from '../../store';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(60_000);

let gateway: TestGateway;
let here: Visitor;
let there: Visitor;

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_SMTP_URL: 'smtp://127.0.0.1:9', PARLEY_MAIL_FROM: 'parley@example.com' });
  const { store, scope } = gateway;
  const other = (await store.access.createOrganization(scope.tenantId, 'Elsewhere')).id;
  here = gateway.program(await store.access.createKey('here', 'admin', scope));
  there = gateway.program(await store.access.createKey('there', 'admin', { ...scope, organizationId: other }));
});
afterAll(() => gateway?.close());

const rule = async (fields: object): Promise<string> => (await here.call('POST', 'alerts', { body: fields })).body.id;
const listed = async (query = '', visitor = here) => (await visitor.call('GET', `alerts/deliveries${query}`)).body;

it('lists the messages of all rules, newest first, by page and by state', async () => {
  const { alerts } = gateway.store;
  const hook = await rule({ name: 'on call', channel: 'webhook', config: { url: 'https://hooks.example.com/planted-path', secret: 's' } });
  const mail = await rule({ name: 'desk', channel: 'mail', config: { to: ['ops@example.com', 'ann@example.com'] } });
  const made: string[] = [];
  for (const id of [hook, mail, hook]) made.push(await alerts.test(gateway.scope, id));
  const [first = '', second = '', third = ''] = made;
  await alerts.sent(first);
  await alerts.failed(second, 'The mail server refused the message (SMTP 550).', undefined);
  await alerts.failed(third, 'The address answered with HTTP 503.', 60_000);

  const { items, nextCursor } = await listed();
  expect(items).toMatchObject([
    {
      ...{ id: third, state: 'pending', error: 'The address answered with HTTP 503.', nextTryAt: expect.any(String), sentAt: null },
      alert: { id: hook, name: 'on call', channel: 'webhook', to: 'hooks.example.com' },
    },
    { id: second, state: 'failed', nextTryAt: null, alert: { name: 'desk', channel: 'mail', to: 'ops@example.com, ann@example.com' } },
    { id: first, phase: 'test', state: 'sent', sentAt: expect.any(String), error: null, incident: null },
  ]);
  expect(nextCursor).toBeNull();
  expect(JSON.stringify(items)).not.toContain('planted');

  expect((await listed('?state=failed')).items).toEqual([items[1]]);
  const page = await listed('?limit=2');
  expect(page.items).toEqual(items.slice(0, 2));
  expect(await listed(`?limit=2&cursor=${page.nextCursor}`)).toEqual({ items: [items[2]], nextCursor: null });
});

it('two changes at once do not undo each other', async () => {
  const id = await rule({ name: 'both', channel: 'webhook', config: { url: 'https://hooks.example.com/', secret: 'first' } });
  const changes = [
    { name: 'renamed' },
    { failuresInRow: 7 },
    { downAfterSeconds: 70 },
    { language: 'zh' },
    { config: { secret: 'second' } },
  ];
  const answers = await Promise.all(changes.map((body) => here.call('PATCH', `alerts/${id}`, { body })));
  expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200));
  expect(await gateway.store.alerts.get(gateway.scope, id)).toMatchObject({
    ...{ name: 'renamed', failuresInRow: 7, downAfterSeconds: 70, language: 'zh', config: { secret: 'second' } },
  });
});

it('shows them to whoever may read here, and to nobody elsewhere', async () => {
  const viewer = gateway.program(await gateway.store.access.createKey('viewer', 'viewer', gateway.scope));
  expect((await listed('', viewer)).items).toHaveLength(3);
  expect((await listed('', there)).items).toEqual([]);
  const platform = gateway.program(await gateway.store.access.createKey('platform', 'platform', undefined));
  expect((await platform.call('GET', 'alerts/deliveries')).status).toBe(403);
  expect((await here.call('GET', 'alerts/deliveries?state=lost')).status).toBe(422);
});

describe('an alert whose settings were sealed with a key that is gone', () => {
  const sentence = expect.stringContaining('which PARLEY_SECRET_KEY no longer holds: add that key');
  let id: string;

  beforeEach(async () => {
    const { databaseUrl, scope } = gateway;
    const gone = openStore({ databaseUrl, secretKey: randomBytes(32).toString('base64'), maxConnections: 1 });
    const config = { url: 'https://hooks.example.com/', secret: 'planted' };
    const fields = {
      channel: 'webhook',
      config,
      kinds: ['events_unended'],
      language: 'en',
      downAfterSeconds: 60,
      failuresInRow: 5,
    } as const;
    ({ id } = await gone.alerts.create(scope, { ...fields, name: 'sealed', enabled: true }));
    await gone.close();
  });
  afterEach(() => gateway.store.alerts.remove(gateway.scope, id));

  it('is shown with all but these, and says what to do', async () => {
    const shown = { id, name: 'sealed', channel: 'webhook', kinds: ['events_unended'], config: {}, unreadable: sentence };
    expect(await here.call('GET', `alerts/${id}`)).toMatchObject({ status: 200, body: shown });
    const { status, body } = await here.call('GET', 'alerts');
    expect(status).toBe(200);
    expect(body.items.find((one: { id: string }) => one.id === id)).toMatchObject(shown);
    expect(body.items.filter(({ unreadable }: { unreadable?: string }) => unreadable)).toHaveLength(1);
  });

  it('keeps them through changes of other fields, for the key may be put back', async () => {
    const sealed = async () => (await gateway.store.db.raw('SELECT config, through FROM alerts WHERE id = ?', [id])).rows[0];
    const before = await sealed();
    const { status, body } = await here.call('PATCH', `alerts/${id}`, { body: { name: 'renamed', enabled: false } });
    expect([status, body]).toMatchObject([200, { name: 'renamed', enabled: false, config: {}, unreadable: sentence }]);
    expect(await sealed()).toEqual(before);
  });

  it('is mended by giving them anew, all that are needed', async () => {
    const part = await here.call('PATCH', `alerts/${id}`, { body: { config: { secret: 'new' } } });
    expect(part).toMatchObject({ status: 422, body: { errors: [{ path: 'config.url' }] } });
    const config = { url: 'https://hooks.example.com/new', secret: 'new' };
    const { body } = await here.call('PATCH', `alerts/${id}`, { body: { config } });
    expect(body).toMatchObject({ config: { ...config, secret: '***' } });
    expect(body).not.toHaveProperty('unreadable');
  });

  it('cannot be written to a file, and can be deleted', async () => {
    const file = await here.call('GET', 'configuration/export');
    expect(file).toMatchObject({ status: 409, body: { type: 'urn:parley:unreadable', title: expect.stringContaining('"sealed"') } });
    expect((await here.call('DELETE', `alerts/${id}`)).status).toBe(204);
  });
});
