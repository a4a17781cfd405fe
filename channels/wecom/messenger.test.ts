import { eventually } from '../../tests/support/eventually';
import { localPorts } from '../../tests/support/ports';
import type { Budget } from '../channel';
import { view } from '../contract';
import { createWecom } from './index';
import { contents, done, lines, MOST, scene, TIMES, TURN } from './messenger.scene';

describe('a reply as a stream', () => {
  it("shows WeCom's own sign of thinking, grows, and ends; the stream carries the turn's id", async () => {
    const { emulator, holder, begin, save } = await scene();
    let reply = await begin();
    reply = await holder.messenger.updateReply(reply, () => view('streaming', 'Hello'), save);
    await holder.messenger.finishReply(reply, done('Hello.'), save);
    const [stream] = emulator.messages();
    expect(stream).toMatchObject({ streamId: TURN, feedbackId: TURN, finished: true });
    expect(stream!.frames!.map(({ content, finish }) => [content, finish])).toEqual([
      ['<think></think>', false],
      ['Hello', false],
      ['Hello.', true],
    ]);
  });

  it('says how long it has been thinking, in steps of ten seconds', async () => {
    const { emulator, holder, begin, save } = await scene();
    let reply = await begin();
    for (const seconds of [9.9, 10, 29]) reply = await holder.messenger.updateReply(reply, () => view('thinking', '', { seconds }), save);
    const recovering = view('recovering', 'Hello', { seconds: 41, language: 'zh' });
    await holder.messenger.updateReply(reply, () => recovering, save);
    expect(emulator.messages()[0]!.frames!.map(({ content }) => content)).toEqual([
      ...['<think></think>', '<think></think>', '💭 Thinking… · 10 s', '💭 Thinking… · 20 s'],
      'Hello\n\n🔄 正在恢复，请稍候… · 40 秒',
    ]);
  });

  it('folds thoughts and steps away, and puts the footer last', async () => {
    const { emulator, holder, begin, save } = await scene();
    const reply = await begin();
    const steps = [{ id: '1', title: 'Search', status: 'done', seconds: 1.2 }] as const;
    await holder.messenger.finishReply(reply, done('Hello.', { reasoning: 'Hm.', steps, footer: 'AI · 2 s' }), save);
    expect(contents(emulator)).toEqual(['<think>\nHm.\n✓ Search (1.2 s)\n</think>\nHello.\n\n> AI · 2 s']);
  });

  it('shows its place while it waits, and why it failed', async () => {
    const { emulator, holder, question, save } = await scene();
    const queued = view('queued', '', { queuePlace: 2, messages: 3 });
    const reply = await holder.messenger.beginReply(question.address, { id: TURN, epoch: 1 }, queued, undefined, save);
    expect(contents(emulator)).toEqual(['⏳ Waiting in line · number 2 · 3 messages']);
    await holder.messenger.finishReply(reply, view('failed', '', { reason: 'Try later.', reference: 'P-1' }), save);
    expect(contents(emulator)).toEqual(['⚠️ This did not work · Try later. · Reference: P-1']);
  });

  it('says that an expert said nothing', async () => {
    const { emulator, holder, begin, save } = await scene();
    await holder.messenger.finishReply(await begin(), done(''), save);
    expect(contents(emulator)).toEqual(['The expert had nothing to say.']);
  });

  it('offers buttons at the end, in private only; thumbs are WeCom’s own', async () => {
    const { emulator, holder, ask, begin, save } = await scene();
    const buttons = ['good', 'bad', 'regenerate', 'new'] as const;
    await holder.messenger.updateReply(await begin(), () => view('streaming', 'x', { buttons: ['stop'] }), save);
    expect(emulator.messages()[0]!.card).toBeUndefined();
    await holder.messenger.finishReply(await begin(), done('Hello.', { buttons }), save);
    const keys = (emulator.messages()[0]!.card!.button_list as { key: string }[]).map(({ key }) => key);
    expect(keys).toEqual([`regenerate:${TURN}`, `new:${TURN}`]);
    const inGroup = await ask('@Bot why?', 'group1');
    const reply = await holder.messenger.beginReply(inGroup.address, { id: 'turn-2', epoch: 1 }, view('thinking', ''), undefined, save);
    await holder.messenger.finishReply(reply, done('Hello.', { buttons }), save);
    expect(emulator.messages('group1')[0]).toMatchObject({ finished: true, content: 'Hello.' });
    expect(emulator.messages('group1')[0]!.card).toBeUndefined();
    expect(emulator.violations()).toEqual([]);
  });

  it('sends the same end again when it is not acknowledged, with its card once', async () => {
    const { emulator, holder, begin, save, saved } = await scene();
    const reply = await begin();
    emulator.fault({ match: 'respond_msg', timeout: true, after: true, times: 1 });
    const end = done('Hello.', { buttons: ['new'] });
    await expect(holder.messenger.finishReply(reply, end, save)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await holder.messenger.finishReply(saved(), end, save);
    expect(emulator.replies()).toMatchObject([{ text: 'Hello.', closed: true }]);
    expect(emulator.violations()).toEqual([]);
  });

  it('does not take a late acknowledgement for that of the next frame', async () => {
    const { emulator, holder, begin, save } = await scene({}, { ackTimeoutMs: 50, lateAckMs: 500 });
    const reply = await begin();
    emulator.fault({ match: 'respond_msg', lateMs: 150, times: 1 });
    const frame = holder.messenger.updateReply(reply, () => view('streaming', 'Hello'), save);
    await expect(frame).rejects.toMatchObject({ code: 'timeout' });
    emulator.fault({ match: 'respond_msg', errcode: 846607, times: 1 });
    await expect(holder.messenger.finishReply(reply, done('Hello.'), save)).rejects.toMatchObject({ code: 'rate_limited' });
  });
});

describe('limits', () => {
  it('asks the allowance of the chat once for each message, never for a frame', async () => {
    const asked: string[] = [];
    const budget = { take: async (api: string) => void asked.push(api), pause: async () => undefined };
    const { holder, begin, save } = await scene({}, {}, { budget });
    let reply = await begin();
    for (const text of ['a', 'ab', 'abc']) reply = await holder.messenger.updateReply(reply, () => view('streaming', text), save);
    await holder.messenger.finishReply(reply, done(lines(MOST * 1.5)), save);
    expect(asked).toEqual(['message/zhangsan', 'message/zhangsan']);
  });

  it('counts a stream once, also when others go on with it: it waits in line, then the answer begins', async () => {
    const asked: string[] = [];
    const budget = { take: async (api: string) => void asked.push(api), pause: async () => undefined };
    const { holder, question, save, saved } = await scene({}, {}, { budget });
    for (const [epoch, moment] of [
      view('queued', '', { queuePlace: 2 }),
      view('queued', '', { queuePlace: 1 }),
      view('thinking', ''),
    ].entries())
      await holder.messenger.beginReply(question.address, { id: TURN, epoch }, moment, epoch === 0 ? undefined : saved(), save);
    expect(asked).toHaveLength(1);
  });

  it('lets go of a place in the allowance when somebody newer writes: its moment is over', async () => {
    const waits: (AbortSignal | undefined)[] = [];
    const budget: Budget = {
      take: (_, __, ___, { signal } = {}) =>
        new Promise((resolve, reject) => {
          if (waits.push(signal) > 1) return resolve();
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      pause: async () => undefined,
    };
    const { emulator, holder, question, save, saved } = await scene({}, {}, { budget });
    const queued = view('queued', '', { queuePlace: 1 });
    const older = holder.messenger.beginReply(question.address, { id: TURN, epoch: 1 }, queued, undefined, save);
    const refused = expect(older).rejects.toMatchObject({ code: 'superseded' });
    await eventually(() => waits.length === 1);
    await holder.messenger.beginReply(question.address, { id: TURN, epoch: 2 }, view('thinking', ''), saved(), save);
    await refused;
    expect(contents(emulator)).toEqual(['<think></think>']);
  });

  it('tells how long WeCom wants to be left alone, and holds the chat back so long', async () => {
    const paused: number[] = [];
    const budget = { take: async () => undefined, pause: async (_: string, ms: number) => void paused.push(ms) };
    const { emulator, holder, ports, begin, save } = await scene({ limits: { perMinute: 1, perHour: 10 } }, {}, { budget });
    await holder.messenger.finishReply(await begin(), done('Hello.'), save);
    const said = holder.messenger.say({ chatId: 'zhangsan', kind: 'private' }, 'Notice', 'key');
    await expect(said).rejects.toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: 60_000 });
    expect(new Set(paused)).toEqual(new Set([60_000]));
    expect(ports.results.at(-1)).toBe('rate_limited');
    expect(emulator.violations()).toHaveLength(1);
  });
});

describe('speaking without a connection', () => {
  it('is refused for the moment', async () => {
    const { emulator } = await scene();
    const messenger = createWecom(TIMES).messenger(emulator.config, localPorts());
    const said = messenger.say({ chatId: 'zhangsan', kind: 'private' }, 'Notice', 'key');
    await expect(said).rejects.toMatchObject({ code: 'unreachable', retryable: true });
  });

  it('is lost to nobody: a bot that was removed is told as gone', async () => {
    const { emulator, holder, begin, save } = await scene();
    const reply = await begin();
    emulator.removeBot('zhangsan');
    await expect(holder.messenger.finishReply(reply, done('Hello.'), save)).rejects.toMatchObject({ code: 'gone', retryable: false });
  });
});

describe('notices and files', () => {
  const TO = { chatId: 'zhangsan', kind: 'private' } as const;

  it('never says a notice twice, even when nobody knows whether it arrived', async () => {
    const { emulator, holder } = await scene();
    emulator.fault({ match: 'send_msg', timeout: true, after: true, times: 1 });
    await expect(holder.messenger.say(TO, 'Notice', 'key')).rejects.toMatchObject({ code: 'timeout' });
    await holder.messenger.say(TO, 'Notice', 'key');
    expect(contents(emulator)).toEqual(['Notice']);
  });

  it('says again what must not be missed, with a word about it', async () => {
    const { emulator, holder } = await scene();
    emulator.fault({ match: 'send_msg', timeout: true, after: true, times: 1 });
    await expect(holder.messenger.say(TO, 'Answer', 'key', 'Perhaps again:')).rejects.toMatchObject({ code: 'timeout' });
    await holder.messenger.say(TO, 'Answer', 'key', 'Perhaps again:');
    await holder.messenger.say(TO, 'Answer', 'key', 'Perhaps again:');
    expect(contents(emulator)).toEqual(['Answer', 'Perhaps again:\n\nAnswer']);
  });

  it('says a notice again that was refused', async () => {
    const { emulator, holder } = await scene();
    emulator.fault({ match: 'send_msg', errcode: -1, times: 1 });
    await expect(holder.messenger.say(TO, 'Notice', 'key')).rejects.toMatchObject({ code: 'server_error' });
    await holder.messenger.say(TO, 'Notice', 'key');
    expect(contents(emulator)).toEqual(['Notice']);
  });

  it.each([
    ['image', 'image/png', 1000, 'image'],
    ['image', 'image/webp', 1000, 'file'],
    ['file', 'application/pdf', 1_200_000, 'file'],
  ] as const)('sends an %s of %s once', async (kind, mime, size, type) => {
    const { emulator, holder } = await scene();
    const bytes = Buffer.alloc(size, 7);
    for (let time = 0; time < 2; time++) await holder.messenger.sendFile!(TO, { kind, mime, name: 'a.bin', bytes }, 'key');
    expect(emulator.messages()).toMatchObject([{ type, media: { name: 'a.bin' } }]);
    expect(emulator.messages()[0]!.media!.bytes.equals(bytes)).toBe(true);
  });

  it('refuses a file that WeCom does not take', async () => {
    const { holder } = await scene();
    const file = { kind: 'file', mime: 'application/zip', name: 'a.zip', bytes: Buffer.alloc(20 * 1024 * 1024 + 1) } as const;
    await expect(holder.messenger.sendFile!(TO, file, 'key')).rejects.toMatchObject({ code: 'too_large' });
  });

  it('reads a file that somebody sent, within bounds and from WeCom alone', async () => {
    const { emulator, holder } = await scene();
    const bytes = Buffer.from('hello '.repeat(100));
    const media = emulator.addMedia(bytes, '计划.txt');
    const attached = (ref: object) => ({ kind: 'file' as const, ref: JSON.stringify(ref) });
    const fetch = (ref: object, most = 1000) => holder.messenger.fetchFile!(attached(ref), TO, most);
    expect(await fetch(media)).toEqual({ bytes, name: '计划.txt' });
    await expect(fetch(media, 599)).rejects.toMatchObject({ code: 'too_large' });
    await expect(fetch({ ...media, url: `${media.url}x` })).rejects.toMatchObject({ code: 'gone' });
    await expect(fetch({ ...media, aeskey: Buffer.alloc(32).toString('base64') })).rejects.toMatchObject({ code: 'refused' });
    await expect(fetch({ ...media, url: 'https://example.com/file' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(fetch({ ...media, url: 'http://169.254.169.254/' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(holder.messenger.fetchFile!({ kind: 'audio', ref: '' }, TO, 10)).rejects.toMatchObject({ code: 'gone' });
  });
});
