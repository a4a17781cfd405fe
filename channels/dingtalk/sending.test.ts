import type { Address } from '../../domain/event';
import { perhapsAgain, wholeAgain } from '../../domain/phrases';
import { localPorts } from '../../tests/support/ports';
import { view } from '../contract';
import type { DingTalkEmulator, DingTalkEmulatorOptions } from './emulator';
import { createDingTalk } from './index';
import { noWebhook, scene } from './messenger.scene';

describe('where no card gets through', () => {
  it.each<[string, (emulator: DingTalkEmulator) => void]>([
    ['for want of the permission', (emulator) => emulator.revoke('card')],
    ['because it is delivered nowhere', (emulator) => void emulator.fault({ match: 'card.create', undelivered: true })],
    ['because its template is unknown', (emulator) => void emulator.fault({ match: 'card.create', code: 'param.templateNotExisting' })],
  ])('the answer comes as one message at the end: %s', async (_, prepare) => {
    const { emulator, messenger, begin, save, saved, successor } = await scene();
    prepare(emulator);
    const reply = await messenger.updateReply(await begin('a'), () => view('streaming', 'ab'), save);
    expect(emulator.messages()).toEqual([]);
    const ended = await messenger.finishReply(reply, view('stopped', 'abc', { footer: 'F' }), save);
    await messenger.finishReply(ended, view('stopped', 'abc', { footer: 'F' }), save);
    await successor().finishReply(saved(), view('stopped', 'abc', { footer: 'F' }), save);
    expect(emulator.messages()).toMatchObject([{ type: 'markdown', text: 'abc\n\n⏹ Stopped\n\nF', via: 'webhook', chatId: 'cid1' }]);
    expect(emulator.calls('card.create')).toHaveLength(1);
  });

  it('a long one comes in numbered messages', async () => {
    const { emulator, messenger, begin, save } = await scene();
    emulator.revoke('card');
    const text = Array.from({ length: 400 }, (_, index) => `Paragraph "${index}", some words to fill it.\n\n`).join('');
    await messenger.finishReply(await begin(), view('done', text), save);
    const shown = emulator.messages().map(({ text: said }) => said);
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.map((said) => said.replace(/\n\n\(\d\/\d\)$/, '')).join('')).toBe(text);
    expect(shown[0]).toMatch(/\(1\/\d\)$/);
  });

  it.each<[string, (to: Address) => Address, DingTalkEmulatorOptions?]>([
    ['has expired', (to) => to, { sessionWebhookMs: 5000 }],
    ['is on a foreign host', (to) => ({ ...to, handles: { ...to.handles, sessionWebhook: 'https://example.com/robot' } })],
    ['is not there', noWebhook],
  ])('the robot says it itself when the address for answers %s', async (_, change, options = {}) => {
    for (const chatType of ['group', 'p2p'] as const) {
      const { emulator, messenger, to, turn, save } = await scene(options, { said: { chatType, chatId: `cid-${chatType}` } });
      emulator.revoke('card');
      const reply = await messenger.beginReply(change(to), turn(), view('thinking', ''), undefined, save);
      await messenger.finishReply(reply, view('done', 'abc'), save);
      expect(emulator.messages(`cid-${chatType}`)).toMatchObject([{ type: 'markdown', text: 'abc', via: 'robot' }]);
      expect(emulator.calls('webhook.send')).toEqual([]);
    }
  });

  it('the robot says it itself when the address for answers is refused', async () => {
    const { emulator, messenger, begin, save } = await scene();
    emulator.revoke('card');
    emulator.fault({ match: 'webhook.send', code: '300001' });
    await messenger.finishReply(await begin(), view('done', 'abc'), save);
    expect(emulator.messages()).toMatchObject([{ text: 'abc', via: 'robot' }]);
  });

  it('is told who is no member only by the address that came with the question', async () => {
    const said = { chatType: 'p2p', external: true, chatId: 'cid-outside' } as const;
    const { emulator, messenger, begin, save, to, turn } = await scene({}, { said });
    await messenger.finishReply(await begin(), view('done', 'abc'), save);
    expect(emulator.messages('cid-outside')).toMatchObject([{ text: 'abc', via: 'webhook' }]);
    const reply = await messenger.beginReply(noWebhook(to), { ...turn(), id: 'other' }, view('thinking', ''), undefined, save);
    await expect(messenger.finishReply(reply, view('done', 'abc'), save)).rejects.toMatchObject({ code: 'forbidden', retryable: false });
  });

  it('what may have been sent is sent again, and says so', async () => {
    const { emulator, messenger, begin, save, saved, successor } = await scene({}, { times: { callTimeoutMs: 600 } });
    emulator.revoke('card');
    const reply = await begin();
    emulator.fault({ match: 'webhook.send', after: true, timeout: true, times: 1 });
    await expect(messenger.finishReply(reply, view('done', 'abc'), save)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await successor().finishReply(saved(), view('done', 'abc'), save);
    expect(emulator.messages().map(({ text }) => text)).toEqual(['abc', `${perhapsAgain.en}\n\nabc`]);
  });

  it('a plain message is said again only where it must not be missed', async () => {
    const { emulator, messenger, to } = await scene({}, { times: { callTimeoutMs: 600 } });
    for (const again of [undefined, 'Perhaps again:']) {
      emulator.fault({ match: 'webhook.send', after: true, timeout: true, times: 1 });
      const say = () => messenger.say(to, 'abc', `key ${again}`, again);
      await expect(say()).rejects.toMatchObject({ code: 'timeout', retryable: true });
      await say();
    }
    expect(emulator.messages().map(({ text }) => text)).toEqual(['abc', 'abc', 'Perhaps again:\n\nabc']);
  });

  it('what surely was not sent is sent again without a word', async () => {
    const { emulator, messenger, begin, save } = await scene(
      {},
      { ports: { budget: { ...localPorts().budget, pause: async () => undefined } } },
    );
    emulator.revoke('card');
    const reply = await begin();
    emulator.fault({ match: 'webhook.send', code: '300001', times: 1 });
    emulator.fault({ match: 'robot.group', code: 'Forbidden.AccessDenied.QpsLimitForApi', times: 5 });
    await expect(messenger.finishReply(reply, view('done', 'abc'), save)).rejects.toMatchObject({ code: 'rate_limited' });
    await messenger.finishReply(reply, view('done', 'abc'), save);
    expect(emulator.messages().map(({ text }) => text)).toEqual(['abc']);
  });

  it('after a crash behind each thing that was saved, every part is there', async () => {
    const first = await scene();
    first.emulator.revoke('card');
    const text = `${'a'.repeat(8000)}\n\n${'b'.repeat(8000)}`;
    await first.messenger.finishReply(await first.begin(), view('done', text), first.save);
    const whole = first.emulator.messages().length;
    for (const step of first.saves) {
      const { emulator, to, save } = await scene();
      emulator.revoke('card');
      const next = createDingTalk().messenger(emulator.config, localPorts());
      await next.finishReply({ ...step, to }, view('done', text), save);
      const parts = step.data.parts as readonly { message?: string }[];
      expect(emulator.messages()).toHaveLength(whole - parts.filter(({ message: sent }) => sent === 'sent').length);
    }
  });

  it('a card that is gone for good is followed by the end of the answer as a message', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin('a');
    emulator.fault({ match: /^card\.(streaming|update)/, code: 'param.cardNotExist' });
    reply = await messenger.updateReply(reply, () => view('streaming', 'ab'), save);
    reply = await messenger.finishReply(reply, view('done', 'abc'), save);
    await messenger.finishReply(reply, view('done', 'abc'), save);
    expect(emulator.messages().map(({ text }) => text)).toEqual([`${wholeAgain.en}\n\nabc`]);
  });
});

