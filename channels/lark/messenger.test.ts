import { languageOf } from '../../domain/language';
import type { Messenger, Ports, ReplyRef, TurnRef } from '../channel';
import { localPorts, view } from '../contract';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';
import { createLark, type LarkTimes } from './index';

const PERSON = 'ou_person';
let turns = 0;

interface Scene {
  readonly emulator: LarkEmulator;
  readonly messenger: Messenger;
  readonly ports: ReturnType<typeof localPorts>;
  readonly turn: (epoch?: number) => TurnRef;
  readonly question: string;
  readonly saved: () => ReplyRef;
  readonly save: (reply: ReplyRef) => Promise<void>;
  begin(text?: string): Promise<ReplyRef>;
  /** Another process, with what was saved. */
  takeOver(epoch: number): { readonly messenger: Messenger; readonly saved: ReplyRef; readonly turn: TurnRef };
}

const scenes: Scene[] = [];
afterEach(async () => {
  for (const { emulator } of scenes.splice(0)) await emulator.close();
});

async function scene(options: LarkEmulatorOptions = {}, times: LarkTimes = {}, more: Partial<Ports> = {}): Promise<Scene> {
  const emulator = await startLarkEmulator(options);
  const ports = { ...localPorts(), ...more };
  const messenger = createLark(times).messenger(emulator.config, ports);
  const question = emulator.say({ chatId: 'oc_chat', text: 'why?', chatType: 'group', redeliver: false });
  const id = `00000000-0000-4000-8000-${String(++turns).padStart(12, '0')}`;
  const turn = (epoch = 1): TurnRef => ({ id, epoch });
  let kept: ReplyRef | undefined;
  const save = async (reply: ReplyRef): Promise<void> => {
    kept = JSON.parse(JSON.stringify(reply)) as ReplyRef;
  };
  const to = { chatId: 'oc_chat', kind: 'group', replyTo: question } as const;
  const made: Scene = {
    emulator,
    messenger,
    ports,
    turn,
    question,
    save,
    saved: () => kept!,
    begin: (text = '') => messenger.beginReply(to, turn(), view(text ? 'streaming' : 'thinking', text), undefined, save),
    takeOver: (epoch) => ({ messenger: createLark(times).messenger(emulator.config, localPorts()), saved: kept!, turn: turn(epoch) }),
  };
  scenes.push(made);
  return made;
}

const apis = (emulator: LarkEmulator): readonly string[] => emulator.calls().map(({ api }) => api);

