import { Refusal } from '../../domain/errors';
import type { InboundEvent } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import { localPorts } from '../../tests/support/ports';
import type { Deliver, WebhookCall } from '../channel';
import { view } from '../contract';
import { type DingTalkEmulator, type Posted, startDingTalkEmulator } from './emulator';
import { createDingTalk, type DingTalkConfig } from './index';
import { verify } from './webhook';

let emulator: DingTalkEmulator;
let heard: InboundEvent[];
const NOW = Date.now();
const HOUR = 3_600_000;

beforeAll(async () => {
  emulator = await startDingTalkEmulator();
});
afterAll(() => emulator.close());
beforeEach(() => {
  heard = [];
});

const hear: Deliver = async (event) => {
  heard.push(event);
  return { fresh: true };
};
const call = (posted: Posted, more: Partial<WebhookCall> = {}): WebhookCall => ({ method: 'POST', now: NOW, ...posted, ...more });
const receive = (made: WebhookCall, config: DingTalkConfig = emulator.webhookConfig, deliver = hear) =>
  createDingTalk({ retryMs: 10 }).receive!(config, made, deliver, localPorts());
const message = (more: Readonly<Record<string, unknown>> = {}) => ({
  ...emulator.events.message({ chatId: 'cid1', text: 'hello', chatType: 'group' }).event,
  ...more,
});
const robot = (more = {}, at = NOW) => call(emulator.webhookBody(message(more), at));
const press = (more = {}) => {
  const content = JSON.stringify({ cardPrivateData: { actionIds: ['stop'], params: {} } });
  return { type: 'actionCallback', outTrackId: 'turn-1', corpId: 'dingcorp0000000000', userId: 'u1', content, ...more };
};
const card = (more = {}, at = NOW) => call(emulator.cardBody(press(more), at));
const event = (at = NOW, owner?: string) => call(emulator.eventBody({ EventType: 'chat_add_member' }, at, owner));
const without = ({ headers, query, ...rest }: WebhookCall, ...names: readonly string[]): WebhookCall => {
  const kept = (all: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
  return { ...rest, headers: kept(headers), query: kept(query) };
};
const withHeader = (made: WebhookCall, name: string, value: string): WebhookCall => ({
  ...made,
  headers: { ...made.headers, [name]: value },
});
const withBody = (made: WebhookCall, body: string | Buffer): WebhookCall => ({ ...made, body: Buffer.from(body) });

describe('a robot message by HTTP', () => {
  it('is delivered and answered with nothing to show', async () => {
    expect(await receive(robot())).toMatchObject({ status: 200, body: '{"msgtype":"empty"}' });
    expect(heard).toMatchObject([{ kind: 'message', text: 'hello', forBot: true, address: { chatId: 'cid1', kind: 'group' } }]);
  });

  it('is the same when it comes again', async () => {
    const made = robot();
    await receive(made);
    await receive(made);
    expect(heard[0]!.id).toBe(heard[1]!.id);
  });

  it('is refused while it cannot be kept, and kept by this process until it is', async () => {
    let failures = 2;
    const unable: Deliver = async (each) => {
      if (failures-- > 0) throw new Error('the ledger is away');
      return hear(each);
    };
    await expect(receive(robot(), emulator.webhookConfig, unable)).rejects.toThrow('away');
    await eventually(() => heard.length === 1);
  });

  it('of an older robot is told by its organization', async () => {
    await receive(robot({ robotCode: 'normal' }));
    expect(heard).toHaveLength(1);
    await expect(receive(robot({ robotCode: 'normal' }), { ...emulator.webhookConfig, corpId: undefined })).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('Corp ID'),
    });
  });
});

describe('a card callback by HTTP', () => {
  it('is delivered and answered with nothing', async () => {
    expect(await receive(card())).toMatchObject({ status: 200, body: '{}' });
    expect(heard).toMatchObject([{ kind: 'action', action: 'stop', target: 'turn-1', sender: { id: 'u1' }, at: NOW }]);
  });

  it('is the same event when the same bytes come again, and another when pressed again', async () => {
    await receive(card());
    await receive(card());
    await receive(card({}, NOW - 1000));
    expect(new Set(heard.map(({ id }) => id)).size).toBe(2);
  });

  it('in vain is explained in private', async () => {
    emulator.events.message({ chatId: 'cid-of-u1', text: 'hello', senderId: 'u1' });
    const refuse: Deliver = async () => ({
      ...{ fresh: true, over: true, refused: true, language: 'en' },
      toast: { en: 'Not yours', zh: '无权操作' },
    });
    expect(await receive(card(), emulator.webhookConfig, refuse)).toMatchObject({ status: 200, body: '{}' });
    await eventually(() => emulator.messages('cid-of-u1').length === 1);
    expect(emulator.messages('cid-of-u1')).toMatchObject([{ text: 'Not yours', type: 'text', via: 'robot' }]);
  });

  it('with a route for it, the card shows buttons; without, none', async () => {
    const { event: said } = emulator.events.message({ chatId: 'cid1', text: 'x', chatType: 'group' });
    const to = { chatId: String(said.conversationId), kind: 'group' } as const;
    const begin = (id: string, config: DingTalkConfig) =>
      createDingTalk()
        .messenger(config, localPorts())
        .beginReply(to, { id, epoch: 1 }, view('thinking', '', { buttons: ['stop'] }), undefined, async () => undefined);
    await begin('with', emulator.webhookConfig);
    await begin('without', { ...emulator.webhookConfig, callbackRouteKey: undefined });
    expect(emulator.cards().map(({ cardId, buttons }) => [cardId, buttons])).toEqual([
      ['with', ['stop']],
      ['without', []],
    ]);
  });
});