describe('notices, signs and files', () => {
  it('says a notice once, plain, and not again where nobody knows whether it went out', async () => {
    const { emulator, messenger, to } = await scene({}, { times: { callTimeoutMs: 600 } });
    await messenger.say(to, 'Session *ended*.', 'k1');
    await messenger.say(to, 'Session *ended*.', 'k1');
    emulator.fault({ match: 'webhook.send', after: true, timeout: true, times: 1 });
    await expect(messenger.say(to, 'Stopped.', 'k2')).rejects.toMatchObject({ code: 'timeout' });
    await messenger.say(to, 'Stopped.', 'k2');
    expect(emulator.messages().map(({ text, type }) => [text, type])).toEqual([
      ['Session *ended*.', 'text'],
      ['Stopped.', 'text'],
    ]);
  });

  it('says a notice again that surely was not sent', async () => {
    const { emulator, messenger, to } = await scene();
    emulator.fault({ match: /webhook.send|robot.group/, code: 'bot.forbidden.sendMessage', times: 2 });
    await expect(messenger.say(to, 'Stopped.', 'k')).rejects.toMatchObject({ code: 'forbidden' });
    await messenger.say(to, 'Stopped.', 'k');
    expect(emulator.messages()).toHaveLength(1);
  });

  it('welcomes somebody once, before the first answer, in private only', async () => {
    const config = { welcome: 'Ask me anything.' };
    const inGroup = await scene({}, { config });
    await inGroup.begin();
    expect(inGroup.emulator.messages()).toEqual([]);
    const { emulator, messenger, begin, to, save, turn } = await scene({}, { config, said: { chatType: 'p2p', chatId: 'cid-private' } });
    emulator.fault({ match: 'webhook.send', code: '300001', times: 1 });
    const reply = await begin();
    expect(emulator.messages()).toMatchObject([{ text: 'Ask me anything.', type: 'text', chatId: 'cid-private' }]);
    await messenger.beginReply(to, turn(2), view('recovering', ''), reply, save);
    await messenger.beginReply(to, { ...turn(), id: 'next' }, view('thinking', ''), undefined, save);
    expect(emulator.messages()).toHaveLength(1);
    expect(emulator.cards()).toHaveLength(2);
  });

  it('begins an answer though its welcome does not get through', async () => {
    const { emulator, begin } = await scene({}, { config: { welcome: 'Hello.' }, said: { chatType: 'p2p', chatId: 'cid-private' } });
    emulator.fault({ match: /webhook.send|robot.person/, code: 'bot.forbidden.sendMessage' });
    await begin();
    expect(emulator.cards('cid-private')).toHaveLength(1);
  });

  it('puts a sign on the message', async () => {
    const { emulator, messenger, to } = await scene();
    await messenger.react!(to);
    expect(emulator.reactions()).toEqual([{ messageId: to.replyTo, name: '收到' }]);
  });

  it('reads a file, up to a limit, and says what is no more', async () => {
    const { emulator, messenger, to } = await scene();
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    const image = { kind: 'image', ref: emulator.putFile(png), name: 'a.png' } as const;
    expect(await messenger.fetchFile!(image, to, 100)).toEqual({ bytes: png, mime: 'image/png', name: 'a.png' });
    const typed = { kind: 'file', ref: emulator.putFile(Buffer.from('text'), 'text/plain; charset=utf-8') } as const;
    expect(await messenger.fetchFile!(typed, to, 4)).toEqual({ bytes: Buffer.from('text'), mime: 'text/plain' });
    await expect(messenger.fetchFile!(typed, to, 3)).rejects.toMatchObject({ code: 'too_large' });
    await expect(messenger.fetchFile!({ ...typed, ref: 'unknown' }, to, 3)).rejects.toMatchObject({ code: 'gone' });
    await expect(messenger.fetchFile!({ ...typed, ref: '' }, to, 3)).rejects.toMatchObject({ code: 'gone' });
    emulator.fault({ match: 'file', status: 404, times: 1 });
    await expect(messenger.fetchFile!(typed, to, 100)).rejects.toMatchObject({ code: 'gone' });
    emulator.fault({ match: 'robot.download', status: 503, times: 1 });
    await expect(messenger.fetchFile!(typed, to, 100)).rejects.toMatchObject({ code: 'server_error', retryable: true });
  });

  it('sends pictures and files, each once, with the token of the legacy interface', async () => {
    const { emulator, messenger, to } = await scene();
    const picture = { kind: 'image', name: 'a.png', mime: 'image/png', bytes: Buffer.from('png') } as const;
    for (let n = 0; n < 2; n++) await messenger.sendFile!(to, picture, 'k1');
    emulator.expireTokens();
    await messenger.sendFile!(to, { ...picture, kind: 'file', name: 'report.pdf' }, 'k2');
    expect(emulator.uploads().map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ['a.png', 'png'],
      ['report.pdf', 'png'],
    ]);
    expect(emulator.messages().map(({ type, text }) => [type, text])).toEqual([
      ['image', emulator.uploads()[0]!.mediaId],
      ['file', emulator.uploads()[1]!.mediaId],
    ]);
  });

  it('sends a file again where nobody knows whether it went out, whoever goes on', async () => {
    const { emulator, messenger, to, ports } = await scene({}, { times: { callTimeoutMs: 600 } });
    const report = { kind: 'file', name: 'report.pdf', mime: 'application/pdf', bytes: Buffer.from('pdf') } as const;
    emulator.fault({ match: 'robot.group', timeout: true, times: 1 });
    await expect(messenger.sendFile!(to, report, 'k1')).rejects.toMatchObject({ code: 'timeout' });
    await ports.memory.put('say/k2', 'sending');
    for (let n = 0; n < 2; n++) for (const key of ['k1', 'k2']) await messenger.sendFile!(to, report, key);
    expect(emulator.messages().map(({ type }) => type)).toEqual(['file', 'file']);
  });

  it.each([
    ['image/png', 'image'],
    ['image/gif', 'image'],
    ['image/webp', 'file'],
    ['image/svg+xml', 'file'],
  ])('sends a picture of the type %s as %s', async (mime, type) => {
    const { emulator, messenger, to } = await scene();
    await messenger.sendFile!(to, { kind: 'image', name: 'a', mime, bytes: Buffer.from('x') }, 'k');
    expect(emulator.messages()).toMatchObject([{ type }]);
    expect(emulator.uploads()).toMatchObject([{ type }]);
  });

  it('waits for nothing that does not answer', async () => {
    const { emulator, messenger, to } = await scene({}, { times: { callTimeoutMs: 600 } });
    emulator.fault({ match: 'robot.emotion', timeout: true });
    const started = Date.now();
    await expect(messenger.react!(to)).rejects.toMatchObject({ code: 'timeout' });
    expect(Date.now() - started).toBeLessThan(5000);
  });
});
