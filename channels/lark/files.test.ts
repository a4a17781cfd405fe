import type { Address, InboundEvent } from '../../domain/event';
import { quietLink } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import { type LarkEmulator, startLarkEmulator } from './emulator';
import { inbound } from './inbound';
import { createLark } from './index';

const emulators: LarkEmulator[] = [];
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.close();
});

async function scene() {
  const emulator = await startLarkEmulator();
  emulators.push(emulator);
  const ports = localPorts();
  return { emulator, ports, messenger: createLark({ callTimeoutMs: 1000 }).messenger(emulator.config, ports) };
}

const to: Address = { chatId: 'oc_1', kind: 'private' };
const file = { bytes: Buffer.alloc(200_000, 'x'), mime: 'application/pdf', name: '报告 1.pdf' };

/** Somebody sends a file; what we read of it. */
function sent(emulator: LarkEmulator) {
  const content = { file_key: 'file_1', file_name: file.name };
  const { event, messageId } = emulator.events.message({ ...to, text: '', messageType: 'file', content, files: { file_1: file } });
  return { messageId, attachment: inbound(event, undefined)!.attachments[0]! };
}

describe('a file that somebody sent', () => {
  it('is read with its type and name', async () => {
    const { emulator, messenger, ports } = await scene();
    const { attachment } = sent(emulator);
    expect(await messenger.fetchFile!(attachment, to, 1_000_000)).toEqual(file);
    expect(ports.results).toEqual(['ok']);
  });

  it('is read with a new token when the old one is refused', async () => {
    const { emulator, messenger } = await scene();
    const { attachment } = sent(emulator);
    await messenger.owners!({ ...to, kind: 'group' });
    emulator.expireTokens();
    expect((await messenger.fetchFile!(attachment, to, 1_000_000)).bytes.length).toBe(200_000);
  });

  it('is left alone when it is too large, however little Lark says of its size', async () => {
    const { emulator, messenger } = await scene();
    await expect(messenger.fetchFile!(sent(emulator).attachment, to, 100_000)).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    [234003, 'gone', false],
    [234043, 'gone', false],
    [234009, 'forbidden', false],
    [234037, 'too_large', false],
    [2200, 'server_error', true],
  ])('is refused with %i: %s', async (code, expected, retryable) => {
    const { emulator, messenger } = await scene();
    const { attachment } = sent(emulator);
    emulator.fault({ match: 'file.get', code });
    await expect(messenger.fetchFile!(attachment, to, 1_000_000)).rejects.toMatchObject({ code: expected, retryable });
  });

  it('is gone with its message, and never was for a sticker', async () => {
    const { emulator, messenger } = await scene();
    const { attachment, messageId } = sent(emulator);
    emulator.recall(messageId);
    await expect(messenger.fetchFile!(attachment, to, 1_000_000)).rejects.toMatchObject({ code: 'gone' });
    await expect(messenger.fetchFile!({ kind: 'sticker', ref: '' }, to, 1)).rejects.toMatchObject({ code: 'gone' });
  });

  it('waits when there were too many calls', async () => {
    const { emulator, messenger, ports } = await scene();
    const { attachment } = sent(emulator);
    emulator.fault({ match: 'file.get', code: 99991400, resetSeconds: 0.05, times: 1 });
    await messenger.fetchFile!(attachment, to, 1_000_000);
    expect(ports.results).toEqual(['rate_limited', 'ok']);
  });
});

describe('a file of an answer', () => {
  const picture = { kind: 'image', name: 'a.png', mime: 'image/png', bytes: Buffer.from('picture') } as const;
  const report = { kind: 'file', name: '报告.docx', mime: 'application/octet-stream', bytes: Buffer.from('words') } as const;

  it('is uploaded and sent under the question, once for one key', async () => {
    const { emulator, messenger } = await scene();
    const question = emulator.events.message({ ...to, text: 'draw' }).messageId;
    const under = { ...to, replyTo: question };
    for (const key of ['1', '1']) await messenger.sendFile!(under, picture, key);
    await messenger.sendFile!(under, report, '2');
    expect(emulator.messages()).toMatchObject([
      { type: 'image', replyTo: question, file: { bytes: picture.bytes } },
      { type: 'file', replyTo: question, file: { bytes: report.bytes, name: report.name } },
    ]);
  });

  it('goes as a file when Lark would not show it as a picture', async () => {
    const { emulator, messenger } = await scene();
    await messenger.sendFile!(to, { ...picture, name: 'a.svg', mime: 'image/svg+xml' }, '1');
    await messenger.sendFile!(to, { ...picture, bytes: Buffer.alloc(11 * 2 ** 20) }, '2');
    expect(emulator.messages().map(({ type }) => type)).toEqual(['file', 'file']);
  });

  it('is refused at once when it is too large or empty', async () => {
    const { emulator, messenger } = await scene();
    const large = { ...report, bytes: Buffer.alloc(31 * 2 ** 20) };
    await expect(messenger.sendFile!(to, large, '1')).rejects.toMatchObject({ code: 'too_large', retryable: false });
    await expect(messenger.sendFile!(to, { ...report, bytes: Buffer.alloc(0) }, '1')).rejects.toMatchObject({ code: 'refused' });
    expect(emulator.calls()).toEqual([]);
  });
});

describe('the sign of "received"', () => {
  it('is put on the question', async () => {
    const { emulator, messenger } = await scene();
    const { messageId: replyTo } = emulator.events.message({ ...to, text: 'hi' });
    await messenger.react!({ ...to, replyTo });
    await messenger.react!(to);
    expect(emulator.reactions(replyTo)).toEqual(['OnIt']);
  });

  it('is another where the first is unknown, and fails for a message that is gone', async () => {
    const { emulator, messenger } = await scene();
    const { messageId: replyTo } = emulator.events.message({ ...to, text: 'hi' });
    emulator.fault({ match: 'reaction', code: 231001, times: 1 });
    await messenger.react!({ ...to, replyTo });
    expect(emulator.reactions(replyTo)).toEqual(['OK']);
    await expect(messenger.react!({ ...to, replyTo: 'om_unknown' })).rejects.toMatchObject({ code: 'gone' });
  });
});

