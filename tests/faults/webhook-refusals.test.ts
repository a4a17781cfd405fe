import { randomUUID } from 'node:crypto';
import { type DingTalkEmulator, startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { startWecomHttpEmulator, type WecomHttpEmulator } from '../../channels/wecom/emulator/http';
import { callbackOf, type Surroundings, startAround } from './world';

const HOUR_MS = 3600_000;

interface Call {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}
/** What is wrong with it, and how it must be answered. */
type Wrong = readonly (readonly [string, number, Call])[];

const large = Buffer.alloc(1024 * 1024 + 1, 'x');
const flipped = (text = ''): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
const spaced = ({ body }: Call): Buffer => Buffer.concat([body, Buffer.from(' ')]);

describe('calls that are not the platform’s', () => {
  let world: Surroundings;
  let dingtalk: DingTalkEmulator;
  let wecom: WecomHttpEmulator;

  beforeAll(async () => {
    [dingtalk, wecom] = await Promise.all([startDingTalkEmulator(), startWecomHttpEmulator()]);
    world = await startAround([dingtalk, wecom], () => ({}));
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  const post = async (id: string, { method = 'POST', headers = {}, query = {}, body }: Call) => {
    const url = new URL(callbackOf(world, id));
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const given = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    const response = await fetch(url, {
      ...{ method, headers: { 'content-type': 'application/json', ...Object.fromEntries(given) } },
      ...(method === 'POST' && { body: Uint8Array.from(body) }),
    });
    return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
  };

  /** Each is a problem document, nothing comes of any of them, and a good call still is answered. */
  async function walk(id: string, wrong: Wrong, good: Call): Promise<void> {
    const got = [];
    for (const [what, , call] of wrong) {
      const { status, type, text } = await post(id, call);
      const problem = type.includes('problem+json') ? (JSON.parse(text) as { status: number; type: string }) : undefined;
      got.push([what, status, problem?.status, problem?.type.startsWith('urn:parley:')]);
    }
    expect(got).toEqual(wrong.map(([what, status]) => [what, status, status, true]));
    const { items } = await world.call<{ items: unknown[] }>('GET', `conversations?integrationId=${id}`);
    expect(items).toEqual([]);
    expect((await world.call<{ items: unknown[] }>('GET', 'events?state=unended')).items).toEqual([]);
    expect((await post(id, good)).status).toBe(200);
  }

  const addBot = (channel: string, config: Readonly<Record<string, unknown>>) => world.addBot({ channel, mode: 'webhook', config });

  it('are refused on DingTalk, of whichever kind', async () => {
    const config = dingtalk.webhookConfig;
    const id = await addBot('dingtalk', config);
    const message = (more = {}) => dingtalk.events.message({ chatId: 'bad', text: 'never to be answered', more }).event;
    const press = { type: 'actionCallback', outTrackId: randomUUID(), corpId: config.corpId, userId: 'x', content: '{}' };
    const now = Date.now();
    const [robot, card, event] = [
      dingtalk.webhookBody(message()),
      dingtalk.cardBody(press),
      dingtalk.eventBody({ EventType: 'check_url' }),
    ];
    const { sign, ...unsigned } = robot.headers;
    const { 'x-ddpaas-signature': cardSign, ...unsignedCard } = card.headers;
    const wrong: Wrong = [
      ['a message that is not signed', 401, { ...robot, headers: unsigned }],
      ['a message with a wrong signature', 401, { ...robot, headers: { ...robot.headers, sign: flipped(sign) } }],
      ['a message signed for another time', 401, { ...robot, headers: { ...robot.headers, timestamp: String(now - 1) } }],
      ['a message of yesterday', 401, dingtalk.webhookBody(message(), now - 2 * HOUR_MS)],
      ['a message for another robot', 401, dingtalk.webhookBody(message({ robotCode: 'dingother' }))],
      ['a message from another company', 401, dingtalk.webhookBody(message({ chatbotCorpId: 'dingother' }))],
      ['a message that is no JSON', 400, { ...robot, body: Buffer.from('{"text": ') }],
      ['a message without a chat', 400, dingtalk.webhookBody({ ...message(), conversationId: undefined, msgId: undefined })],
      ['a press that is not signed', 401, { ...card, headers: unsignedCard }],
      ['a press with a wrong signature', 401, { ...card, headers: { ...card.headers, 'x-ddpaas-signature': flipped(cardSign) } }],
      ['a press of yesterday', 401, dingtalk.cardBody(press, now - 2 * HOUR_MS)],
      ['a press from another company', 401, dingtalk.cardBody({ ...press, corpId: 'dingother' })],
      ['an event in plain text', 401, { ...event, body: Buffer.from(JSON.stringify({ EventType: 'check_url' })) }],
      ['an event with a wrong signature', 401, { ...event, query: { ...event.query, msg_signature: '0'.repeat(40) } }],
      ['an event for another app', 401, dingtalk.eventBody({ EventType: 'check_url' }, now, 'dingother')],
      ['an old event', 401, dingtalk.eventBody({ EventType: 'check_url' }, now - 25 * HOUR_MS)],
      ['too large', 413, { ...robot, body: large }],
    ];
    await walk(id, wrong, event);
  }, 60_000);

  it('are refused on WeCom’s bots', async () => {
    const id = await addBot('wecom', wecom.bot);
    const body = wecom.message({ text: 'never to be answered' });
    const good = wecom.botCall(body) as Call;
    const echo = wecom.sealed('', 'prove it', 'echo') as Call;
    const wrong: Wrong = [
      ['not signed', 401, { ...good, query: {} }],
      ['with a wrong signature', 401, { ...good, query: { ...good.query, msg_signature: '0'.repeat(40) } }],
      ['signed for another time', 401, { ...good, query: { ...good.query, timestamp: '1700000000' } }],
      ['in plain text', 401, { ...good, body: Buffer.from(JSON.stringify(body)) }],
      ['with another ciphertext', 401, { ...good, body: Buffer.from(JSON.stringify({ encrypt: 'bm90aGluZw==' })) }],
      ['for another bot', 401, wecom.botCall({ ...body, aibotid: 'another' }) as Call],
      ['for another receiver', 401, wecom.sealed('ww-another', JSON.stringify(body), 'json') as Call],
      ['of the day before yesterday', 401, wecom.botCall(body, Date.now() - 25 * HOUR_MS) as Call],
      ['of tomorrow', 401, wecom.botCall(body, Date.now() + HOUR_MS) as Call],
      ['no JSON', 400, { ...good, body: Buffer.from('{"encrypt": ') }],
      ['no JSON inside', 400, wecom.sealed('', 'nonsense', 'json') as Call],
      ['an address check that is not signed', 401, { ...echo, query: { echostr: echo.query?.echostr } }],
      ['an address check with a wrong signature', 401, { ...echo, query: { ...echo.query, msg_signature: '0'.repeat(40) } }],
      ['too large', 413, { ...good, body: large }],
    ];
    await walk(id, wrong, echo);
    expect((await post(id, echo)).text).toBe('prove it');
  }, 60_000);

  it('are refused on WeCom’s applications', async () => {
    const id = await addBot('wecom', wecom.app);
    const fields = { Content: 'never to be answered', MsgId: '42' };
    const good = wecom.appCall(fields) as Call;
    const { corpId } = wecom.app;
    const plain = `<xml><ToUserName>${corpId}</ToUserName><FromUserName>ann</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>`;
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]><xml><Encrypt>&a;</Encrypt></xml>`;
    const echo = wecom.sealed(corpId, 'prove it', 'echo') as Call;
    const wrong: Wrong = [
      ['not signed', 401, { ...good, query: {} }],
      ['with a wrong signature', 401, { ...good, query: { ...good.query, msg_signature: '0'.repeat(40) } }],
      ['in plain text', 401, { ...good, body: Buffer.from(plain) }],
      ['for another company', 401, wecom.sealed('ww-another', plain, 'xml') as Call],
      ['for another application', 401, wecom.appCall({ ...fields, AgentID: '7' }) as Call],
      ['of the day before yesterday', 401, wecom.appCall(fields, Date.now() - 25 * HOUR_MS) as Call],
      ['no XML', 400, { ...good, body: Buffer.from('nonsense') }],
      ['XML with entities of its own', 400, { ...good, body: Buffer.from(bomb) }],
      ['no XML inside', 400, wecom.sealed(corpId, 'nonsense', 'xml') as Call],
      ['an address check with a wrong signature', 401, { ...echo, query: { ...echo.query, msg_signature: '0'.repeat(40) } }],
      ['too large', 413, { ...good, body: large }],
    ];
    await walk(id, wrong, echo);
    expect((await post(id, { ...good, body: spaced(good) })).status).toBe(200);
  }, 60_000);
});
