import type { ReplyView } from '../../domain/answer';
import type { Address } from '../../domain/event';
import { localPorts } from '../../tests/support/ports';
import type { Messenger, ReplyRef, Save } from '../channel';
import { view } from '../contract';
import { startWecomHttpEmulator, type WecomHttpEmulator } from './emulator/http';
import { createWebhookMessenger } from './webhook-messenger';
import { type WebhookTimes, webhookTimes } from './webhook-times';

let emulator: WecomHttpEmulator;
let ports: ReturnType<typeof localPorts>;
let times: WebhookTimes;
let messenger: Messenger;
const save: Save = async () => undefined;
const ANN: Address = { chatId: 'ann', kind: 'private' };
let turns = 0;

beforeEach(async () => {
  emulator = await startWecomHttpEmulator();
  ports = localPorts();
  times = { ...webhookTimes, busyMs: 5, callTimeoutMs: 3000, now: emulator.now };
  messenger = another();
});
afterEach(() => emulator.close());

const another = (): Messenger => createWebhookMessenger(emulator.app, ports, times);
const begin = (to = ANN): Promise<ReplyRef> =>
  messenger.beginReply(to, { id: `turn-${turns++}`, epoch: 1 }, view('thinking', ''), undefined, save);
const answer = async (text: string, to = ANN, more: Partial<ReplyView> = {}): Promise<ReplyRef> =>
  messenger.finishReply(await begin(to), view('done', text, more), save);
const texts = (): readonly string[] => emulator.sent().map(({ text }) => text);
const long = (count: number): string => Array.from({ length: count }, (_, n) => `${n} ${'字'.repeat(20)}\n`).join('');

describe('an answer of an application', () => {
  it('comes in one piece at the end, and nothing before it', async () => {
    const reply = await begin();
    await messenger.updateReply(reply, () => view('streaming', 'half'), save);
    expect(emulator.sent()).toEqual([]);
    await messenger.finishReply(reply, view('done', 'whole', { footer: 'AI · 2 s' }), save);
    expect(emulator.sent()).toMatchObject([{ to: 'ann', type: 'markdown', text: 'whole\n\n> AI · 2 s' }]);
  });

  it('comes in numbered parts that WeCom does not cut', async () => {
    const text = long(100);
    await answer(text);
    const parts = texts();
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.map((part) => part.split('\n')[0])).toEqual(parts.map((_, index) => `(${index + 1}/${parts.length})`));
    expect(parts.map((part) => part.replace(/^.*\n/, '')).join('')).toBe(text);
    for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(2048);
    expect(emulator.violations()).toEqual([]);
  });

  it('brings what may be pressed as a card of its own', async () => {
    await answer('whole', ANN, { buttons: ['good', 'bad', 'regenerate', 'new'] });
    const keys = (emulator.sent()[1]!.content.button_list as { key: string }[]).map(({ key }) => key.split(':')[0]);
    expect(keys).toEqual(['good', 'bad', 'regenerate', 'new']);
  });

  it('says something where the expert said nothing, and why it failed', async () => {
    await answer('');
    const failed = view('failed', '', { reason: 'No luck.', reference: 'P-1' });
    await messenger.finishReply(await begin(), failed, save);
    expect(texts()).toEqual(['The expert had nothing to say.', '⚠️ This did not work · No luck. · Reference: P-1']);
  });

  it('goes on where a process died between its parts', async () => {
    const text = long(100);
    const reply = await begin();
    const stop = emulator.fault({ match: 'message/send', errcode: 45009 });
    await expect(messenger.finishReply(reply, view('done', text), save)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 60_000,
    });
    stop();
    ports = { ...localPorts(), memory: ports.memory };
    emulator.fault({ match: 'message/send', drop: true, after: true, times: 1 });
    for (const epoch of [2, 3]) {
      const taken = { ...reply, turn: { ...reply.turn, epoch } };
      await another()
        .finishReply(taken, view('done', text), save)
        .catch(() => undefined);
    }
    expect(
      texts()
        .map((part) => part.replace(/^.*\n/, ''))
        .join(''),
    ).toBe(text);
  });

  it('is not lost because the same was said a moment ago', async () => {
    await answer('Yes.');
    await answer('Yes.');
    expect(texts()).toEqual(['Yes.', 'Yes.']);
  });

  it('is not told twice when the answer of WeCom is lost', async () => {
    const reply = await begin();
    emulator.fault({ match: 'message/send', drop: true, after: true, times: 1 });
    await expect(messenger.finishReply(reply, view('done', 'once'), save)).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    await messenger.finishReply(reply, view('done', 'once'), save);
    expect(texts()).toEqual(['once']);
  });

  it.each([
    ['to a stranger', 81013],
    ['without permission', 48002],
    ['from an address that is not trusted', 60020],
    ['to somebody outside its range', 50002],
  ])('is undeliverable %s', async (_, errcode) => {
    emulator.fault({ match: 'message/send', errcode });
    await expect(answer('x')).rejects.toMatchObject({ code: 'forbidden', retryable: false });
  });

  it('is undeliverable when WeCom takes it, but not for this person', async () => {
    emulator.stranger('ann');
    await expect(answer('x')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(answer('x', { ...ANN, chatId: 'bob|ann' })).resolves.toBeDefined();
    expect(emulator.sent()).toMatchObject([{ to: 'bob' }]);
  });
});

