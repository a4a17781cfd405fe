import * as sdk from '@larksuiteoapi/node-sdk';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, trace: () => undefined };
const emulators: LarkEmulator[] = [];
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.close();
});

/** The official client on an emulator; refusals become their codes. */
async function platform(options: LarkEmulatorOptions = {}) {
  const emulator = await startLarkEmulator(options);
  emulators.push(emulator);
  const tokens = new Map<string, unknown>();
  const cache = {
    get: async (key: string | symbol) => tokens.get(String(key)),
    set: async (key: string | symbol, value: unknown) => !!tokens.set(String(key), value),
  };
  const client = new sdk.Client({ ...emulator.config, logger: silent, cache: cache as unknown as sdk.Cache });
  return { emulator, client, forget: () => tokens.clear() };
}

type Client = sdk.Client;
const code = (call: Promise<{ code?: number | undefined }>): Promise<number | undefined> =>
  call.then(
    (answer) => answer.code,
    (error: { response?: { data?: { code?: number } } }) => error.response?.data?.code,
  );
const json = (content = '', streaming = true): string =>
  JSON.stringify({
    schema: '2.0',
    config: { streaming_mode: streaming, update_multi: true },
    body: { elements: [{ tag: 'markdown', element_id: 'answer', content }] },
  });
const create = async (client: Client, data = json()): Promise<string> =>
  (await client.cardkit.v1.card.create({ data: { type: 'card_json', data } })).data!.card_id!;
const write = (client: Client, card: string, content: string, sequence: number) =>
  code(client.cardkit.v1.cardElement.content({ path: { card_id: card, element_id: 'answer' }, data: { content, sequence } }));
const post = (client: Client, content: string, type = 'text', uuid?: string) =>
  client.im.v1.message.create({
    params: { receive_id_type: 'chat_id' },
    data: { receive_id: 'oc_1', msg_type: type, content, ...(uuid ? { uuid } : {}) },
  });
const entity = (card: string): string => JSON.stringify({ type: 'card', data: { card_id: card } });

