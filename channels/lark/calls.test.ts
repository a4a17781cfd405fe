import { view } from '../contract';
import { scene } from './messenger.scene';

describe('limits of the platform', () => {
  it('are kept, ten operations a second on one card', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin('x');
    for (let index = 0; index < 15; index++)
      reply = await messenger.updateReply(reply, () => view('streaming', 'x'.repeat(index + 2)), save);
    await messenger.finishReply(reply, view('done', 'all'), save);
    expect(emulator.violations()).toEqual([]);
  });

  it('are kept, five messages a second in one chat', async () => {
    const { emulator, messenger, begin } = await scene();
    const to = { chatId: 'oc_chat', kind: 'group' } as const;
    const started = Date.now();
    await Promise.all(Array.from({ length: 5 }, (_, n) => messenger.say(to, `notice ${n}`, `key ${n}`)));
    await begin();
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    expect(emulator.messages('oc_chat')).toHaveLength(6);
  });

  it('are waited out as Lark says, and counted', async () => {
    const { emulator, messenger, begin, save, ports } = await scene();
    const reply = await begin('x');
    emulator.fault({ match: 'card.update', code: 99991400, resetSeconds: 0.2, times: 2 });
    const started = Date.now();
    await messenger.finishReply(reply, view('done', 'xy'), save);
    expect(Date.now() - started).toBeGreaterThanOrEqual(395);
    expect(ports.results).toEqual(['ok', 'ok', 'rate_limited', 'rate_limited', 'ok']);
  });

  it('go on in further cards, which grow and end together', async () => {
    const { emulator, messenger, begin, save, saved, takeOver } = await scene();
    const text = Array.from({ length: 900 }, (_, index) => `Paragraph ${index} with "quotes" and words enough to fill it.\n\n`).join('');
    const reply = await messenger.updateReply(await begin('P'), () => view('streaming', text), save);
    expect(emulator.cards().map(({ streaming, closed }) => [streaming, closed])).toEqual([
      [false, true],
      [false, true],
      [true, false],
    ]);
    await messenger.finishReply(reply, view('done', text), save);
    expect(emulator.replies()).toMatchObject([{ text, closed: true }]);
    expect(emulator.cards().map(({ footer }) => /\(\d\/3\)/.exec(footer)?.[0])).toEqual(['(1/3)', '(2/3)', '(3/3)']);
    const next = takeOver(2);
    const again = await next.messenger.beginReply(saved().to, next.turn, view('recovering', 'short'), saved(), save);
    await next.messenger.finishReply(again, view('done', 'short now'), save);
    expect(emulator.replies()).toMatchObject([{ text: 'short now', closed: true }]);
    expect(emulator.messages()).toHaveLength(3);
  });

  it('show an answer with too many tables unformatted rather than not', async () => {
    const { emulator, messenger, begin, save } = await scene();
    const text = Array.from({ length: 7 }, () => '| a | b |\n|---|---|\n| 1 | 2 |\n').join('\n');
    const reply = await messenger.updateReply(await begin('x'), () => view('streaming', text), save);
    expect(emulator.cards()[0]!.text).toBe(text);
    await messenger.finishReply(reply, view('done', text), save);
    expect(emulator.cards()).toMatchObject([{ text, closed: true }]);
  });
});

describe('what Lark refuses', () => {
  it('renews a token once and goes on', async () => {
    const { emulator, messenger, begin, save } = await scene();
    const reply = await begin('a');
    emulator.expireTokens();
    await messenger.finishReply(reply, view('done', 'ab'), save);
    expect(emulator.calls('token')).toHaveLength(2);
    expect(emulator.cards()[0]!.text).toBe('ab');
  });

  it('is final when the bot is not in the chat', async () => {
    const { emulator, begin } = await scene();
    emulator.removeBot('oc_chat');
    await expect(begin()).rejects.toMatchObject({ code: 'gone', retryable: false, platformCode: 230002 });
  });

  it.each([
    [230013, 'forbidden', false],
    [230053, 'forbidden', false],
    [232009, 'gone', false],
    [230049, 'server_error', true],
    [2200, 'server_error', true],
  ])('says of %i on a send: %s', async (code, expected, retryable) => {
    const { emulator, begin } = await scene();
    emulator.fault({ match: 'message', code });
    await expect(begin()).rejects.toMatchObject({ code: expected, retryable });
  });

  it('shows plain cards, patched at most five times a second, without the permission for CardKit', async () => {
    const { emulator, messenger, begin, save } = await scene();
    emulator.fault({ match: 'card.create', code: 99991672 });
    let reply = await begin('a');
    for (const text of ['ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg'])
      reply = await messenger.updateReply(reply, () => view('streaming', text), save);
    await messenger.finishReply(reply, view('done', 'whole'), save);
    expect(emulator.cards()).toMatchObject([{ text: 'whole', closed: true }]);
    expect(emulator.violations()).toEqual([]);
    expect(emulator.calls('card.create')).toHaveLength(1);
  });

  it('says the answer as text, once, where no card gets through at all', async () => {
    const { emulator, messenger, begin, save } = await scene();
    emulator.fault({ match: 'card.create', code: 99991672 });
    emulator.fault({ match: 'message.reply', code: 230099, containing: 'interactive' });
    const reply = await messenger.updateReply(await begin('a'), () => view('streaming', 'ab'), save);
    expect(emulator.messages()).toEqual([]);
    const ended = await messenger.finishReply(reply, view('stopped', 'abc'), save);
    await messenger.finishReply(ended, view('stopped', 'abc'), save);
    expect(emulator.messages()).toMatchObject([{ type: 'text', text: 'abc\n\n⏹ Stopped' }]);
  });

  it('sends the end again in a new message that says so when the card is gone for good', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin('a');
    emulator.fault({ match: /^card\.(content|update)/, code: 200740 });
    reply = await messenger.updateReply(reply, () => view('streaming', 'ab'), save);
    reply = await messenger.finishReply(reply, view('done', 'abc'), save);
    await messenger.finishReply(reply, view('done', 'abc'), save);
    expect(emulator.cards()).toHaveLength(2);
    expect(emulator.cards()[1]).toMatchObject({ text: 'abc', closed: true });
    expect(JSON.stringify(emulator.cards()[1]!.json)).toContain('no longer exists');
  });

  it('never repeats in an error what people wrote, nor a secret', async () => {
    const { emulator, messenger, begin, save } = await scene({ appSecret: 'very-secret' });
    const reply = await begin('private words');
    emulator.fault({ match: 'card.update', code: 300311 });
    const error: unknown = await messenger.finishReply(reply, view('done', 'private words'), save).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'forbidden' });
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toMatch(/private words|very-secret/);
  });
});