describe('a reply as a streaming card', () => {
  it('costs three calls for an instant answer', async () => {
    const { emulator, messenger, begin, save } = await scene();
    await messenger.finishReply(await begin(), view('done', 'Because.'), save);
    expect(apis(emulator)).toEqual(['token', 'card.create', 'message.reply', 'card.update']);
    expect(emulator.cards()).toMatchObject([{ text: 'Because.', streaming: false, closed: true }]);
  });

  it('hangs under the question, in its thread if there is one', async () => {
    const { emulator, messenger, question, turn, save } = await scene();
    await messenger.beginReply(
      { chatId: 'oc_chat', kind: 'group', replyTo: question, threadId: 'omt_1' },
      turn(),
      view('thinking', ''),
      undefined,
      save,
    );
    expect(emulator.cards()[0]).toMatchObject({ replyTo: question, threadId: expect.any(String) });
  });

  it('goes to the chat when the question was recalled meanwhile', async () => {
    const { emulator, begin, question } = await scene();
    emulator.recall(question);
    await begin();
    expect(emulator.cards()).toHaveLength(1);
    expect(emulator.cards()[0]).not.toHaveProperty('replyTo');
  });

  it('writes one content call per frame, with rising sequences of its epoch', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin('a');
    for (const text of ['ab', 'abc', 'abcd']) reply = await messenger.updateReply(reply, () => view('streaming', text), save);
    reply = await messenger.updateReply(reply, () => view('streaming', 'abcd'), save);
    const [card] = emulator.cards();
    expect(card!.frames.map(({ kind, sequence }) => [kind, sequence])).toEqual([
      ['create', 0],
      ['content', 1_000_001],
      ['content', 1_000_002],
      ['content', 1_000_003],
    ]);
    expect(apis(emulator)).not.toContain('card.settings');
  });

  it('says how it stands: queued, thinking for a while, using a tool, recovering', async () => {
    const { emulator, messenger, turn, save } = await scene();
    const to = { chatId: 'oc_chat', kind: 'group' } as const;
    let reply = await messenger.beginReply(
      to,
      turn(),
      view('queued', '', { queuePlace: 2, messages: 3, language: languageOf('你好') }),
      undefined,
      save,
    );
    const status = (): string => emulator.cards()[0]!.status;
    expect(status()).toBe('⏳ 排队中 · 第 2 位 · 共 3 条消息');
    reply = await messenger.updateReply(reply, () => view('thinking', '', { seconds: 12.3 }), save);
    expect(status()).toBe('💭 Thinking… · 10 s');
    reply = await messenger.updateReply(
      reply,
      () => view('thinking', '', { seconds: 12, steps: [{ id: '1', title: 'Looking *up*', status: 'running' }] }),
      save,
    );
    expect(status()).toContain('Looking &#42;up&#42;');
    await messenger.updateReply(reply, () => view('recovering', ''), save);
    expect(status()).toBe('🔄 Recovering, one moment…');
  });

  it('offers a stop button until it has ended, and shows reason and reference of a failure', async () => {
    const { emulator, messenger, begin, save, turn } = await scene();
    const reply = await begin('half');
    expect(emulator.cards()[0]).toMatchObject({ closed: false, turnId: turn().id });
    await messenger.finishReply(
      reply,
      view('failed', 'half', { reason: 'The expert is away.', reference: 'R-1', seconds: 3, usage: { model: 'gpt' } }),
      save,
    );
    expect(emulator.cards()[0]).toMatchObject({ closed: true, text: 'half', header: '⚠️ This did not work' });
    expect(emulator.cards()[0]!.status).toContain('The expert is away. · Reference: R-1');
    expect(emulator.cards()[0]!.footer).toContain('AI generated · 3.0 s · gpt');
  });

  it('has words for an answer without any', async () => {
    const { emulator, messenger, begin, save } = await scene();
    await messenger.finishReply(await begin(), view('done', ''), save);
    expect(emulator.cards()[0]).toMatchObject({ text: '', status: 'The expert gave no answer.' });
  });

  it('does not let an answer ring everybody', async () => {
    const { emulator, messenger, begin, save } = await scene();
    await messenger.finishReply(await begin(), view('done', 'hi <at id=all></at> and `<at id=all>`'), save);
    expect(emulator.cards()[0]!.text).toBe('hi &#60;at id=all></at> and `<at id=all>`');
  });

  it('carries the text that is there when the call goes out, not when it was asked for', async () => {
    let text = 'early';
    const ports = localPorts();
    const budget = {
      ...ports.budget,
      take: async (api: string) => {
        if (api === 'card.content') text = 'late';
      },
    };
    const { emulator, messenger, begin, save } = await scene({}, {}, { budget });
    await messenger.updateReply(await begin('e'), () => view('streaming', text), save);
    expect(emulator.cards()[0]!.text).toBe('late');
  });

  it('empties and refills when the expert takes its words back', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await messenger.updateReply(await begin('wrong'), () => view('streaming', ''), save);
    expect(emulator.cards()[0]!.text).toBe('');
    reply = await messenger.updateReply(reply, () => view('streaming', 'right'), save);
    expect(emulator.cards()[0]!.text).toBe('right');
  });
});

describe('the ten minutes of streaming', () => {
  it('are renewed before they are over', async () => {
    const { emulator, messenger, begin, save } = await scene({ streamingCapMs: 400 }, { reopenAfterMs: 100 });
    let reply = await begin('a');
    for (const text of ['ab', 'abc', 'abcd', 'abcde', 'abcdef'])
      reply = await messenger.updateReply(reply, () => view('streaming', text), save);
    expect(emulator.cards()[0]).toMatchObject({ text: 'abcdef', streaming: true });
    expect(emulator.calls('card.settings').length).toBeGreaterThan(1);
    expect(emulator.calls('card.content').every(({ code }) => code === 0)).toBe(true);
  });

  it('are begun anew when Lark says that they were over', async () => {
    const { emulator, messenger, begin, save } = await scene({ streamingCapMs: 250 });
    const reply = await begin('a');
    await new Promise((resolve) => setTimeout(resolve, 260));
    await messenger.updateReply(reply, () => view('streaming', 'ab'), save);
    expect(emulator.calls('card.content').map(({ code }) => code)).toEqual([200850, 0]);
    expect(emulator.cards()[0]!.text).toBe('ab');
  });

  it('do not matter to the end', async () => {
    const { emulator, messenger, begin, save } = await scene({ streamingCapMs: 1 });
    await messenger.finishReply(await begin('a'), view('done', 'abc'), save);
    expect(emulator.cards()[0]).toMatchObject({ text: 'abc', closed: true });
  });
});