describe('the emulated Lark, to the official client', () => {
  it('sends a message once for one uuid', async () => {
    const { emulator, client } = await platform();
    const first = await post(client, '{"text":"hi"}', 'text', 'u');
    const second = await post(client, '{"text":"hi"}', 'text', 'u');
    expect(second.data!.message_id).toBe(first.data!.message_id);
    expect(emulator.messages()).toMatchObject([{ text: 'hi', uuid: 'u' }]);
  });

  it('lets a card grow with rising sequences only, sent once', async () => {
    const { emulator, client } = await platform();
    const card = await create(client);
    await post(client, entity(card), 'interactive');
    expect(await write(client, card, 'a', 5)).toBe(0);
    expect(await write(client, card, 'b', 5)).toBe(300317);
    expect(await write(client, card, '', 6)).toBe(10002);
    expect(await code(post(client, entity(card), 'interactive'))).toBe(230099);
    expect(emulator.cards()).toMatchObject([{ text: 'a', streaming: true, cardId: card }]);
    expect(await write(client, 'unknown', 'a', 1)).toBe(200740);
  });

  it('ends streaming by settings, by replacing and by itself', async () => {
    const { client } = await platform({ streamingCapMs: 60, limits: 'off' });
    const settings = (card: string, on: boolean, sequence: number) =>
      code(
        client.cardkit.v1.card.settings({
          path: { card_id: card },
          data: { settings: JSON.stringify({ config: { streaming_mode: on } }), sequence },
        }),
      );
    const card = await create(client);
    expect(await settings(card, false, 1)).toBe(0);
    expect(await write(client, card, 'a', 2)).toBe(300309);
    expect(await settings(card, true, 3)).toBe(0);
    expect(await write(client, card, 'a', 4)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 70));
    expect(await write(client, card, 'ab', 5)).toBe(200850);
    expect(
      await code(
        client.cardkit.v1.card.update({
          path: { card_id: card },
          data: { card: { type: 'card_json', data: json('x', false) }, sequence: 6 },
        }),
      ),
    ).toBe(0);
    expect(await write(client, card, 'xy', 7)).toBe(300309);
  });

  it('changes elements in batches, all or none', async () => {
    const { emulator, client } = await platform();
    const card = await create(client);
    await post(client, entity(card), 'interactive');
    const batch = (actions: unknown, sequence: number) =>
      code(client.cardkit.v1.card.batchUpdate({ path: { card_id: card }, data: { actions: JSON.stringify(actions), sequence } }));
    const change = { action: 'partial_update_element', params: { element_id: 'answer', partial_element: { content: 'changed' } } };
    expect(await batch([change, { action: 'delete_elements', params: { element_ids: ['nobody'] } }], 1)).toBe(300313);
    expect(emulator.cards()[0]!.text).toBe('');
    const add = { action: 'add_elements', params: { type: 'append', elements: [{ tag: 'markdown', element_id: 'status', content: 's' }] } };
    expect(await batch([change, add], 2)).toBe(0);
    expect(emulator.cards()[0]).toMatchObject({ text: 'changed', status: 's' });
  });

  it('keeps its limits and tells of every call beyond them', async () => {
    const { emulator, client } = await platform({ limits: { perCardPerSecond: 3, perApiPerSecond: 6 } });
    const card = await create(client);
    const codes = [];
    for (let sequence = 1; sequence <= 5; sequence++) codes.push(await write(client, card, 'x', sequence));
    expect(codes).toEqual([0, 0, 0, 99991400, 99991400]);
    expect(emulator.violations()).toMatchObject([{ limit: 'card' }, { limit: 'card' }]);
    expect(await code(client.cardkit.v1.card.create({ data: { type: 'card_json', data: json('x'.repeat(31_000)) } }))).toBe(200860);
  });

  it('keeps the limits of a chat and of a minute too', async () => {
    const { emulator, client } = await platform({ limits: { perChatPerSecond: 2, perApiPerMinute: 3 } });
    const codes = [];
    for (let n = 0; n < 4; n++) codes.push(await code(post(client, '{"text":"hi"}')));
    expect(codes).toEqual([0, 0, 230020, 99991400]);
    expect(emulator.violations()).toMatchObject([{ limit: 'chat' }, { limit: 'minute' }]);
  });

  it('refuses old tokens and wrong secrets', async () => {
    const { emulator, client, forget } = await platform();
    await create(client);
    emulator.expireTokens();
    expect(await code(post(client, '{"text":"hi"}'))).toBe(99991663);
    forget();
    expect(await code(post(client, '{"text":"hi"}'))).toBe(0);
    const wrong = new sdk.Client({
      ...emulator.config,
      appSecret: 'wrong',
      logger: silent,
      cache: { get: async () => undefined, set: async () => true },
    });
    await expect(create(wrong)).rejects.toThrow(/10014/);
  });

  it('fails as it is told to, for as long as it is told to', async () => {
    const { emulator, client } = await platform();
    emulator.fault({ match: 'message.send', code: 230002, times: 1 });
    expect(await code(post(client, '{"text":"hi"}'))).toBe(230002);
    const end = emulator.fault({ match: 'message', status: 503, after: true });
    await code(post(client, '{"text":"hi"}'));
    end();
    expect(await code(post(client, '{"text":"hi"}'))).toBe(0);
    expect(emulator.messages()).toHaveLength(2);
  });

  it('holds hundreds of cards', async () => {
    const { emulator, client } = await platform({ limits: 'off' });
    const cards = await Promise.all(Array.from({ length: 100 }, () => create(client)));
    await Promise.all(cards.map((card) => post(client, entity(card), 'interactive')));
    await Promise.all(cards.map((card, index) => write(client, card, `text ${index}`, 1)));
    expect(new Set(emulator.cards().map(({ text }) => text)).size).toBe(100);
  }, 20_000);
});
