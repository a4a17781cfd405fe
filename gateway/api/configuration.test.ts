import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(120_000);

const PASSPHRASE = 'a passphrase for the move';
const SECRET = 'planted-app-secret';

let gateway: TestGateway;
let here: Visitor;

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_SMTP_URL: 'smtp://127.0.0.1:9', PARLEY_MAIL_FROM: 'parley@example.com' });
  here = await visitorOf();
  await setUp(here);
});

afterAll(() => gateway?.close());

async function visitorOf(): Promise<Visitor> {
  const scope = await gateway.store.access.createTenant('Another');
  return gateway.program(await gateway.store.access.createKey('admin', 'admin', scope));
}

async function made(at: Visitor, path: string, body: object): Promise<string> {
  const reply = await at.call('POST', path, { body });
  if (reply.status !== 201) throw new Error(`${path}: ${JSON.stringify(reply.body)}`);
  return reply.body.id;
}

async function setUp(at: Visitor): Promise<void> {
  const config = { appId: 'cli_0123456789abcdef', appSecret: SECRET, domain: 'http://127.0.0.1:9' };
  const lark = await made(at, 'integrations', {
    ...{ name: 'Lark 客服', channel: 'lark', config, enabled: false, appearance: { steps: false } },
    people: { mapping: 'http', http: { url: 'http://127.0.0.1:9/people', secret: 'planted-people-secret' } },
  });
  const sandbox = await made(at, 'integrations', { name: 'Try', channel: 'sandbox', enabled: false });
  const expert = await made(at, 'experts', {
    name: 'Support',
    backend: 'openai',
    config: { baseUrl: 'http://127.0.0.1:9', apiKey: 'planted-api-key', model: 'first' },
  });
  await made(at, `experts/${expert}/triggers`, { integrationId: lark, gatherMs: 2000, groups: { mention: 'any' } });
  expect((await at.call('POST', `experts/${expert}/publish`)).status).toBe(200);
  await at.call('PATCH', `experts/${expert}`, { body: { config: { model: 'second' } } });
  await made(at, `experts/${expert}/triggers`, { integrationId: sandbox, enabled: false });
  await made(at, 'experts', { name: 'Only a draft', backend: 'echo' });
  await made(at, 'alerts', {
    name: 'hook',
    channel: 'webhook',
    config: { url: 'https://example.com/hook', secret: 'planted-hook-secret' },
  });
  await made(at, 'alerts', {
    name: 'mail',
    channel: 'mail',
    config: { to: ['ops@example.com'] },
    kinds: ['expert_failing'],
    failuresInRow: 2,
  });
  await made(at, 'alerts', { name: 'chat', channel: 'chat', config: { integrationId: lark, chatId: 'oc_admins' } });
}

const sealed = async (at: Visitor) => (await at.call('POST', 'configuration/export', { body: { passphrase: PASSPHRASE } })).body;
const take = (at: Visitor, configuration: object, { dryRun = false, passphrase = PASSPHRASE } = {}) =>
  at.call('POST', `configuration/import?dryRun=${dryRun}`, { body: { configuration, passphrase } });
const { exportedAt: _, secrets: __, ...nothing } = { exportedAt: '', secrets: null };
const content = ({ exportedAt, secrets, ...rest }: Record<string, unknown>) => ({ ...rest, ...nothing });

test('a file without secrets has none, and one with them is opaque', async () => {
  const open = await here.call('GET', 'configuration/export');
  expect(open.body).toMatchObject({
    format: 'parley/configuration',
    integrations: [{ name: 'Lark 客服', config: { appId: 'cli_0123456789abcdef' }, appearance: { steps: false } }, { name: 'Try' }],
    experts: [
      { name: 'Only a draft', published: null },
      {
        name: 'Support',
        config: { model: 'second' },
        triggers: [{ integration: 'Lark 客服', gatherMs: 2000 }, { integration: 'Try' }],
        published: { config: { model: 'first' }, triggers: [{ integration: 'Lark 客服' }] },
      },
    ],
    alerts: [{ name: 'chat', config: { integration: 'Lark 客服', chatId: 'oc_admins' } }, { name: 'hook' }, { name: 'mail' }],
    secrets: null,
  });
  const shut = await sealed(here);
  expect(content(shut)).toEqual(content(open.body));
  for (const file of [open.body, shut]) expect(JSON.stringify(file)).not.toMatch(/planted|\*\*\*/);
  const { items } = (await here.call('GET', 'audit?action=configuration.exported')).body;
  expect(items).toHaveLength(1);
  expect(JSON.stringify(items)).not.toMatch(/first|Lark|planted/);
});

test('another organization becomes the same, secrets included; a second time changes nothing', async () => {
  const there = await visitorOf();
  const file = await sealed(here);
  const told = await take(there, file, { dryRun: true });
  expect(told).toMatchObject({ status: 200, body: { dryRun: true } });
  expect((await there.call('GET', 'integrations')).body.items).toEqual([]);
  const done = await take(there, file);
  expect(done.body).toEqual({ ...told.body, dryRun: false });
  expect(done.body.changes.map(({ path, action }: { path: string; action: string }) => `${action} ${path}`)).toEqual([
    ...['create integrations.0', 'create integrations.1', 'create experts.0', 'create experts.1', 'publish experts.1.published'],
    ...['create alerts.0', 'create alerts.1', 'create alerts.2'],
  ]);
  expect(content(await sealed(there))).toEqual(content(file));
  expect((await take(there, file)).body).toEqual({ dryRun: false, changes: [] });
  const lark = (await there.call('GET', 'integrations')).body.items.find(({ name }: { name: string }) => name.startsWith('Lark'));
  expect((await gateway.store.integrations.find(lark.id))?.config).toMatchObject({ appSecret: SECRET });
  expect((await gateway.store.integrations.find(lark.id))?.people).toMatchObject({ http: { secret: 'planted-people-secret' } });
});