describe('what WeCom takes for one person', () => {
  it('is 30 messages a minute; the rest waits instead of being dropped', async () => {
    for (let n = 0; n < 30; n++) await messenger.say(ANN, `Notice ${n}`, `key-${n}`);
    emulator.advance(20_000);
    const wait = messenger.say(ANN, 'One more', 'key-30');
    await expect(wait).rejects.toMatchObject({ code: 'rate_limited', retryable: true });
    const { retryAfterMs } = (await wait.catch((error: unknown) => error)) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(35_000);
    expect(retryAfterMs).toBeLessThanOrEqual(45_000);
    await messenger.say({ ...ANN, chatId: 'bob' }, 'Others are free', 'key-31');
    emulator.advance(retryAfterMs);
    await another().say(ANN, 'One more', 'key-30');
    expect(texts()).toHaveLength(32);
    expect(emulator.violations()).toEqual([]);
  });

  it('is 1000 messages an hour', async () => {
    const minute = Math.floor(emulator.now() / 60_000);
    const minutes = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [String(minute - 3 - n), 20]));
    await ports.memory.put('member/ann', { recent: [], minutes });
    await expect(messenger.say(ANN, 'x', 'k')).rejects.toMatchObject({ code: 'rate_limited' });
    emulator.advance(20 * 60_000);
    await messenger.say(ANN, 'x', 'k');
    expect(texts()).toEqual(['x']);
  });
});

describe('the token', () => {
  it('is asked for once and kept', async () => {
    await Promise.all([messenger.say(ANN, 'a', '1'), messenger.say({ ...ANN, chatId: 'bob' }, 'b', '2')]);
    await messenger.say(ANN, 'c', '3');
    expect(emulator.calls('gettoken')).toHaveLength(1);
  });

  it.each([42001, 40014, 41001])('is renewed once when it is refused with %i', async (errcode) => {
    await messenger.say(ANN, 'a', '1');
    emulator.fault({ match: 'message/send', errcode, times: 1 });
    await messenger.say(ANN, 'b', '2');
    expect([texts(), emulator.calls('gettoken').length]).toEqual([['a', 'b'], 2]);
    emulator.fault({ match: 'message/send', errcode });
    await expect(messenger.say(ANN, 'c', '3')).rejects.toMatchObject({ code: 'server_error', retryable: true });
    expect(emulator.calls('gettoken')).toHaveLength(3);
  });

  it('is renewed when it was revoked early', async () => {
    await messenger.say(ANN, 'a', '1');
    emulator.expireTokens();
    await messenger.say(ANN, 'b', '2');
    expect(texts()).toEqual(['a', 'b']);
  });

  it('is never told in errors', async () => {
    await messenger.say(ANN, 'a', '1');
    emulator.fault({ match: 'message/send', drop: true });
    const error = await messenger.say(ANN, 'words', '2').catch((reason: unknown) => reason);
    expect(`${error}${JSON.stringify(error)}`).not.toMatch(/token|words|127\.0\.0\.1/);
  });
});