describe('once, whatever happens', () => {
  it.each([{ drop: true }, { timeout: true }, { status: 502 }])(
    'sends one message when the answer to the send is lost (%j)',
    async (how) => {
      const { emulator, messenger, begin, saved, save, turn, question } = await scene({}, { callTimeoutMs: 200 });
      emulator.fault({ match: 'message.reply', after: true, times: 1, ...how });
      await expect(begin('a')).rejects.toMatchObject({ retryable: true });
      const to = { chatId: 'oc_chat', kind: 'group', replyTo: question } as const;
      await messenger.beginReply(to, turn(2), view('streaming', 'ab'), saved(), save);
      expect(emulator.messages()).toHaveLength(1);
      expect(emulator.messages()[0]!.uuid!.length).toBeLessThanOrEqual(50);
      expect(emulator.cards()[0]).toMatchObject({ text: 'ab', streaming: true });
    },
  );

  it('continues above what the same writer sent before it forgot', async () => {
    const { emulator, messenger, begin, saved, save, turn } = await scene();
    let reply = await begin('a');
    const before = saved();
    reply = await messenger.updateReply(reply, () => view('streaming', 'ab'), save);
    await messenger.updateReply(reply, () => view('streaming', 'abc'), save);
    await messenger.beginReply(before.to, turn(1), view('streaming', 'abcd'), before, save);
    expect(emulator.cards()[0]!.text).toBe('abcd');
    expect(emulator.calls('card.update').map(({ code }) => code)).toEqual([300317, 0]);
  });

  it('shows what it is to show when the same writer begins again, whatever was shown since', async () => {
    const { emulator, messenger, begin, saved, save, turn } = await scene();
    await messenger.updateReply(await begin(), () => view('streaming', 'abc'), save);
    await messenger.beginReply(saved().to, turn(1), view('thinking', ''), saved(), save);
    expect(emulator.cards()).toMatchObject([{ text: '', status: '💭 Thinking…' }]);
  });

  it('keeps a replaced writer out', async () => {
    const { emulator, messenger, begin, save, takeOver } = await scene();
    const old = await begin('old');
    const next = takeOver(2);
    const reply = await next.messenger.beginReply(next.saved.to, next.turn, view('streaming', 'new'), next.saved, save);
    await expect(messenger.updateReply(old, () => view('streaming', 'old, late'), save)).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
    });
    await next.messenger.updateReply(reply, () => view('streaming', 'new, more'), save);
    expect(emulator.cards()).toMatchObject([{ text: 'new, more' }]);
  });
});

describe('limits of the platform', () => {
  it('are kept, ten operations a second on one card', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin('x');
    for (let index = 0; index < 15; index++)
      reply = await messenger.updateReply(reply, () => view('streaming', 'x'.repeat(index + 2)), save);
    await messenger.finishReply(reply, view('done', 'all'), save);
    expect(emulator.violations()).toEqual([]);
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

describe('notices and owners', () => {
  it('are plain messages, told from each other by their keys', async () => {
    const { emulator, messenger, question } = await scene();
    const to = { chatId: 'oc_chat', kind: 'group', replyTo: question } as const;
    const key = 'a key that is much longer than the fifty characters which Lark allows for it';
    await messenger.say(to, 'Session ended. <at user_id="all">x</at>', key);
    await messenger.say(to, 'Session ended. <at user_id="all">x</at>', key);
    expect(emulator.messages()).toMatchObject([{ type: 'text', text: 'Session ended. ＜at user_id="all">x</at>', replyTo: question }]);
  });

  it('are known for groups', async () => {
    const { emulator, messenger } = await scene();
    emulator.setOwner('oc_chat', PERSON);
    expect(await messenger.owners!({ chatId: 'oc_chat', kind: 'group' })).toEqual([PERSON]);
    expect(await messenger.owners!({ chatId: 'oc_p2p', kind: 'private' })).toEqual([]);
  });
});
