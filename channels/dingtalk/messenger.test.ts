import { languageOf } from '../../domain/language';
import { localPorts } from '../../tests/support/ports';
import { view } from '../contract';
import type { DingTalkEmulator } from './emulator';
import { scene } from './messenger.scene';

const apis = (emulator: DingTalkEmulator): readonly string[] => emulator.calls().map(({ api }) => api);

describe('a reply as an AI card', () => {
  it('costs two calls for an instant answer', async () => {
    const { emulator, messenger, begin, save } = await scene();
    await messenger.finishReply(await begin(), view('done', 'Because.'), save);
    expect(apis(emulator)).toEqual(['token', 'card.create', 'card.update']);
    expect(emulator.cards()).toMatchObject([{ text: 'Because.', closed: true, flowStatus: '3', chatId: 'cid1' }]);
  });

  it('goes from waiting to writing to finished, one streaming call per frame with the whole text', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await begin();
    expect(emulator.cards()[0]).toMatchObject({ flowStatus: '1', status: '💭 Thinking…' });
    for (const text of ['a', 'ab', 'abc', 'abc']) reply = await messenger.updateReply(reply, () => view('streaming', text), save);
    expect(emulator.cards()[0]).toMatchObject({ flowStatus: '2', text: 'abc', streaming: true, closed: false });
    await messenger.finishReply(reply, view('done', 'abcd'), save);
    expect(apis(emulator).slice(2)).toEqual(['card.update', ...Array(3).fill('card.streaming'), 'card.streaming', 'card.update']);
    expect(emulator.cards()[0]).toMatchObject({ flowStatus: '3', text: 'abcd', closed: true, status: '' });
  });

  it('goes to the person in private chats', async () => {
    const { emulator, messenger, begin, save } = await scene({}, { said: { chatType: 'p2p', chatId: 'cid-private', senderId: 'staff7' } });
    await messenger.finishReply(await begin('a'), view('done', 'ab'), save);
    expect(emulator.cards('cid-private')).toMatchObject([{ text: 'ab', closed: true }]);
  });

  it('shows place in line, seconds, the present step, thoughts, footer, reason, reference and buttons', async () => {
    const { emulator, messenger, to, turn, save } = await scene();
    const queued = view('queued', '', { queuePlace: 2, messages: 3, language: languageOf('你好'), buttons: ['stop'] });
    let reply = await messenger.beginReply(to, turn(), queued, undefined, save);
    const card = () => emulator.cards()[0]!;
    expect(card()).toMatchObject({ status: '⏳ 排队中 · 第 2 位 · 共 3 条消息', buttons: ['stop'] });
    const steps = [
      { id: '1', title: 'Find *it*', status: 'done', seconds: 1.25 },
      { id: '2', title: 'Read it', status: 'running' },
    ] as const;
    reply = await messenger.updateReply(reply, () => view('thinking', '', { seconds: 12.3, steps, reasoning: 'Well,\nperhaps.' }), save);
    expect(card().status).toBe('💭 Thinking… · Read it · 10 s');
    expect(card().footer).toContain('✓ Find it · 1.3 s  \n⏺ Read it');
    expect(card().footer).toContain('> Well,\n> perhaps.');
    const ended = { reason: 'The expert is away.', reference: 'R-1', footer: 'AI generated · 3 s', buttons: ['retry', 'new'] } as const;
    await messenger.finishReply(reply, view('failed', 'half', ended), save);
    expect(card()).toMatchObject({
      ...{ text: 'half', flowStatus: '5', closed: true, buttons: ['retry', 'new'] },
      status: '⚠️ This did not work · The expert is away. · Reference: R-1',
    });
    expect(card().footer).toContain('AI generated · 3 s');
  });

  it('fills a template of one’s own, variable by variable', async () => {
    const { emulator, messenger, begin, save, turn } = await scene({}, { config: { cardTemplateId: 'mine.schema' } });
    let reply = await messenger.updateReply(await begin(), () => view('streaming', 'abc', { buttons: ['stop'] }), save);
    expect(emulator.cards()[0]).toMatchObject({ templateId: 'mine.schema', turnId: turn().id, text: 'abc', buttons: ['stop'] });
    reply = await messenger.finishReply(reply, view('done', 'abcd', { footer: 'F', buttons: ['good', 'bad'] }), save);
    expect(emulator.cards()[0]!.json).toMatchObject({ content: 'abcd', footer: 'F', button_stop: '', button_good: '👍', flowStatus: '3' });
    expect(Object.values(emulator.cards()[0]!.json).every((value) => typeof value === 'string')).toBe(true);
  });

  it('carries the text that is there when the call goes out', async () => {
    let text = 'early';
    const plain = localPorts();
    let takes = 0;
    const budget = {
      ...plain.budget,
      take: async () => {
        takes++;
        if (takes === 3) text = 'late';
      },
    };
    const { emulator, messenger, begin, save } = await scene({}, { ports: { budget } });
    const reply = await messenger.updateReply(await begin('e'), () => view('streaming', text), save);
    await messenger.updateReply(reply, () => view('streaming', `${text}.`), save);
    expect(emulator.cards()[0]!.text).toBe('late.');
  });

  it('empties and refills when the expert takes its words back', async () => {
    const { emulator, messenger, begin, save } = await scene();
    let reply = await messenger.updateReply(await begin('wrong'), () => view('streaming', ''), save);
    expect(emulator.cards()[0]!.text).toBe('');
    reply = await messenger.updateReply(reply, () => view('streaming', 'right'), save);
    expect(emulator.cards()[0]!.text).toBe('right');
  });

  it('is set instead of streamed where the template does not let its variable stream', async () => {
    const { emulator, messenger, begin, save } = await scene();
    emulator.fault({ match: 'card.streaming', code: 'param.stream.key.invalid' });
    let reply = await begin();
    for (const text of ['a', 'ab']) reply = await messenger.updateReply(reply, () => view('streaming', text), save);
    expect(emulator.cards()[0]!.text).toBe('ab');
    await messenger.finishReply(reply, view('done', 'abc'), save);
    expect(emulator.calls('card.streaming')).toHaveLength(1);
    expect(emulator.cards()[0]).toMatchObject({ text: 'abc', closed: true });
  });
});

