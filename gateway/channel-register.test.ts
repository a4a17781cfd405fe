import { globalAgent } from 'node:https';
import { type AccountsEmulator, startAccountsEmulator } from '../channels/lark/registration.emulator';
import { startGateway, type TestGateway, type Visitor } from '../tests/support/gateway';

const app = { appId: 'cli_0123456789abcdef', appSecret: 'what Lark made up' };
let gateway: TestGateway;
let accounts: AccountsEmulator;
let admin: Visitor;

beforeAll(async () => {
  gateway = await startGateway();
  admin = gateway.program(await gateway.store.access.createKey('admin', 'admin', gateway.scope));
}, 60_000);
afterAll(() => gateway?.close());
beforeEach(async () => {
  accounts = await startAccountsEmulator();
  globalAgent.options.ca = accounts.certificate;
});
afterEach(async () => {
  delete globalAgent.options.ca;
  await accounts.close();
});

const register = (visitor: Visitor, channel: string, settings: object) =>
  visitor.call('POST', `channels/${channel}/register`, { body: { settings } });
const eventsOf = (text: string): readonly (readonly [string, unknown])[] =>
  text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => {
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      return [name, JSON.parse(data)];
    });

test('whoever may configure gets a code, then the settings of the new bot, and a record without the secret is kept', async () => {
  accounts.scan(app);
  const { status, body } = await register(admin, 'lark', { domain: accounts.url });
  expect(status).toBe(200);
  expect(eventsOf(body)).toEqual([
    ['code', { url: expect.stringContaining(accounts.url), validMs: 600_000 }],
    ['end', { state: 'done', settings: { ...app, domain: accounts.url } }],
  ]);
  const records = await admin.call('GET', 'audit?action=channel.registered');
  expect(records.body.items).toEqual([expect.objectContaining({ targets: [{ type: 'channel', id: 'lark' }], outcome: { status: 'ok' } })]);
  expect(JSON.stringify(records.body)).not.toContain(app.appSecret);
});

test('a code that was declined ends with a sentence, and nothing is recorded', async () => {
  accounts.refuse('access_denied');
  const before = (await admin.call('GET', 'audit?action=channel.registered')).body.items.length;
  const { body } = await register(admin, 'lark', { domain: accounts.url });
  expect(eventsOf(body).at(-1)).toEqual(['end', { state: 'failed', code: 'forbidden', message: expect.stringContaining('declined') }]);
  expect((await admin.call('GET', 'audit?action=channel.registered')).body.items.length).toBe(before);
});

test('the list of platforms says which can do it, the others refuse, and so does a role that may not', async () => {
  const { items } = (await admin.call('GET', 'channels')).body as { readonly items: readonly { name: string; registers: boolean }[] };
  expect(items.filter(({ registers }) => registers).map(({ name }) => name)).toEqual(['lark']);
  expect((await register(admin, 'wecom', {})).status).toBe(404);
  expect((await register(admin, 'nothing', {})).status).toBe(404);
  const viewer = gateway.program(await gateway.store.access.createKey('viewer', 'viewer', gateway.scope));
  expect((await register(viewer, 'lark', { domain: accounts.url })).status).toBe(403);
  expect(accounts.polls()).toBe(0);
});
