import type { InboundEvent } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import { localPorts } from '../../tests/support/ports';
import type { Deliver, WebhookCall } from '../channel';
import { type LarkEmulator, startLarkEmulator } from './emulator';
import { createLark, type LarkConfig } from './index';

let emulator: LarkEmulator;
let heard: InboundEvent[];
const NOW = Date.now();
const HOUR = 3_600_000;

beforeAll(async () => {
  emulator = await startLarkEmulator();
});
afterAll(() => emulator.close());
beforeEach(() => {
  heard = [];
});

const signed = (event: unknown, at = NOW): WebhookCall => ({ method: 'POST', query: {}, now: NOW, ...emulator.webhookBody(event, at) });
const receive = (call: WebhookCall, config: LarkConfig = emulator.config) => createLark().receive!(config, call, hear, localPorts());
const hear: Deliver = async (event) => {
  heard.push(event);
  return { fresh: true, toast: { en: 'Done', zh: '好' } };
};
const message = () => emulator.events.message({ chatId: 'oc_1', text: 'hello', chatType: 'group' }).event;
const changed = (event: object, header: object) => ({ ...event, header: { ...(event as { header: object }).header, ...header } });
const challenge = { challenge: 'ajls384', token: 'emulated-verification-token', type: 'url_verification' };
const without = ({ headers, ...call }: WebhookCall, ...names: readonly string[]): WebhookCall => ({
  ...call,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
});
const SIGNATURE = ['x-lark-signature', 'x-lark-request-timestamp', 'x-lark-request-nonce'];

describe('the webhook', () => {
  it('delivers a signed event', async () => {
    expect(await receive(signed(message()))).toMatchObject({ status: 200 });
    expect(heard).toMatchObject([{ kind: 'message', text: 'hello', forBot: true }]);
  });

  it('takes the same bytes again', async () => {
    const call = signed(message());
    await receive(call);
    await receive(call);
    expect(heard[0]!.id).toBe(heard[1]!.id);
  });

  it('answers a button press with a toast', async () => {
    const messageId = emulator.say({ chatId: 'oc_1', text: 'x', redeliver: false });
    const action = emulator.events.action({ messageId, value: { action: 'stop', turnId: 't' } });
    const { body } = await receive(signed(action));
    expect(JSON.parse(body!)).toMatchObject({ toast: { content: 'Done', i18n: { zh_cn: '好' } } });
    expect(heard).toMatchObject([{ kind: 'action', action: 'stop', target: 't' }]);
  });

  it.each([
    ['signed', signedChallenge],
    ['unsigned, as some consoles send it', () => without(signedChallenge(), ...SIGNATURE)],
  ])('answers the challenge (%s)', async (_, call) => {
    expect(JSON.parse((await receive(call())).body!)).toEqual({ challenge: 'ajls384' });
  });

  it('takes an event that was on its way for 23 hours', async () => {
    await receive(signed(message(), NOW - 23 * HOUR));
    expect(heard).toHaveLength(1);
  });

  it('reads the bytes as they came, whatever their white space', async () => {
    const { body } = emulator.webhookBody(message(), NOW);
    const spaced = Buffer.from(`  ${body.toString('utf8').replace(':', ' :  ')}\n`);
    const call = signedBytes(spaced);
    await receive(call);
    expect(heard).toHaveLength(1);
  });

  it.each<[string, number, () => WebhookCall]>([
    ['unsigned', 401, () => without(signed(message()), ...SIGNATURE)],
    [
      'wrongly signed',
      401,
      () => ({ ...signed(message()), headers: { ...signed(message()).headers, 'x-lark-signature': 'a'.repeat(64) } }),
    ],
    ['signed for other bytes', 401, () => ({ ...signed(message()), body: signed(message()).body })],
    [
      'with a signature of another length',
      401,
      () => ({ ...signed(message()), headers: { ...signed(message()).headers, 'x-lark-signature': '' } }),
    ],
    ['plain text, signed', 401, () => signedBytes(Buffer.from(JSON.stringify(message())))],
    ['a plain challenge', 401, () => ({ ...without(signed({}), ...SIGNATURE), body: Buffer.from(JSON.stringify(challenge)) })],
    ['with a wrong token', 401, () => signed(changed(message(), { token: 'wrong' }))],
    ['with no token', 401, () => signed(changed(message(), { token: undefined }))],
    ['for another app', 401, () => signed(changed(message(), { app_id: 'cli_ffffffffffffffff' }))],
    ['more than a day old', 401, () => signed(message(), NOW - 24 * HOUR - 2000)],
    ['more than 5 minutes ahead', 401, () => signed(message(), NOW + 5 * 60_000 + 2000)],
    ['a challenge with a wrong token', 401, () => signed({ ...challenge, token: 'wrong' })],
    ['no JSON, unsigned', 401, () => ({ ...without(signed({}), ...SIGNATURE), body: Buffer.from('{') })],
    ['no JSON, signed', 400, () => signedBytes(Buffer.from('{'))],
    ['no object', 400, () => signedBytes(Buffer.from('[1]'))],
    ['not to be decrypted', 400, () => signedBytes(Buffer.from('{"encrypt":"AAAA"}'))],
    ['empty', 401, () => ({ ...without(signed({}), ...SIGNATURE), body: Buffer.alloc(0) })],
    ['too large', 413, () => ({ ...signed(message()), body: Buffer.alloc(1024 * 1024 + 1) })],
  ])('refuses what is %s with %i', async (_, status, call) => {
    await expect(receive(call())).rejects.toMatchObject({ status });
    expect(heard).toEqual([]);
  });

  it('does not acknowledge what could not be kept', async () => {
    const unable: Deliver = async () => {
      throw new Error('the ledger is away');
    };
    const failing = createLark().receive!(emulator.config, signed(message()), unable, localPorts());
    await expect(failing).rejects.toThrow('the ledger is away');
  });

  it('keeps a press all the same: Lark sends none again', async () => {
    const messageId = emulator.say({ chatId: 'oc_1', text: 'x', redeliver: false });
    const press = signed(emulator.events.action({ messageId, value: { action: 'stop', turnId: 't' } }));
    let away = 2;
    const unable: Deliver = async (event) => {
      if (away-- > 0) throw new Error('the ledger is away');
      return hear(event);
    };
    const failing = createLark({ retryMs: 5 }).receive!(emulator.config, press, unable, localPorts());
    await expect(failing).rejects.toThrow('the ledger is away');
    await eventually(() => heard.length === 1);
    expect(heard).toMatchObject([{ kind: 'action', target: 't' }]);
  });

  it('delivers while Lark does not say who our bot is', async () => {
    const config = { ...emulator.config, domain: 'http://127.0.0.1:9' };
    await receive(signed(message()), config);
    expect(heard).toMatchObject([{ text: 'hello', forBot: true }]);
  });

  it('requires both keys', () => {
    const { config } = createLark().modes.find(({ name }) => name === 'webhook')!;
    const { encryptKey: _, verificationToken: __, ...rest } = emulator.config;
    expect(config.safeParse(rest).error?.issues.map(({ path }) => path.join())).toEqual(['encryptKey', 'verificationToken']);
    expect(config.safeParse({ ...emulator.config, encryptKey: '' }).success).toBe(false);
  });
});

function signedChallenge(): WebhookCall {
  return signed(challenge);
}

function signedBytes(body: Buffer): WebhookCall {
  return { method: 'POST', query: {}, now: NOW, ...emulator.signed(body, NOW) };
}