describe('long answers', () => {
  const long = Array.from({ length: 600 }, (_, index) => `第 ${index} 段，with "quotes" and words enough to fill it.\n\n`).join('');

  it('go on in further cards, exact to the character, and shrink again', async () => {
    const { emulator, messenger, begin, save, saved, successor, turn, to } = await scene();
    let reply = await messenger.updateReply(await begin('P'), () => view('streaming', long.slice(0, 12_000)), save);
    expect(emulator.replies()).toMatchObject([{ text: long.slice(0, 12_000), closed: false }]);
    expect(emulator.cards().map(({ closed }) => closed)).toEqual([true, false]);
    reply = await messenger.finishReply(reply, view('done', long, { footer: 'F' }), save);
    expect(emulator.replies()).toMatchObject([{ text: long, closed: true }]);
    const count = emulator.cards().length;
    expect(emulator.cards().map(({ footer }) => /\(\d+\/\d+\)/.exec(footer)?.[0])).toEqual(
      Array.from({ length: count }, (_, index) => `(${index + 1}/${count})`),
    );
    const next = successor();
    const again = await next.beginReply(to, turn(2), view('recovering', 'short'), saved(), save);
    await next.finishReply(again, view('done', 'short now'), save);
    const [first, ...others] = emulator.cards();
    expect(first).toMatchObject({ text: 'short now', closed: true });
    expect(others.every(({ closed, text }) => closed && text.startsWith('Nothing here any more'))).toBe(true);
    expect(emulator.cards()).toHaveLength(count);
  });

  it('close a code block that is cut and open it again', async () => {
    const { emulator, messenger, begin, save } = await scene();
    const code = `Look:\n\`\`\`ts\n${'const value = 1;\n'.repeat(900)}\`\`\`\nDone.`;
    await messenger.finishReply(await begin(), view('done', code), save);
    const parts = emulator.cards().map(({ text }) => text);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part.match(/^```/gm)!.length % 2).toBe(0);
    expect(parts.join('').split('const value = 1;')).toHaveLength(901);
  });
});

describe('once, whatever happens', () => {
  it.each([{ drop: true }, { timeout: true }, { status: 502 }])(
    'makes one card when the answer to its making is lost (%j)',
    async (how) => {
      const { emulator, begin, save, turn, to, successor } = await scene({}, { times: { callTimeoutMs: 600 } });
      emulator.fault({ match: 'card.create', after: true, times: 1, ...how });
      await expect(begin('a')).rejects.toMatchObject({ retryable: true });
      const next = successor();
      const reply = await next.beginReply(to, turn(2), view('streaming', 'ab'), undefined, save);
      await next.finishReply(reply, view('done', 'abc'), save);
      expect(emulator.cards()).toMatchObject([{ text: 'abc', closed: true }]);
    },
  );

  it('ends a card of which no record is left, because whoever made it died at once', async () => {
    for (const taken of [false, true]) {
      const { emulator, begin, save, turn, to, successor } = await scene();
      emulator.fault({ match: 'card.create', after: true, drop: true, times: 1 });
      await expect(begin()).rejects.toMatchObject({ retryable: true });
      if (taken) emulator.fault({ match: 'card.create', code: 'param.outTrackId.alreadyExist', times: 1 });
      const next = successor();
      const reply = await next.beginReply(to, turn(2), view('done', 'abc'), undefined, save);
      await next.finishReply(reply, view('done', 'abc'), save);
      expect(emulator.cards()).toMatchObject([{ text: 'abc', closed: true }]);
      expect(emulator.messages()).toEqual([]);
    }
  });

  it('ends the same card after a crash behind each step of the end', async () => {
    for (const dies of ['card.streaming', 'card.update']) {
      const { emulator, messenger, begin, save, saved, successor, turn } = await scene();
      const reply = await messenger.updateReply(await begin('a'), () => view('streaming', 'ab'), save);
      emulator.fault({ match: dies, after: true, drop: true, times: 1 });
      await expect(messenger.finishReply(reply, view('done', 'abc'), save)).rejects.toMatchObject({ retryable: true });
      const next = successor();
      const again = await next.beginReply(reply.to, turn(2), view('done', 'abc'), saved(), save);
      await next.finishReply(again, view('done', 'abc'), save);
      expect(emulator.cards()).toMatchObject([{ text: 'abc', closed: true, flowStatus: '3' }]);
    }
  });

  it('is closed though the last call fails at first', async () => {
    const { emulator, messenger, begin, save } = await scene();
    const reply = await messenger.updateReply(await begin('a'), () => view('streaming', 'ab'), save);
    emulator.fault({ match: 'card.update', status: 503, code: 'ServiceUnavailable', times: 2 });
    const end = () => messenger.finishReply(reply, view('done', 'abc'), save);
    for (let n = 0; n < 2; n++) await expect(end()).rejects.toMatchObject({ code: 'server_error', retryable: true });
    await end();
    expect(emulator.cards()).toMatchObject([{ text: 'abc', closed: true }]);
  });
});
