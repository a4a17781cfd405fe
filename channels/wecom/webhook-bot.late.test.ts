import type { Address } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import type { ReplyRef } from '../channel';
import { view } from '../contract';
import { begin, emulator, finish, late, MINUTE, messenger, said, save, setTimes, stream, times, turn } from './webhook-bot.scene';

describe('an answer that takes longer than WeCom asks for it', () => {
  it('goes on in a message of its own, to the character', async () => {
    const to = await said();
    const reply = await begin(to, 'The first half, ');
    await eventually(() => stream(to).content === 'The first half, ');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    expect(stream(to)).toMatchObject({ content: 'The first half, \n\n(The answer goes on in a message below.)', expired: false });
    await messenger().updateReply(reply, () => view('streaming', 'The first half, the sec'), save);
    await finish(reply, 'The first half, the second half.', { footer: 'AI' });
    expect(late()).toEqual(['(continued)\n\nthe second half.\n\n> AI']);
  });

  it('closes and opens again a code block that was cut', async () => {
    const to = await said();
    const reply = await begin(to, 'See:\n```ts\nconst a = 1;\n');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    expect(stream(to).content).toBe('See:\n```ts\nconst a = 1;\n```\n\n(The answer goes on in a message below.)');
    await finish(reply, 'See:\n```ts\nconst a = 1;\nconst b = 2;\n```\nDone.');
    expect(late()).toEqual(['(continued)\n\n```ts\nconst b = 2;\n```\nDone.']);
  });

  it('is told as a whole where its beginning has changed since', async () => {
    const to = await said();
    const reply = await begin(to, 'Wrong start');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    await finish(reply, 'Right answer');
    expect(late()).toEqual(['Right answer']);
  });

  it('says how it ended, though all of its text was shown', async () => {
    const to = await said();
    const reply = await begin(to, 'All of it');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    await finish(reply, 'All of it');
    expect(late()).toEqual(['(continued)\n\nThe answer above is complete.']);
  });

  it('is announced where nothing of it was there to be shown', async () => {
    const [thinking, unanswered] = [await said(), await said({ senderId: 'bob' })];
    const reply = await begin(thinking);
    emulator.advance(times.endsMs);
    await eventually(() => stream(thinking).finished && stream(unanswered).finished);
    for (const to of [thinking, unanswered]) expect(stream(to).content).toBe('The answer follows in a message of its own.');
    await finish(reply, 'Here');
    await finish(await begin(unanswered, '', turn('turn-2')), 'There');
    expect(late()).toEqual(['Here', 'There']);
  });

  it('is cut where there is no other way, and recorded as such', async () => {
    const to = await said({ withoutUrl: true });
    const reply = await begin(to, 'Half');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    await expect(finish(reply, 'Half and half')).rejects.toMatchObject({ code: 'gone', retryable: false });
  });
});

