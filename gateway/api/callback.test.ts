import { randomUUID } from 'node:crypto';
import { type DingTalkEmulator, startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { startWecomHttpEmulator, type WecomHttpEmulator } from '../../channels/wecom/emulator/http';
import { startGateway, type TestGateway } from '../../tests/support/gateway';
import { createDesk, eventually } from '../../tests/support/world';

jest.setTimeout(60_000);

const PUBLIC_URL = 'https://parley.example.com';

interface Call {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

let gateway: TestGateway;
let lark: LarkEmulator;
let dingtalk: DingTalkEmulator;
let wecom: WecomHttpEmulator;

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_PUBLIC_URL: PUBLIC_URL });
  [lark, dingtalk, wecom] = await Promise.all([startLarkEmulator(), startDingTalkEmulator(), startWecomHttpEmulator()]);
});
afterAll(async () => {
  await gateway?.deps.dispatch.drained();
  await Promise.all([gateway, lark, dingtalk, wecom].map((one) => one?.close()));
});

/** What each platform sends when its address is saved, and what comes with a message. */
const platforms = {
  lark: () => ({
    ...{ channel: 'lark', config: lark.config },
    saved: (): Call => lark.webhookBody({ type: 'url_verification', challenge: 'ajls384', token: 'emulated-verification-token' }),
    message: (): Call => lark.webhookBody(lark.events.message({ chatId: 'oc_1', text: 'Hello' }).event),
  }),
  dingtalk: () => ({
    ...{ channel: 'dingtalk', config: dingtalk.webhookConfig },
    saved: (): Call => dingtalk.eventBody({ EventType: 'check_url' }),
    message: (): Call => dingtalk.webhookBody(dingtalk.events.message({ chatId: 'cid1', text: 'Hello' }).event),
  }),
  'a bot of wecom': () => ({
    ...{ channel: 'wecom', config: wecom.bot },
    saved: (): Call => wecom.sealed('', 'a word', 'echo'),
    message: (): Call => wecom.botCall(wecom.message({ text: 'Hello' })),
  }),
  'an application of wecom': () => ({
    ...{ channel: 'wecom', config: wecom.app },
    saved: (): Call => wecom.sealed(wecom.app.corpId, 'a word', 'echo'),
    message: (): Call => wecom.appCall({ Content: 'Hello', MsgId: '9007199254740993123' }),
  }),
};

async function create({ channel, config }: { readonly channel: string; readonly config: object }, { enabled = true, at = gateway } = {}) {
  const { integration } = await createDesk(at, { channel, mode: 'webhook', enabled });
  return (await at.store.integrations.save(at.scope, integration.id, { ...integration, config: { ...config } }, true))!;
}

async function call(id: string, { method = 'POST', query = {}, headers = {}, body }: Call, { url: base } = gateway): Promise<number> {
  const url = new URL(`${base}/webhooks/${id}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const sent = { method, headers: headers as Record<string, string>, ...(method === 'POST' && { body: new Uint8Array(body) }) };
  return (await fetch(url, sent)).status;
}

interface Tested {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string; readonly mend: string }[];
}

async function tested(id: string, { language = 'en', at = gateway } = {}) {
  const key = await at.store.access.createKey('admin', 'admin', at.scope);
  const reply = await at.program(key, { 'accept-language': language }).call('POST', `integrations/${id}/test`);
  expect(reply.status).toBe(200);
  const { ok, checks } = reply.body as Tested;
  return {
    ok,
    checks,
    callback: checks.filter(({ name }) => name === 'callback'),
    others: checks.filter(({ name }) => name !== 'callback'),
  };
}

const proven = (id: string, at = gateway) => eventually('a proven callback', async () => (await tested(id, { at })).callback[0]!.ok);

describe.each(Object.entries(platforms))('the callback of %s', (_, platformOf) => {
  test('is proven by a call that was verified with the present settings, and by nothing else', async () => {
    const platform = platformOf();
    const integration = await create(platform);
    const { id } = integration;
    const never = await tested(id);
    expect(never).toMatchObject({ ok: false, callback: [{ ok: false, detail: expect.stringContaining(`${PUBLIC_URL}/webhooks/${id}`) }] });
    expect(never.callback[0]!.mend).toContain('Enter this address on the platform');
    expect(never.others.map(({ ok }) => ok)).not.toContain(false);

    expect(await call(id, { body: Buffer.from('{}') })).toBe(401);
    expect((await tested(id)).ok).toBe(false);

    expect(await call(id, platform.saved())).toBe(200);
    await proven(id);
    const [check] = (await tested(id)).callback;
    expect(await tested(id)).toMatchObject({ ok: true });
    expect(check).toMatchObject({ mend: '', detail: expect.stringMatching(/ \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/) });

    const { store, scope } = gateway;
    await store.integrations.save(scope, id, { ...integration, name: randomUUID() }, false);
    expect(await tested(id)).toMatchObject({ ok: true });
    await store.integrations.save(scope, id, { ...integration, config: { ...integration.config, welcome: 'Hello' } }, true);
    expect(await tested(id)).toMatchObject({ ok: false, callback: [{ detail: expect.stringContaining('since the settings changed') }] });

    expect(await call(id, platform.message())).toBe(200);
    await proven(id);
  });

  test('is told in Chinese, as the other checks are', async () => {
    const { id } = await create(platformOf());
    const said = (await tested(id, { language: 'zh-CN' })).checks.flatMap(({ detail, mend }) => [detail, mend]).filter((one) => one !== '');
    expect(said.filter((one) => !/\p{Script=Han}/u.test(one))).toEqual([]);
  });
});

test('a disabled integration is told to be enabled first, for its calls are refused until then', async () => {
  const { id } = await create(platforms.lark(), { enabled: false });
  expect(await call(id, platforms.lark().saved())).toBe(404);
  expect(await tested(id)).toMatchObject({ ok: false, callback: [{ ok: false, mend: expect.stringMatching(/^Enable/) }] });
});

test('an address that is not https is named first; calls that come all the same prove it', async () => {
  const at = await startGateway();
  try {
    const { channel, config, saved } = platforms.lark();
    const { id } = await create({ channel, config }, { at });
    expect(await tested(id, { at })).toMatchObject({ ok: false, callback: [{ mend: expect.stringContaining('PARLEY_PUBLIC_URL') }] });
    expect((await tested(id, { at, language: 'zh' })).callback[0]!.mend).toMatch(/PARLEY_PUBLIC_URL.*\p{Script=Han}/u);
    expect(await call(id, saved(), at)).toBe(200);
    await proven(id, at);
  } finally {
    await at.close();
  }
});

test('calls are remembered at once for new settings, else once a minute', async () => {
  const { channel, config, saved, message } = platforms.lark();
  const { id } = await create({ channel, config });
  const found = () => gateway.store.connections.find(id);
  await call(id, saved());
  const first = await eventually('a call', async () => (await found())?.lastCallAt?.getTime());
  await call(id, saved());
  await call(id, message());
  await eventually('an event', async () => (await found())?.lastEventAt !== null);
  expect((await found())?.lastCallAt?.getTime()).toBe(first);
});

test('an integration that holds its own link has no callback to prove', async () => {
  const { integration } = await createDesk(gateway, {});
  expect(await tested(integration.id)).toMatchObject({ ok: true, callback: [] });
});