describe("a chat's history", () => {
  it('gives what people wrote as the events that would have come', async () => {
    const { emulator, messenger } = await scene();
    const since = Date.now() - 5000;
    const say = (text: string, more: object = {}) =>
      emulator.events.message({ chatId: 'oc_g', text, chatType: 'group', createTime: since + 1000, ...more });
    say('too old', { createTime: since - 60_000 });
    const asked = say('what is this?', { content: { text: '@_user_1 what is this?' } });
    const answered = say('and that?', { parentId: asked.messageId, createTime: since + 2000 });
    const among = say('lunch?', { mentionsBot: false, createTime: since + 3000 });
    emulator.recall(say('never mind', { createTime: since + 3500 }).messageId);
    await messenger.say({ chatId: 'oc_g', kind: 'group' }, 'a notice of ours', 'k');
    const found = await messenger.missed!({ chatId: 'oc_g', kind: 'group' }, since);
    const pushed = [asked, answered, among].map(({ event }) => inbound(event, emulator.botOpenId)!);
    expect(found).toEqual(
      pushed.map((event) => (event.quote ? { ...event, quote: { ...event.quote, text: '@Parley what is this?' } } : event)),
    );
  });

  it('brings the file of a quoted message too', async () => {
    const { emulator, messenger } = await scene();
    const { messageId, attachment } = sent(emulator);
    emulator.events.message({ ...to, text: 'sum it up', parentId: messageId });
    expect((await messenger.missed!(to, Date.now() - 5000)).at(-1)).toMatchObject({ text: 'sum it up', attachments: [attachment] });
  });

  it('tells people of another company, as events do', async () => {
    const { emulator, ports, messenger } = await scene();
    const heard: InboundEvent[] = [];
    const { event } = emulator.events.message({ ...to, text: 'from outside', tenantKey: 'another' });
    emulator.events.message({ ...to, text: 'from inside' });
    const call = { method: 'POST' as const, query: {}, now: Date.now(), ...emulator.webhookBody(event) };
    await createLark().receive!(emulator.config, call, async (read) => ({ fresh: heard.push(read) > 0 }), ports);
    expect(heard[0]!.sender).toEqual({ id: 'ou_person', external: true });
    const found = await messenger.missed!(to, Date.now() - 5000);
    expect(found.map(({ sender }) => sender)).toEqual([heard[0]!.sender, { id: 'ou_person' }]);
  });

  it('reads page after page, but not for ever', async () => {
    const { emulator, messenger } = await scene();
    for (let n = 0; n < 230; n++) emulator.events.message({ ...to, text: `${n}`, createTime: Date.now() + n });
    const found = await messenger.missed!(to, Date.now() - 5000);
    expect(found.map(({ text }) => text)).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`));
    expect(found[0]).toMatchObject({ forBot: true, address: { kind: 'private' } });
  });

  it('of a thread is read from its end', async () => {
    const { emulator, messenger } = await scene();
    const inThread = (text: string, createTime: number) =>
      emulator.events.message({ chatId: 'oc_g', text, chatType: 'group', threadId: 'omt_1', createTime });
    inThread('old', Date.now() - 100_000);
    inThread('one', Date.now() - 2000);
    inThread('two', Date.now() - 1000);
    const found = await messenger.missed!({ chatId: 'oc_g', kind: 'group', threadId: 'omt_1' }, Date.now() - 5000);
    expect(found.map(({ text, address }) => [text, address.threadId])).toEqual([
      ['one', 'omt_1'],
      ['two', 'omt_1'],
    ]);
  });
});

describe('the test of an integration', () => {
  it('says whether the app may send messages, as far as Lark tells', async () => {
    const messages = async (emulator: LarkEmulator) => {
      const { ok, checks } = await createLark().probe(emulator.config, 'webhook');
      return { whole: ok, ...checks.find(({ name }) => name === 'messages')! };
    };
    const { emulator } = await scene();
    expect(await messages(emulator)).toMatchObject({ whole: true, ok: true, detail: 'The app may send messages.' });
    emulator.fault({ match: 'scopes', code: 99991672 });
    expect(await messages(emulator)).toMatchObject({ whole: true, ok: true, detail: expect.stringContaining('does not tell') });
    const mute = await startLarkEmulator({ scopes: ['cardkit:card:write'] });
    emulators.push(mute);
    expect(await messages(mute)).toMatchObject({ whole: false, ok: false, mend: expect.stringContaining('im:message') });
  });

  it('tells how many programs share the app, which is no reason to fail', async () => {
    const { emulator } = await scene();
    const ends = [new AbortController(), new AbortController()];
    const links = ends.map(({ signal }) =>
      createLark().listen!(emulator.config, async () => ({ fresh: true }), quietLink, signal, localPorts()),
    );
    while (emulator.connections() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const { ok, checks } = await createLark().probe(emulator.config, 'long_connection');
    expect(ok).toBe(true);
    expect(checks.find(({ name }) => name === 'instances')).toMatchObject({
      ok: false,
      detail: '2 long connections are open for this app.',
    });
    for (const end of ends) end.abort();
    await Promise.all(links);
    emulator.fault({ match: 'connection.count', code: 99991672 });
    expect((await createLark().probe(emulator.config, 'long_connection')).checks.map(({ name }) => name)).not.toContain('instances');
  });
});
