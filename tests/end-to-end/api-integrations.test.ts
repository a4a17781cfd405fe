import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../store';
import { type ApiTester, createApiTester, until } from '../support/api';
import { loseKey } from '../support/lost-key';
import { type RefusingApi, startRefusingApi } from '../support/refusing-api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let refusing: RefusingApi;

beforeAll(async () => {
  [stack, refusing] = await Promise.all([startStack(), startRefusingApi()]);
  api = createApiTester(stack);
});

afterAll(async () => {
  refusing?.close();
  await stack?.stop();
});

const becomes = (id: string, state: string, withinMs: number): Promise<boolean> =>
  until(async () => (await api.call('GET', `integrations/${id}/status`)).body.state === state, withinMs);

test('channels and backends come with the form of their settings', async () => {
  const { items } = (await api.call('GET', 'channels')).body;
  const lark = items.find(({ name }) => name === 'lark');
  expect(lark).toMatchObject({
    title: { zh: expect.any(String) },
    abilities: { cards: true },
    config: { webhook: { properties: { encryptKey: { secret: true } } } },
  });
  expect(lark?.modes.filter(({ recommended }) => recommended)).toMatchObject([{ name: 'long_connection' }]);
  const backends = (await api.call('GET', 'backends')).body.items;
  expect(backends).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'echo', config: expect.any(Object) })]));
});

test('an integration keeps its secrets', async () => {
  const config = { appId: 'cli_0123456789abcdef', appSecret: 'the-first-secret', domain: refusing.url };
  const { id, ...created } = await api.make('integrations', { name: ' Lark ', channel: 'lark', config, enabled: false });
  const shown = { ...config, appSecret: '***' };
  expect(created).toMatchObject({ name: 'Lark', mode: 'long_connection', version: 1, enabled: false, config: shown });
  expect(created).not.toHaveProperty('callbackUrl');

  const patch = (body: object) => api.call('PATCH', `integrations/${id}`, body);
  expect(await patch({ name: 'Renamed', appearance: { footer: ['label'], aiLabel: null, steps: false } })).toMatchObject({
    body: { version: 1, appearance: { footer: ['label'], steps: false, feedback: true, stream: true } },
  });
  expect((await patch({ config: { appSecret: '' } })).body.errors).toMatchObject([{ path: 'config.appSecret' }]);
  const missing = (await patch({ mode: 'webhook' })).body.errors.map(({ path }) => path);
  expect(missing).toEqual(['config.encryptKey', 'config.verificationToken']);

  const changed = await patch({ mode: 'webhook', config: { appSecret: '***', encryptKey: 'e', verificationToken: 'v' } });
  const stars = { ...shown, encryptKey: '***', verificationToken: '***' };
  expect(changed).toMatchObject({ status: 200, body: { name: 'Renamed', version: 2, config: stars } });
  expect(changed.body.callbackUrl).toBe(stack.stack.apiUrl.replace('/api/v1', `/webhooks/${id}`));

  const tested = await api.call('POST', `integrations/${id}/test`);
  expect(tested).toMatchObject({ status: 200, body: { ok: false } });
  expect(tested.body).toMatchObject({
    checks: expect.arrayContaining([expect.objectContaining({ ok: false, mend: expect.stringMatching(/./) })]),
  });
  expect(refusing.bodies.join()).toContain('the-first-secret');
  for (const path of ['integrations', `integrations/${id}`, `integrations/${id}/status`, `integrations/${id}/incidents`]) {
    expect(JSON.stringify((await api.call('GET', path)).body)).not.toContain('the-first-secret');
  }
  expect(stack.output()).not.toContain('the-first-secret');
  expect(await api.call('DELETE', `integrations/${id}`)).toMatchObject({ status: 204 });
  expect(await api.call('GET', `integrations/${id}`)).toMatchObject({ status: 404 });
});

test('deleting one switches off the alerts that speak through it, deletes the limits on it, and records both', async () => {
  const { id } = await api.make('integrations', { name: 'Loud', channel: 'sandbox', enabled: false });
  const alert = await api.make('alerts', { name: 'on call', channel: 'chat', config: { integrationId: id, chatId: 'c' } });
  const limit = await api.make('spending-limits', { name: 'Here', measure: 'tokens', amount: 1, period: 'day', integrationId: id });
  expect(await api.call('DELETE', `integrations/${id}?ifUnused=true`)).toMatchObject({ status: 409 });
  expect(await api.call('DELETE', `integrations/${id}`)).toMatchObject({ status: 204 });
  expect(await api.call('GET', `alerts/${alert.id}`)).toMatchObject({ status: 200, body: { enabled: false } });
  expect(await api.call('GET', `spending-limits/${limit.id}`)).toMatchObject({ status: 404 });
  for (const [target, action, change] of [
    [alert.id, 'config.updated', { before: { enabled: true }, after: { enabled: false } }],
    [limit.id, 'config.deleted', { before: { amount: 1 }, after: null }],
  ])
    expect((await api.call('GET', `audit?target=${target}`)).body.items[0]).toMatchObject({ action, change });
});

