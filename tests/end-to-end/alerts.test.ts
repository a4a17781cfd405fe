import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startLarkEmulator } from '../../channels/lark/emulator';
import { type ApiTester, createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let lark: Awaited<ReturnType<typeof startLarkEmulator>>;
let hook: Server;
const calls: {
  readonly type: string;
  readonly link: string | null;
  readonly organization: { readonly id: string };
  readonly incident: { readonly kind: string; readonly subject: { readonly id: string } };
}[] = [];

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    calls.push(JSON.parse(await text(request)));
    response.end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  [stack, lark] = await Promise.all([startStack(), startLarkEmulator()]);
  api = createApiTester(stack);
});

afterAll(async () => {
  hook?.close();
  await stack?.stop();
  await lark?.close();
});

test('a rule is set up and tried out; a refused secret is told of once, with a link', async () => {
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const { id, ...rule } = await api.make('alerts', { name: 'on call', channel: 'webhook', config: { url, secret: 'planted-secret' } });
  expect(rule).toMatchObject({ config: { url, secret: '***' }, downAfterSeconds: 60, failuresInRow: 5, enabled: true });
  expect((await api.call('POST', `alerts/${id}/test`)).body).toMatchObject({ phase: 'test', state: 'sent', attempts: 1, incident: null });
  const [{ organization }] = calls as [(typeof calls)[number]];
  expect(calls).toMatchObject([{ type: 'alert.test', link: `${stack.stack.consoleUrl}#/?organization=${organization.id}` }]);

  const { appId, domain } = lark.config;
  const config = { appId, domain, appSecret: 'not-the-secret' };
  const integration = await api.make('integrations', { name: 'Lark', channel: 'lark', config });
  await until(async () => calls.length > 1);
  // Two rounds more of every process say nothing new.
  await new Promise((resolve) => setTimeout(resolve, 21_000));
  expect(calls.slice(1)).toMatchObject([
    {
      ...{ type: 'alert.raised', link: `${stack.stack.consoleUrl}#/integrations/${integration.id}?organization=${organization.id}` },
      incident: { kind: 'integration_parked', subject: { id: integration.id, name: 'Lark' } },
    },
  ]);
  const { items } = (await api.call('GET', `alerts/${id}/deliveries`)).body;
  expect(items).toMatchObject([{ phase: 'raised', state: 'sent' }, { phase: 'test' }]);
  expect((await api.call('DELETE', `alerts/${id}`)).status).toBe(204);
});

test.each([
  [{ channel: 'pigeon', config: {} }, ['channel']],
  [{ channel: 'webhook', config: { url: 'ftp://x' } }, ['config.url']],
  [{ channel: 'webhook', config: { url: 'http://169.254.169.254/' } }, ['config.url']],
  [{ channel: 'mail', config: { to: ['ops@example.com'] } }, ['channel']],
  [{ channel: 'chat', config: { integrationId: '6f1f0a4e-0000-4000-8000-000000000000', chatId: 'c' } }, ['config.integrationId']],
  [{ channel: 'webhook', config: { url: 'https://example.com' }, kinds: [], failuresInRow: 0 }, ['failuresInRow', 'kinds']],
])('refuses %j', async (fields, paths) => {
  const { status, body } = await api.call('POST', 'alerts', { name: 'x', ...fields });
  expect([status, ...body.errors.map(({ path }) => path).sort()]).toEqual([422, ...paths]);
});
