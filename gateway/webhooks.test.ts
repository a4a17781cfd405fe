import { type LarkEmulator, startLarkEmulator } from '../channels/lark/emulator';
import { startGateway, type TestGateway } from '../tests/support/gateway';
import { loseKey } from '../tests/support/lost-key';
import { createDesk } from '../tests/support/world';

jest.setTimeout(60_000);

const MANY = 70;

let gateway: TestGateway;
let lark: LarkEmulator;

beforeAll(async () => {
  [gateway, lark] = await Promise.all([startGateway(), startLarkEmulator()]);
});
afterAll(async () => {
  await gateway?.deps.dispatch.drained();
  await gateway?.close();
  await lark?.close();
});

async function createBot(enabled = true): Promise<string> {
  const { integration } = await createDesk(gateway, { channel: 'lark', mode: 'webhook', enabled, config: {} });
  await gateway.store.integrations.save(gateway.scope, integration.id, { ...integration, config: lark.config }, true);
  return integration.id;
}

async function call(integrationId: string, { body, headers }: { body: Buffer; headers: Record<string, string> }): Promise<Response> {
  return await fetch(`${gateway.url}/webhooks/${integrationId}`, { method: 'POST', body: new Uint8Array(body), headers });
}

let said = 0;
const good = () => lark.webhookBody(lark.events.message({ chatId: `oc_${said++}`, text: 'Hello' }).event);
const bad = () => ({ body: Buffer.from('{}'), headers: { 'content-type': 'application/json' } });
const statusOf = async (calling: Promise<Response>): Promise<number> => (await calling).status;
const together = (make: () => Promise<Response>) => Promise.all(Array.from({ length: MANY }, () => statusOf(make())));

test('good calls are never cut off, however many come at once', async () => {
  const bot = await createBot();
  expect(new Set(await together(() => call(bot, good())))).toEqual(new Set([200]));
});

test('what failed on our side does not count: after an outage the platform gets through', async () => {
  const bot = await createBot();
  await gateway.store.db.raw('ALTER TABLE events RENAME TO away');
  try {
    expect((await together(() => call(bot, good()))).every((status) => status >= 500)).toBe(true);
  } finally {
    await gateway.store.db.raw('ALTER TABLE away RENAME TO events');
  }
  expect(await statusOf(call(bot, good()))).toBe(200);
});

test('nor do calls of an integration that was disabled meanwhile', async () => {
  const bot = await createBot(false);
  expect(new Set(await together(() => call(bot, good())))).toEqual(new Set([404]));
  await gateway.store.integrations.setEnabled(gateway.scope, bot, true);
  expect(await statusOf(call(bot, good()))).toBe(200);
});

test('while the settings cannot be read the platform is told to come again; other integrations go on', async () => {
  const [bot, other] = [await createBot(), await createBot()];
  const putBack = await loseKey(gateway, 'integrations', bot);
  const refused = await call(bot, good());
  expect([refused.status, await refused.json()]).toMatchObject([503, { type: 'urn:parley:unreadable' }]);
  expect(await statusOf(call(other, good()))).toBe(200);
  await putBack();
  expect(await statusOf(call(bot, good()))).toBe(200);
});

test('a burst of bad calls is cut off and told for how long; other integrations go on', async () => {
  const [bot, other] = [await createBot(), await createBot()];
  expect(new Set(await together(() => call(bot, bad())))).toEqual(new Set([401]));
  const refused = await call(bot, bad());
  expect([refused.status, refused.headers.get('content-type')]).toEqual([429, expect.stringContaining('application/problem+json')]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(await statusOf(call(bot.toUpperCase(), bad()))).toBe(429);
  expect(await statusOf(call(other, good()))).toBe(200);
});
