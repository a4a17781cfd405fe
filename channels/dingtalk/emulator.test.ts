import { setTimeout as sleep } from 'node:timers/promises';
import { DWClient, type DWClientDownStream, TOPIC_ROBOT } from 'dingtalk-stream';
import { eventually } from '../../tests/support/eventually';
import { type DingTalkEmulator, type DingTalkEmulatorOptions, startDingTalkEmulator } from './emulator';

const emulators: DingTalkEmulator[] = [];
const clients: DWClient[] = [];
beforeEach(() => {
  // The official client speaks to the console.
  for (const name of ['info', 'warn'] as const) jest.spyOn(console, name).mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const client of clients.splice(0)) {
    client.config.autoReconnect = false;
    client.disconnect();
  }
  for (const emulator of emulators.splice(0)) await emulator.close();
  jest.restoreAllMocks();
});

async function start(options: DingTalkEmulatorOptions = {}): Promise<DingTalkEmulator> {
  const emulator = await startDingTalkEmulator(options);
  emulators.push(emulator);
  return emulator;
}

/** The official client as it is, but for the address. */
class OfficialClient extends DWClient {
  constructor(private readonly emulator: DingTalkEmulator) {
    super(emulator.config);
    clients.push(this);
  }

  override async getEndpoint(): Promise<this> {
    const { clientId, clientSecret, subscriptions } = this.config;
    const { endpoint, ticket } = await ask(this.emulator, 'POST', '/v1.0/gateway/connections/open', {
      clientId,
      clientSecret,
      subscriptions,
    });
    (this as unknown as { dw_url: string }).dw_url = `${endpoint}?ticket=${ticket}`;
    return this;
  }
}

type Body = Record<string, unknown>;

async function ask(emulator: DingTalkEmulator, method: string, path: string, body: unknown, token = ''): Promise<Body> {
  const headers = { 'content-type': 'application/json', 'x-acs-dingtalk-access-token': token };
  const response = await fetch(`${emulator.url}${path}`, { method, headers, body: JSON.stringify(body) });
  return { httpStatus: response.status, ...((await response.json()) as Body) };
}

async function logIn(emulator: DingTalkEmulator): Promise<string> {
  const { clientId: appKey, clientSecret: appSecret } = emulator.config;
  return String((await ask(emulator, 'POST', '/v1.0/oauth2/accessToken', { appKey, appSecret })).accessToken);
}

const card = (emulator: DingTalkEmulator, more: Body = {}): Body => ({
  cardTemplateId: 'mine.schema',
  outTrackId: 'card-1',
  cardData: { cardParamMap: { content: '', flowStatus: '1' } },
  openSpaceId: 'dtv1.card//IM_GROUP.cid1',
  imGroupOpenDeliverModel: { robotCode: emulator.config.clientId },
  ...more,
});
const CREATE = '/v1.0/card/instances/createAndDeliver';

describe('the emulated DingTalk, to the official client', () => {
  it('pushes messages, takes acknowledgements, and lets each ticket in once', async () => {
    const emulator = await start();
    const client = new OfficialClient(emulator);
    const heard: DWClientDownStream[] = [];
    client.registerCallbackListener(TOPIC_ROBOT, (push) => {
      heard.push(push);
      client.socketCallBackResponse(push.headers.messageId, {});
    });
    await client.connect();
    await eventually(() => client.registered);
    emulator.say({ chatId: 'cid1', text: 'hello' });
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(JSON.parse(heard[0]!.data)).toMatchObject({ msgtype: 'text', conversationType: '1' });
    await client._connect().catch(() => undefined);
    expect(emulator.logins()).toHaveLength(1);
  });

  it('shows what becomes of it when handshakes are refused: each attempt brings two', async () => {
    const emulator = await start();
    emulator.refuseHandshakes(true);
    const client = new OfficialClient(emulator);
    (client as unknown as { reconnectInterval: number }).reconnectInterval = 30;
    await client.connect();
    await eventually(() => emulator.handshakes() > 12);
    client.config.autoReconnect = false;
  });

  it('makes one card for one outTrackId, of strings only, and takes no stream after its end', async () => {
    const emulator = await start();
    const token = await logIn(emulator);
    const call = (method: string, path: string, body: unknown) => ask(emulator, method, path, body, token);
    const stream = (guid: string, content: string, more: Body = {}) =>
      call('PUT', '/v1.0/card/streaming', {
        outTrackId: 'card-1',
        guid,
        key: 'content',
        content,
        isFull: true,
        isFinalize: false,
        ...more,
      });
    expect(await call('POST', CREATE, card(emulator, { cardData: { cardParamMap: { flowStatus: 1 } } }))).toMatchObject({
      code: 'MissingStringValue',
    });
    for (let n = 0; n < 2; n++) expect(await call('POST', CREATE, card(emulator))).toMatchObject({ success: true });
    expect(emulator.cards()).toMatchObject([{ chatId: 'cid1', text: '', closed: false }]);
    await stream('g1', 'a');
    await stream('g1', 'never');
    await stream('g2', 'b', { isFull: false });
    expect(emulator.cards()[0]).toMatchObject({ text: 'ab', streaming: true });
    await stream('g3', 'abc', { isFinalize: true });
    expect(await stream('g4', 'abcd')).toMatchObject({ httpStatus: 400, code: 'param.stream.finished' });
    expect(await stream('g5', 'x', { outTrackId: 'unknown' })).toMatchObject({ code: 'param.cardNotExist' });
    await call('PUT', '/v1.0/card/instances', { outTrackId: 'card-1', cardData: { cardParamMap: { flowStatus: '3' } } });
    expect(emulator.cards()[0]).toMatchObject({ text: '', closed: true });
  });

  it('hides in an answer of 200 that a card arrived nowhere', async () => {
    const emulator = await start();
    emulator.removeBot('cid1');
    const answer = await ask(emulator, 'POST', CREATE, card(emulator), await logIn(emulator));
    expect(answer).toMatchObject({ httpStatus: 200, success: true, result: { deliverResults: [{ success: false }] } });
    expect(emulator.cards()).toEqual([]);
  });

  it('keeps its limit and tells of every call beyond it, and refuses old tokens', async () => {
    const emulator = await start({ limits: { perSecond: 3 } });
    const token = await logIn(emulator);
    const codes: unknown[] = [];
    for (let n = 0; n < 5; n++) codes.push((await ask(emulator, 'POST', CREATE, card(emulator), token)).httpStatus);
    expect(codes).toEqual([200, 200, 200, 403, 403]);
    expect(emulator.violations()).toMatchObject([{ limit: 'robot' }, { limit: 'robot' }]);
    emulator.expireTokens();
    await sleep(1000);
    expect(await ask(emulator, 'POST', CREATE, card(emulator), token)).toMatchObject({ httpStatus: 400, code: 'InvalidAuthentication' });
  });

  it('posts robot messages where it is told to', async () => {
    const emulator = await start();
    const other = await start();
    emulator.sendTo(`${other.url}/anything`);
    emulator.say({ chatId: 'cid1', text: 'hello', redeliver: false });
    await eventually(() => emulator.deliveries()[0]!.attempts[0]!.code === 404);
    expect(emulator.deliveries()[0]!.acked).toBe(false);
  });
});
