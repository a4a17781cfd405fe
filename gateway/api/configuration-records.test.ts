import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(120_000);

let gateway: TestGateway;
let admin: Visitor;

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_PLUGINS: './examples/outbox-channel' });
  admin = gateway.program(await gateway.store.access.createKey('admin', 'admin', gateway.scope));
});
afterAll(() => gateway?.close());

const take = (file: object, visitor = admin, dryRun = false) =>
  visitor.call('POST', `configuration/import?dryRun=${dryRun}`, {
    body: { configuration: { format: 'parley/configuration', version: 1, ...file } },
  });
const idOf = async (noun: string): Promise<string> => (await admin.call('GET', noun)).body.items[0].id;
const recordsOf = async (id: string) => (await admin.call('GET', `audit?target=${id}`)).body.items.reverse();

const desk = { name: 'Desk', channel: 'sandbox', mode: 'local', enabled: false };
const ask = (systemPrompt: string, apiKey: string) => ({ backend: 'openai', config: { model: 'm', systemPrompt, apiKey } });
const support = (draft: object, published: object) => ({
  name: 'Support',
  ...draft,
  triggers: [{ integration: 'Desk' }],
  published: { ...published, triggers: [{ integration: 'Desk' }] },
});
const hook = (secret: string) => ({ name: 'hook', channel: 'webhook', config: { url: 'https://example.com/hook', secret } });
const limit = { name: 'A day', measure: 'tokens', period: 'day', expert: 'Support' };

test('an import is recorded thing by thing, before and after without secrets, beside what it was as a whole', async () => {
  const first = {
    integrations: [desk],
    experts: [support(ask('next', 'planted-1'), ask('first', 'planted-1'))],
    alerts: [hook('planted-hook-secret-1')],
    limits: [{ ...limit, amount: 1000 }],
  };
  expect((await take(first, admin, true)).status).toBe(200);
  expect((await take(first)).status).toBe(200);
  const second = {
    integrations: [{ ...desk, appearance: { steps: false } }],
    experts: [support(ask('later', 'planted-1'), ask('second', 'planted-2'))],
    alerts: [hook('planted-hook-secret-2')],
    limits: [{ ...limit, amount: 500 }],
  };
  expect((await take(second)).status).toBe(200);
  expect((await take(second)).body.changes).toEqual([]);

  expect(await recordsOf(await idOf('integrations'))).toMatchObject([
    { action: 'config.created', targets: [{ type: 'integration', name: 'Desk' }], change: { before: null, after: { channel: 'sandbox' } } },
    { action: 'config.updated', change: { before: { appearance: { steps: true } }, after: { appearance: { steps: false } } } },
  ]);
  const content = (systemPrompt: string) => ({ config: { systemPrompt, apiKey: '***' }, triggers: [{ gatherMs: expect.any(Number) }] });
  expect(await recordsOf(await idOf('experts'))).toMatchObject([
    { action: 'config.created', targets: [{ type: 'expert', name: 'Support' }], change: { before: null, after: content('next') } },
    { action: 'config.published', change: { before: null, after: { version: 1, ...content('first') } } },
    { action: 'config.updated', change: { before: content('next'), after: content('later') } },
    { action: 'config.published', change: { before: { version: 1, ...content('first') }, after: { version: 2, ...content('second') } } },
    { action: 'secret.rotated', change: { after: { fields: ['config.apiKey'] } } },
  ]);
  expect(await recordsOf(await idOf('alerts'))).toMatchObject([
    { action: 'config.created', targets: [{ type: 'alert', name: 'hook' }], change: { after: { config: { secret: '***' } } } },
    { action: 'config.updated' },
    { action: 'secret.rotated', change: { after: { fields: ['config.secret'] } } },
  ]);
  expect(await recordsOf(await idOf('spending-limits'))).toMatchObject([
    { action: 'config.created', targets: [{ type: 'spending-limit', name: 'A day' }], change: { after: { amount: 1000 } } },
    { action: 'config.updated', change: { before: { amount: 1000 }, after: { amount: 500 } } },
  ]);
  const all = (await admin.call('GET', 'audit')).body.items;
  const wholes = all.filter(({ action }: { action: string }) => action.startsWith('configuration.'));
  expect(wholes.map(({ action }: { action: string }) => action)).toEqual([
    ...['configuration.imported', 'configuration.imported', 'configuration.imported', 'configuration.previewed'],
  ]);
  expect(JSON.stringify(all)).not.toContain('planted');
});

test('an import makes no integration of a channel that is not available here, and turns none into one', async () => {
  const outbox = { ...desk, name: 'Outbox', channel: 'acme-outbox', mode: 'webhook' };
  const config = { url: 'http://127.0.0.1:9/', secret: 'a secret of both sides' };
  const refused = async (integration: object) => {
    const { status, body } = await take({ integrations: [integration] });
    return [status, body.errors];
  };
  const why = [
    { path: 'configuration.integrations.0.channel', message: expect.stringMatching(/^cannot be used here\. It is not enabled/) },
  ];
  expect(await refused({ ...outbox, config })).toEqual([422, why]);
  expect((await take({ integrations: [{ ...desk, name: 'Outbox' }] })).status).toBe(200);
  expect(await refused({ ...outbox, config })).toEqual([422, why]);

  await gateway.store.plugins.choose(gateway.scope, 'organization', 'acme-outbox', true);
  expect((await take({ integrations: [{ ...outbox, config }] })).status).toBe(200);
  await gateway.store.plugins.choose(gateway.scope, 'organization', 'acme-outbox', false);
  // As by hand: what is there may be changed.
  expect((await take({ integrations: [{ ...outbox, config: { ...config, url: 'http://127.0.0.1:10/' } }] })).status).toBe(200);
});