test.each([
  [{ channel: 'irc' }, ['channel']],
  [{ channel: 'lark', mode: 'pigeon' }, ['mode']],
  [{ channel: 'lark', config: { appId: 'x' } }, ['config.appId', 'config.appSecret']],
  [{ channel: 'sandbox', config: { token: 't' } }, ['config.token']],
  [{ channel: 'sandbox', colour: 'red', enabled: 1 }, ['colour', 'enabled']],
  [{ channel: 'sandbox', name: 'much '.repeat(30) }, ['name']],
  [
    { channel: 'sandbox', appearance: { footer: ['price'], stream: 'yes', colour: 'red' } },
    ['appearance.colour', 'appearance.footer.0', 'appearance.stream'],
  ],
])('an integration with %j is refused', async (fields, paths) => {
  const { status, body } = await api.call('POST', 'integrations', { name: 'Wrong', ...fields });
  expect({ status, paths: body.errors.map(({ path }) => path).sort() }).toEqual({ status: 422, paths });
});

test('an integration connects on its own and does as it is told', async () => {
  const { id } = await api.newSandbox();
  await becomes(id, 'connected', 5000);
  const told = async (action: string) => expect(await api.call('POST', `integrations/${id}/${action}`)).toMatchObject({ status: 202 });
  await told('disable');
  await becomes(id, 'disabled', 2000);
  await told('enable');
  await becomes(id, 'connected', 2000);
  await told('enable');
  await told('restart');
  await becomes(id, 'connected', 2000);
  expect(await api.call('PATCH', `integrations/${id}`, { enabled: false })).toMatchObject({ body: { enabled: false } });
  await becomes(id, 'disabled', 2000);
  expect((await api.call('POST', `integrations/${id}/test`)).body).toMatchObject({ ok: true });

  const kinds = await until(async () => {
    const first = (await api.call('GET', `integrations/${id}/incidents?limit=2`)).body;
    const rest = (await api.call('GET', `integrations/${id}/incidents?cursor=${first.nextCursor}`)).body;
    const seen = [...first.items, ...rest.items].map(({ kind }) => kind).filter((kind) => kind !== 'recovered');
    return seen.length >= 4 && seen;
  });
  expect(kinds).toEqual(['disabled', 'restarted', 'enabled', 'disabled']);
});

test('settings that cannot be read park the link with the reason; given anew they bring it up, and without them it can be deleted', async () => {
  const { id } = await api.newSandbox();
  await becomes(id, 'connected', 5000);
  const store = openStore({ databaseUrl: stack.stack.databaseUrl, secretKey: randomBytes(32).toString('base64'), maxConnections: 1 });
  try {
    await loseKey({ store }, 'integrations', id);
    expect(await api.call('POST', `integrations/${id}/restart`)).toMatchObject({ status: 202 });
    await becomes(id, 'disconnected', 5000);
    expect((await api.call('GET', `integrations/${id}/status`)).body).toMatchObject({
      parked: true,
      reason: expect.stringMatching(/^The settings cannot be read: .*PARLEY_SECRET_KEY/),
    });
    expect(await api.call('PATCH', `integrations/${id}`, { config: {} })).toMatchObject({ status: 200 });
    await becomes(id, 'connected', 5000);
    await loseKey({ store }, 'integrations', id);
  } finally {
    await store.close();
  }
  expect(await api.call('DELETE', `integrations/${id}`)).toMatchObject({ status: 204 });
  expect(await api.call('GET', `integrations/${id}`)).toMatchObject({ status: 404 });
});

test('while Temporal does not answer, what was wanted is kept and said to be late', async () => {
  const { id } = await api.newSandbox();
  await becomes(id, 'connected', 5000);
  stack.killProcess('temporal', 'SIGSTOP');
  try {
    const [disabled, created] = await Promise.all([api.call('POST', `integrations/${id}/disable`), api.newSandbox()]);
    expect(disabled).toMatchObject({ status: 503, body: { type: 'urn:parley:unavailable' } });
    expect((await api.call('GET', `integrations/${id}`)).body).toMatchObject({ enabled: false });
    expect((await api.call('GET', `integrations/${created.id}/status`)).body).toMatchObject({ state: 'connecting' });
  } finally {
    stack.killProcess('temporal', 'SIGCONT');
  }
  await wait(500);
  await until(async () => (await api.call('POST', `integrations/${id}/disable`)).status === 202, 20_000);
  await becomes(id, 'disabled', 5000);
});