describe('an event of the subscription', () => {
  it('is answered with an encrypted success, which DingTalk can read', async () => {
    const { body } = await receive(call(emulator.eventBody({ EventType: 'check_url' }, NOW)));
    const { encrypt, msg_signature: signature, timeStamp: timestamp, nonce } = JSON.parse(body!) as Record<string, string>;
    // Read as DingTalk would: the same signature and key; "success" is no JSON, which is all there is to complain of.
    const back = call(
      {
        body: Buffer.from(JSON.stringify({ encrypt })),
        headers: {},
        query: { msg_signature: signature!, timestamp: timestamp!, nonce: nonce! },
      },
      {},
    );
    expect(() => verify(emulator.webhookConfig, back)).toThrow(expect.objectContaining({ status: 400 }));
    expect(heard).toEqual([]);
  });

  it('is decrypted as others do it', () => {
    // The published example of the same envelope: its content is XML, and its owner another one.
    const encrypt =
      'RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==';
    const query = { msg_signature: '477715d11cdb4164915debcba66cb864d751f3e6', timestamp: '1409659813', nonce: '1372623149' };
    const made = { method: 'POST', now: 1409659813, headers: {}, query, body: Buffer.from(JSON.stringify({ encrypt })) } as const;
    const config = { ...emulator.webhookConfig, token: 'QDG6eK', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' };
    expect(() => verify(config, made)).toThrow('another app');
    expect(() => verify({ ...config, clientId: 'wx5823bf96d3bd56c7' }, made)).toThrow('cannot be read');
  });

  it('that was on its way for 23 hours is taken', async () => {
    expect(await receive(event(NOW - 23 * HOUR))).toMatchObject({ status: 200 });
  });
});

describe('what is not to be trusted', () => {
  it.each<[string, number, () => WebhookCall]>([
    ['unsigned', 401, () => without(robot(), 'sign', 'timestamp')],
    ['unsigned, though it has a time', 401, () => without(robot(), 'sign')],
    ['a GET', 401, () => ({ ...without(robot(), 'sign'), method: 'GET', body: Buffer.alloc(0) })],
    ['wrongly signed', 401, () => withHeader(robot(), 'sign', 'a'.repeat(44))],
    ['signed with nothing', 401, () => withHeader(robot(), 'sign', '')],
    ['signed for another time', 401, () => withHeader(robot(), 'timestamp', String(NOW - 1))],
    ['signed without a time', 401, () => without(robot(), 'timestamp')],
    ['more than an hour old', 401, () => robot({}, NOW - HOUR - 1000)],
    ['more than an hour ahead', 401, () => robot({}, NOW + HOUR + 1000)],
    ['for another robot', 401, () => robot({ robotCode: 'dingother' })],
    ['from another organization', 401, () => robot({ chatbotCorpId: 'dingother' })],
    ['from no organization', 401, () => robot({ chatbotCorpId: undefined })],
    ['a signed body that is no JSON', 400, () => withBody(robot(), '{')],
    ['a signed list', 400, () => withBody(robot(), '[1]')],
    ['a message without a chat', 400, () => robot({ conversationId: undefined })],
    ['an unsigned body that is no JSON', 401, () => withBody(without(robot(), 'sign'), '{')],
    ['too large', 413, () => withBody(robot(), Buffer.alloc(1024 * 1024 + 1))],
    ['a press wrongly signed', 401, () => withHeader(card(), 'x-ddpaas-signature', 'a'.repeat(44))],
    ['a press signed without a time', 401, () => without(card(), 'x-ddpaas-signature-timestamp')],
    ['a press more than an hour old', 401, () => card({}, NOW - HOUR - 1000)],
    ['a press from another organization', 401, () => card({ corpId: 'dingother' })],
    ['a press that is no JSON', 400, () => withBody(card(), 'x')],
    ['an event wrongly signed', 401, () => ({ ...event(), query: { ...event().query, msg_signature: 'a'.repeat(40) } })],
    ['an event signed for other bytes', 401, () => ({ ...event(), body: event().body })],
    ['an event in plain text', 401, () => withBody(event(), '{"EventType":"check_url"}')],
    ['an event that is no JSON', 401, () => withBody(event(), '{')],
    ['an event unsigned', 401, () => without(event(), 'msg_signature', 'signature')],
    ['an event for another app', 401, () => event(NOW, 'dingother')],
    ['an event more than a day old', 401, () => event(NOW - 24 * HOUR - 1000)],
    ['an event more than five minutes ahead', 401, () => event(NOW + 6 * 60_000)],
  ])('is refused: %s with %i', async (_name, status, made) => {
    const refused = await receive(made()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ status });
    expect(heard).toEqual([]);
  });

  it('is everything but robot messages where no token is set', async () => {
    const { token, aesKey, ...config } = emulator.webhookConfig;
    await expect(receive(card(), config)).rejects.toMatchObject({ status: 401 });
    await expect(receive(event(), config)).rejects.toMatchObject({ status: 401 });
    expect([token, aesKey].every(Boolean)).toBe(true);
  });
});