describe('a call that fails', () => {
  it.each([-1, 6000, 45033])('with %i is tried again at once, three times in all', async (errcode) => {
    emulator.fault({ match: 'message/send', errcode, times: 2 });
    await messenger.say(ANN, 'x', 'k');
    emulator.fault({ match: 'message/send', errcode });
    await expect(messenger.say(ANN, 'y', 'l')).rejects.toMatchObject({ code: 'server_error', retryable: true });
    expect(emulator.calls('message/send')).toHaveLength(6);
  });

  it.each([
    ['an error page', { status: 502 }, 'server_error', true],
    ['no answer', { timeout: true }, 'timeout', true],
    ['too many calls', { errcode: 45009 }, 'rate_limited', true],
    ['blocked content', { errcode: 40201 }, 'refused', false],
    ['a wrong parameter', { errcode: 40058 }, 'refused', false],
  ])('with %s says so', async (_, fault, code, retryable) => {
    await messenger.say(ANN, 'first', 'k');
    if ('timeout' in fault) messenger = createWebhookMessenger(emulator.app, ports, { ...times, callTimeoutMs: 600 });
    emulator.fault({ match: 'message/send', ...fault });
    await expect(messenger.say(ANN, 'x', 'l')).rejects.toMatchObject({ code, retryable });
  });

  it('with a wrong secret says so', async () => {
    const wrong = createWebhookMessenger({ ...emulator.app, corpSecret: 'wrong' }, ports, times);
    await expect(wrong.say(ANN, 'x', 'k')).rejects.toMatchObject({ code: 'bad_credentials', retryable: false });
  });
});

describe('files', () => {
  const bytes = Buffer.from('%PDF-1.7 …');

  it('are fetched by their media id', async () => {
    const ref = emulator.putMedia(bytes, '报告.pdf', 'application/pdf');
    expect(await messenger.fetchFile!({ kind: 'file', ref }, ANN, 1000)).toEqual({ bytes, mime: 'application/pdf', name: '报告.pdf' });
    emulator.expireTokens();
    expect((await messenger.fetchFile!({ kind: 'file', ref }, ANN, 1000)).bytes).toEqual(bytes);
    await expect(messenger.fetchFile!({ kind: 'file', ref }, ANN, 3)).rejects.toMatchObject({ code: 'too_large' });
    await expect(messenger.fetchFile!({ kind: 'file', ref: 'none' }, ANN, 1000)).rejects.toMatchObject({ code: 'gone' });
  });

  it('are sent, once for each key', async () => {
    const file = { kind: 'file', name: 'report.pdf', mime: 'application/pdf', bytes } as const;
    await messenger.sendFile!(ANN, file, 'file-1');
    await messenger.sendFile!(ANN, file, 'file-1');
    expect(emulator.sent()).toMatchObject([{ to: 'ann', type: 'file' }]);
    const sent = emulator.readMedia(String(emulator.sent()[0]!.content.media_id));
    expect(sent).toMatchObject({ bytes, name: 'report.pdf' });
    const video = { ...file, bytes: Buffer.alloc(20 * 1024 * 1024 + 1) };
    await expect(messenger.sendFile!(ANN, video, 'file-2')).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    ['a small PNG', 'image/png', 10, 'image'],
    ['a large PNG', 'image/png', 10 * 1024 * 1024 + 1, 'file'],
    ['a drawing', 'image/svg+xml', 10, 'file'],
    ['a WebP picture', 'image/webp', 10, 'file'],
  ])('of pictures are sent as WeCom takes them: %s (%s, %i bytes) as %s', async (_, mime, size, type) => {
    await messenger.sendFile!(ANN, { kind: 'image', name: 'picture', mime, bytes: Buffer.alloc(size, 1) }, 'picture');
    expect(emulator.sent()).toMatchObject([{ type }]);
  });
});
