import { languageOf } from '../../domain/language';
import { localPorts } from '../../tests/support/ports';
import { view } from '../contract';
import type { LarkEmulator } from './emulator';
import { scene } from './messenger.scene';

const PERSON = 'ou_person';
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
    expect(status()).toBe('💭 Thinking… · Looking &#42;up&#42; · 10 s');
    reply = await messenger.updateReply(reply, () => view('thinking', '', { seconds: 7.9 }), save);
    expect(status()).toBe('💭 Thinking… · 7 s');
    await messenger.updateReply(reply, () => view('recovering', ''), save);
    expect(status()).toBe('🔄 Recovering, one moment…');
  });

  it('offers a stop button until it has ended, and shows reason and reference of a failure', async () => {
    const { emulator, messenger, begin, save, turn } = await scene();
    const reply = await begin('half');
    expect(emulator.cards()[0]).toMatchObject({ closed: false, turnId: turn().id });
    await messenger.finishReply(
      reply,
      view('failed', 'half', { reason: 'The expert is away.', reference: 'R-1', footer: 'AI generated · 3.0 s · gpt' }),
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
    expect(emulator.cards()[0]!.text).toBe('hi &#60;at id=all></at> and `＜at id=all>`');
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
      const { emulator, messenger, begin, saved, save, turn, question } = await scene({}, { callTimeoutMs: 600 });
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
      code: 'superseded',
      retryable: true,
    });
    await next.messenger.updateReply(reply, () => view('streaming', 'new, more'), save);
    expect(emulator.cards()).toMatchObject([{ text: 'new, more' }]);
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
    emulator.setOwner('oc_chat', PERSON, 'ou_manager');
    expect(await messenger.owners!({ chatId: 'oc_chat', kind: 'group' })).toEqual([PERSON, 'ou_manager']);
    expect(await messenger.owners!({ chatId: 'oc_p2p', kind: 'private' })).toEqual([]);
  });
});
