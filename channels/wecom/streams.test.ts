import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyRef } from '../channel';
import { view } from '../contract';
import { contents, done, lines, MOST, scene, TURN } from './messenger.scene';

describe('an answer that one stream cannot hold', () => {
  it.each([
    ['just fits', MOST - 300, 1],
    ['is one byte too long', MOST, 2],
    ['needs several messages', MOST * 3.5, 4],
  ])('that %s is shown to the last character', async (_, bytes, messages) => {
    const { emulator, holder, begin, save } = await scene();
    const text = 'x'.repeat(400) + lines(bytes - 400).slice(0, -2);
    await holder.messenger.finishReply(await begin(), done(text, { footer: 'AI' }), save);
    expect(emulator.replies()).toMatchObject([{ text, closed: true }]);
    expect(emulator.messages()).toHaveLength(messages);
    for (const { content } of emulator.messages()) expect(Buffer.byteLength(content)).toBeLessThanOrEqual(MOST);
    expect(emulator.messages().at(-1)!.content.endsWith('\n\n> AI')).toBe(true);
    expect(emulator.violations()).toEqual([]);
  });

  it('crosses the limit while it grows', async () => {
    const { emulator, holder, begin, save } = await scene();
    const text = lines(MOST * 1.5);
    let reply = await begin();
    for (let at = 0; at < text.length; at += 3000)
      reply = await holder.messenger.updateReply(reply, () => view('streaming', text.slice(0, at)), save);
    expect(emulator.messages()).toHaveLength(1);
    await holder.messenger.finishReply(reply, done(text), save);
    expect(emulator.replies()).toMatchObject([{ text, closed: true }]);
    expect(contents(emulator)[1]).toMatch(/^\(2\/2\)\n\n/);
    expect(emulator.violations()).toEqual([]);
  });

  it('opens a code block again in the next message', async () => {
    const { emulator, holder, begin, save } = await scene();
    const text = `Look:\n\n\`\`\`ts\n${'const value = 1;\n'.repeat(2000)}\`\`\`\n\nDone.`;
    await holder.messenger.finishReply(await begin(), done(text), save);
    for (const content of contents(emulator)) expect(content.match(/^```/gm)!.length % 2).toBe(0);
    expect(contents(emulator)[1]).toMatch(/^\(2\/2\)\n\n```ts\n/);
  });

  it('goes on after a crash at each saved step, without losing or doubling a part', async () => {
    const text = lines(MOST * 2.5);
    const steps: ReplyRef[] = [];
    const first = await scene();
    const reply = await first.begin();
    await first.holder.messenger.finishReply(reply, done(text), async (step) => void steps.push(JSON.parse(JSON.stringify(step))));
    expect(steps.length).toBeGreaterThan(4);
    for (const count of steps.keys()) {
      const { emulator, holder, begin, save, saved } = await scene();
      await begin();
      let left = count;
      const dying = async (step: ReplyRef): Promise<void> => {
        await save(step);
        if (left-- === 0) throw new Error('The process died.');
      };
      await expect(holder.messenger.finishReply(saved(), done(text), dying)).rejects.toThrow('died');
      await holder.messenger.finishReply(saved(), done(text), save);
      expect(emulator.replies().map((shown) => [shown.text === text, shown.closed])).toEqual([[true, true]]);
      expect(emulator.messages()).toHaveLength(3);
    }
  });

  it('sends a part again when nobody knows whether it arrived, and says so; never one that was refused', async () => {
    const { emulator, holder, begin, save, saved } = await scene();
    const text = lines(MOST * 1.5);
    const reply = await begin();
    emulator.fault({ match: 'send_msg', timeout: true, after: true, times: 1 });
    await expect(holder.messenger.finishReply(reply, done(text), save)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await holder.messenger.finishReply(saved(), done(text), save);
    expect(contents(emulator)).toHaveLength(3);
    expect(contents(emulator)[2]).toMatch(/^\(It is not certain/);

    const other = await scene();
    const begun = await other.begin();
    other.emulator.fault({ match: 'send_msg', errcode: -1, times: 1 });
    await expect(other.holder.messenger.finishReply(begun, done(text), save)).rejects.toMatchObject({ code: 'server_error' });
    await other.holder.messenger.finishReply(saved(), done(text), save);
    expect(other.emulator.replies()).toMatchObject([{ text, closed: true }]);
    expect(contents(other.emulator)[1]).not.toMatch(/certain/);
  });
});

describe('a stream that is over before the answer is', () => {
  it('is closed in time with a sentence that says that the answer follows', async () => {
    const { emulator, holder, begin, save } = await scene({}, { streamMs: 30 });
    let reply = await begin();
    reply = await holder.messenger.updateReply(reply, () => view('streaming', 'Half of'), save);
    await sleep(40);
    for (const text of ['Half of it', 'Half of it and', 'Half of it and more'])
      reply = await holder.messenger.updateReply(reply, () => view('streaming', text), save);
    expect(contents(emulator)).toEqual(['Half of it\n\n(The answer goes on in a message below.)']);
    expect(emulator.messages()[0]!.finished).toBe(true);
    await holder.messenger.finishReply(reply, done('Half of it and the rest.'), save);
    expect(contents(emulator)[1]).toBe('Half of it and the rest.');
    expect(emulator.replies()).toMatchObject([{ text: 'Half of it and the rest.', closed: true }]);
    expect(emulator.violations()).toEqual([]);
  });

  it('says so even when there is nothing yet to show', async () => {
    const { emulator, holder, begin, save } = await scene({}, { streamMs: 0 });
    await begin();
    expect(contents(emulator)).toEqual(['The answer follows in a message of its own.']);
    await holder.messenger.finishReply(await begin(), done('Here.'), save);
    expect(emulator.replies()).toMatchObject([{ text: 'Here.', closed: true }]);
  });

  it.each(['while it grows', 'at its end'])('because WeCom ended it: the whole answer comes as a message (%s)', async (when) => {
    const { emulator, holder, begin, save } = await scene({ streamMs: 20 });
    let reply = await begin('Half');
    await sleep(30);
    if (when === 'while it grows') reply = await holder.messenger.updateReply(reply, () => view('streaming', 'Half of'), save);
    await holder.messenger.finishReply(reply, done('Half of it.'), save);
    expect(contents(emulator)).toEqual(['Half', '(The message above could not be finished; here is the whole answer.)\n\nHalf of it.']);
    expect(emulator.replies()).toMatchObject([{ text: 'Half of it.', closed: true }]);
  });

  it('because its connection died: whoever connects next sends the whole answer, in numbered parts', async () => {
    const { emulator, holder, hold, begin, saved, save } = await scene();
    const text = lines(MOST * 1.5);
    await holder.messenger.updateReply(await begin(), () => view('streaming', text.slice(0, 100)), save);
    await holder.leave();
    const next = await hold();
    const turn = { id: TURN, epoch: 2 };
    const reply = await next.messenger.beginReply(saved().to, turn, view('recovering', text.slice(0, 90)), saved(), save);
    expect(contents(emulator)).toHaveLength(1);
    await next.messenger.finishReply(reply, done(text), save);
    expect(contents(emulator)).toHaveLength(3);
    expect(contents(emulator)[1]).toMatch(/^\(The message above .*\) \(1\/2\)\n\n/);
    expect(emulator.replies()).toMatchObject([{ text, closed: true }]);
  });

  it('goes on in the same stream over another connection where WeCom allows that', async () => {
    const { emulator, holder, hold, begin, saved, save } = await scene({ reqIdsSurvive: true });
    await holder.messenger.updateReply(await begin(), () => view('streaming', 'Half'), save);
    await holder.leave();
    const next = await hold();
    const reply = await next.messenger.beginReply(saved().to, { id: TURN, epoch: 2 }, view('recovering', 'Half'), saved(), save);
    await next.messenger.finishReply(reply, done('Half of it.'), save);
    expect(contents(emulator)).toEqual(['Half of it.']);
  });

  it('answers an event that came by another way with messages alone', async () => {
    const { emulator, holder, question, save } = await scene();
    const { handles: _, ...to } = question.address;
    const reply = await holder.messenger.beginReply(to, { id: TURN, epoch: 1 }, view('thinking', ''), undefined, save);
    expect(emulator.messages()).toEqual([]);
    await holder.messenger.finishReply(reply, done('Here.'), save);
    expect(contents(emulator)).toEqual(['Here.']);
  });
});