describe('an end that nobody asks for', () => {
  beforeEach(() => {
    setTimes({ takenWithinMs: 60 });
  });

  it('goes out as a message of its own, once, and the stream points there', async () => {
    const to = await said();
    const reply = await begin(to, 'Hello');
    await eventually(() => stream(to).content === 'Hello');
    await emulator.pausePolling(true);
    await finish(reply, 'Hello world');
    await finish(reply, 'Hello world');
    expect(late()).toEqual(['Hello world']);
    await emulator.pausePolling(false);
    await eventually(() => stream(to).finished);
    expect(stream(to).content).toBe('The answer follows in a message of its own.');
  });

  it('is kept for a later poll where there is no other way', async () => {
    const to = await said({ withoutUrl: true });
    const reply = await begin(to);
    await emulator.pausePolling(true);
    await expect(finish(reply, 'Late')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await emulator.pausePolling(false);
    await eventually(() => stream(to).finished);
    await finish(reply, 'Late');
    expect(stream(to).content).toBe('Late');
  });

  it('is kept for a later poll when the late message is refused', async () => {
    const to = await said();
    const reply = await begin(to);
    await emulator.pausePolling(true);
    emulator.fault({ match: 'aibot/response', errcode: 40058, times: 1 });
    await expect(finish(reply, 'Late')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await emulator.pausePolling(false);
    await eventually(() => stream(to).finished);
    expect(stream(to).content).toBe('Late');
    await finish(reply, 'Late');
    expect(late()).toEqual([]);
  });

  it('is undeliverable once WeCom has stopped asking', async () => {
    const to = await said({ withoutUrl: true });
    const reply = await begin(to);
    await emulator.pausePolling(true);
    emulator.advance(6 * MINUTE + 1);
    await expect(finish(reply, 'Too late')).rejects.toMatchObject({ code: 'gone' });
  });

  it('stops waiting when a newer writer took the reply', async () => {
    const to = await said();
    setTimes({ takenWithinMs: 5000 });
    const reply = await begin(to);
    await emulator.pausePolling(true);
    const old = finish(reply, 'old');
    old.catch(() => undefined);
    await begin(to, 'new', turn('turn-1', 2));
    await expect(old).rejects.toMatchObject({ code: 'superseded' });
    await emulator.pausePolling(false);
    await finish({ ...reply, turn: turn('turn-1', 2) }, 'new and whole');
    expect(stream(to).content).toBe('new and whole');
  });
});

describe('the address for a late answer', () => {
  const cut = async (): Promise<{ to: Address; reply: ReplyRef }> => {
    const to = await said();
    const reply = await begin(to, 'A');
    emulator.advance(times.endsMs);
    await eventually(() => stream(to).finished);
    return { to, reply };
  };

  it.each([
    ['is lost after it arrived', { timeout: true, after: true }],
    ['is lost before it arrived', { timeout: true }],
    ['breaks off', { drop: true, after: true }],
    ['is an error of something in between', { status: 502, after: true }],
    ['says that it is busy', { errcode: -1 }],
  ])('carries the answer once when a call %s', async (_, fault) => {
    const { reply } = await cut();
    if ('timeout' in fault) setTimes({ callTimeoutMs: 600 });
    emulator.fault({ match: 'aibot/response', times: 1, ...fault });
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ retryable: true });
    setTimes({ callTimeoutMs: 3000 });
    await finish(reply, 'AB');
    await finish({ ...reply, turn: turn('turn-1', 3) }, 'AB');
    expect(late()).toEqual(['(continued)\n\nB']);
  });

  it('is used by whoever comes first', async () => {
    const { to, reply } = await cut();
    await messenger().say(to, 'A notice', 'notice:1');
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ code: 'gone' });
    expect(late()).toEqual(['A notice']);
  });

  it('is good for an hour', async () => {
    const { reply } = await cut();
    emulator.advance(60 * MINUTE);
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ code: 'gone' });
    expect(late()).toEqual([]);
  });

  it('is not taken for used when it has expired', async () => {
    const { reply } = await cut();
    setTimes({ callTimeoutMs: 600 });
    emulator.fault({ match: 'aibot/response', timeout: true, times: 1 });
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ code: 'timeout' });
    emulator.advance(60 * MINUTE);
    setTimes({ callTimeoutMs: 3000 });
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ code: 'gone' });
  });

  it('is waited for when there were too many calls', async () => {
    const { reply } = await cut();
    emulator.fault({ match: 'aibot/response', errcode: 45009, times: 1 });
    await expect(finish(reply, 'AB')).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
    await finish(reply, 'AB');
    expect(late()).toHaveLength(1);
  });

  it.each(['http://169.254.169.254/latest', 'https://evil.example/cgi-bin/aibot/response', 'http://qyapi.weixin.qq.com/', 'nonsense'])(
    'is not called on other hosts: %s',
    async (responseUrl) => {
      const { to, reply } = await cut();
      const elsewhere = { ...reply, to: { ...to, handles: { ...to.handles, responseUrl } } };
      await expect(finish(elsewhere, 'AB')).rejects.toMatchObject({ code: 'gone' });
    },
  );

  it('carries the answer to a press, which has no stream', async () => {
    const to: Address = { chatId: 'ann', kind: 'private', handles: { responseUrl: String(emulator.message({ text: 'x' }).response_url) } };
    await finish(await begin(to), 'Again');
    expect(late()).toEqual(['Again']);
  });
});