test('without secrets, what is there keeps its own, and only what differs is changed', async () => {
  const there = await visitorOf();
  await take(there, await sealed(here));
  const { secrets: ___, ...file } = (await there.call('GET', 'configuration/export')).body;
  expect((await take(there, file)).body.changes).toEqual([]);
  file.integrations[0].appearance = {};
  file.experts[1].config.temperature = 0.5;
  file.experts[1].triggers.pop();
  file.alerts[1].config.url = 'https://example.com/other';
  const { changes } = (await take(there, file)).body;
  expect(changes).toEqual([
    { path: 'integrations.0', name: 'Lark 客服', action: 'change', fields: ['appearance'] },
    { path: 'experts.1', name: 'Support', action: 'change', fields: ['config', 'triggers'] },
    { path: 'alerts.1', name: 'hook', action: 'change', fields: ['config'] },
  ]);
  const { id } = (await there.call('GET', 'experts')).body.items.find(({ name }: { name: string }) => name === 'Support');
  expect((await there.call('GET', `experts/${id}/versions`)).body.items).toHaveLength(1);
  delete file.experts[1].config.temperature;
  expect((await take(there, file)).body.changes).toMatchObject([{ path: 'experts.1', fields: ['config'] }]);
});

test('what was stored without its usual values is no difference', async () => {
  const { store } = gateway;
  const scope = await store.access.createTenant('Sparse');
  const there = gateway.program(await store.access.createKey('admin', 'admin', scope));
  await made(there, 'integrations', { name: 'Try', channel: 'sandbox', enabled: false });
  const { id } = await store.experts.create(scope, { name: 'Sparse', backend: 'echo', config: {} });
  await store.experts.publish(scope, id);
  expect((await take(there, await sealed(there))).body.changes).toEqual([]);
});

test('what does not fit is told by its place, and nothing happens', async () => {
  const there = await visitorOf();
  const file = await sealed(here);
  const wrong = await take(there, file, { passphrase: 'some other passphrase' });
  expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'passphrase' }] } });
  const paths = async (change: (copy: typeof file) => void) => {
    const copy = structuredClone(file);
    change(copy);
    const { status, body } = await take(there, copy);
    return [status, ...(body.errors ?? []).map(({ path }: { path: string }) => path)];
  };
  expect(await paths((copy) => (copy.secrets = null))).toEqual([...[422, 'configuration.integrations.0.config.appSecret']]);
  expect(await paths((copy) => (copy.integrations[1].channel = 'irc'))).toEqual([422, 'configuration.integrations.1.channel']);
  expect(await paths((copy) => (copy.integrations[1].colour = 'red'))).toEqual([422, 'configuration.integrations.1.colour']);
  expect(
    await paths((copy) => {
      copy.experts[0].backend = 'oracle';
      copy.experts[1].triggers[1].integration = 'Nobody';
      copy.alerts[0].config.integration = 'Nobody';
      copy.alerts[2].name = 'hook';
    }),
  ).toEqual([
    ...[422, 'configuration.experts.0.backend', 'configuration.experts.1.triggers.1.integration'],
    ...['configuration.alerts.0.config.integration', 'configuration.alerts.2.name'],
  ]);
  expect(await paths((copy) => (copy.version = 2))).toEqual([422, 'configuration.version']);
  for (const noun of ['integrations', 'experts', 'alerts']) expect((await there.call('GET', noun)).body.items).toEqual([]);
});

test('of imports at once each waits for the one before: every name is made once', async () => {
  const there = await visitorOf();
  const file = {
    ...{ format: 'parley/configuration', version: 1 },
    integrations: [{ name: 'Desk', channel: 'sandbox', mode: 'local', enabled: false }],
    experts: [{ name: 'Support', backend: 'echo' }],
    alerts: [{ name: 'hook', channel: 'webhook', config: { url: 'https://example.com/hook' } }],
  };
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => there.call('POST', 'configuration/import', { body: { configuration: file } })),
  );
  expect(answers.map(({ status, body }) => [status, body.changes.length]).sort()).toEqual([
    ...[
      [200, 0],
      [200, 0],
      [200, 0],
    ],
    [200, 3],
  ]);
  for (const noun of ['integrations', 'experts', 'alerts']) expect((await there.call('GET', noun)).body.items).toHaveLength(1);
});

test('records tell a look at what would change from an import', async () => {
  const there = await visitorOf();
  const file = await sealed(here);
  await take(there, file, { dryRun: true });
  await take(there, file);
  await take(there, file, { dryRun: true, passphrase: 'some other passphrase' });
  const actions = (await there.call('GET', 'audit')).body.items.map(({ action }: { action: string }) => action);
  expect(actions.filter((one: string) => one.startsWith('configuration.'))).toEqual(['configuration.imported', 'configuration.previewed']);
});
