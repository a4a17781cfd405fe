import type { Address } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import { view } from '../contract';
import { words } from './emulator/http-seen';
import { begin, bytes, emulator, finish, late, lines, messenger, said, save, stream, times, turn } from './webhook-bot.scene';

describe('a stream', () => {
  it('grows with every poll and ends with the answer, whoever is polled', async () => {
    const to = await said();
    const reply = await begin(to);
    for (const text of ['one', 'one two', 'one two three']) {
      await messenger().updateReply(reply, () => view('streaming', text), save);
      await eventually(() => stream(to).content === text);
    }
    await finish(reply, 'one two three.');
    expect(stream(to)).toMatchObject({ content: 'one two three.', finished: true });
    expect([late(), emulator.violations()]).toEqual([[], []]);
  });

  it('shows how long it has been thinking', async () => {
    const to = await said();
    const reply = await begin(to);
    await messenger().updateReply(reply, () => view('thinking', '', { seconds: 31 }), save);
    await emulator.pollAll();
    expect(stream(to).content).toBe('💭 Thinking… · 30 s');
  });

  it('shows thoughts, steps, the line below and what may be pressed, never more than WeCom takes', async () => {
    const to = await said();
    const steps = [{ id: '1', title: 'Looking <b>', status: 'done', seconds: 1.24 } as const];
    const reply = await begin(to);
    const more = {
      steps,
      reasoning: `first ${'想'.repeat(5000)} </think> last`,
      footer: 'AI · 3 s',
      buttons: ['good', 'regenerate', 'new'] as const,
    };
    await finish(reply, lines(3000), more);
    const { content, card, feedbackId } = stream(to);
    expect(content).toMatch(/^<think>\n….*last\n✓ Looking <b> \(1\.2 s\)\n<\/think>\n0 一二三/);
    expect(bytes(content)).toBeLessThanOrEqual(20_480);
    expect(card).toMatchObject({ button_list: [{ key: 'regenerate:turn-1' }, { key: 'new:turn-1' }] });
    expect(feedbackId).toBe(to.handles!.streamId);
    expect(late()[0]).toMatch(/\n\n> AI · 3 s\n\n\(The answer is longer .*\)$/);
  });

  it.each([0, 1, 2])('ends for a message that was taken together with the one before it (%i begins again)', async (again) => {
    const first = await said();
    emulator.advance(100);
    const second = await said();
    emulator.advance(100);
    const reply = await begin(first, 'Both: ');
    for (let n = 0; n < again; n++) await messenger().beginReply(first, turn('turn-1', n + 2), view('recovering', ''), reply, save);
    await emulator.pollAll();
    expect(stream(second)).toMatchObject({ content: '💭 Thinking…', finished: false });
    emulator.advance(times.settleMs + 1);
    await eventually(() => stream(second).finished);
    expect(stream(second).content).toBe('Taken together with the message before it; the answer is there.');
    expect(stream(first).finished).toBe(false);
  });

  it('ends so in a chat that goes on without a pause, too', async () => {
    const first = await said();
    emulator.advance(100);
    const second = await said();
    await begin(first, 'Both: ');
    for (let n = 2; n < 10; n++) {
      emulator.advance(times.settleMs / 4);
      await messenger().beginReply(await said(), turn(`turn-${n}`), view('thinking', ''), undefined, save);
    }
    await eventually(() => stream(second).finished);
    expect(stream(second).content).toBe('Taken together with the message before it; the answer is there.');
  });

  it('stays open for a message that came while another was answered', async () => {
    const first = await said();
    emulator.advance(100);
    await begin(first, 'Long');
    emulator.advance(100);
    const second = await said();
    emulator.advance(times.settleMs * 2);
    await emulator.pollAll();
    expect(stream(second).finished).toBe(false);
    await messenger().beginReply(second, turn('turn-2'), view('queued', '', { queuePlace: 1, messages: 2 }), undefined, save);
    await eventually(() => stream(second).content === '⏳ Waiting in line · number 1 · 2 messages');
  });

  it('of another chat is not touched', async () => {
    const other = await said({ senderId: 'bob' });
    emulator.advance(100);
    await begin(await said(), 'Hi');
    emulator.advance(times.settleMs * 2);
    await emulator.pollAll();
    expect(stream(other).finished).toBe(false);
  });

  it('takes many writers and polls at once', async () => {
    const to = await said();
    const reply = await begin(to);
    const texts = Array.from({ length: 30 }, (_, n) => 'word '.repeat(n + 1));
    await Promise.all(
      texts.flatMap((text) => [
        messenger()
          .updateReply(reply, () => view('streaming', text), save)
          .catch((error: unknown) => expect(error).toMatchObject({ code: 'busy', retryable: true })),
        emulator.pollAll(),
      ]),
    );
    await Promise.all([finish(reply, 'The end'), finish(reply, 'The end'), emulator.pollAll()]);
    expect([stream(to).content, stream(to).frames.filter((frame) => frame.finish).length, late()]).toEqual(['The end', 1, []]);
  });

  it('brings no card into a group', async () => {
    const to = await said({ chatId: 'room' });
    await finish(await begin(to), 'Hello', { buttons: ['regenerate'] });
    expect(stream(to)).toMatchObject({ content: 'Hello', finished: true });
    expect(stream(to).card).toBeUndefined();
  });

  it('carries a notice as its end, in the language of the notice', async () => {
    const to = await said();
    await messenger().say(to, '已停止。', 'notice:1');
    expect(stream(to)).toMatchObject({ content: '已停止。', finished: true });
    expect(late()).toEqual([]);
  });
});

describe('an answer that is longer than a stream', () => {
  const whole = (to: Address): string => [stream(to).content, ...late()].map(words).join('');

  it.each([20_200, 20_239, 20_240, 20_241, 20_480, 20_481, 30_000, 40_000])('of %i bytes is shown to the character', async (size) => {
    const text = lines(4000).slice(0, size);
    const fitting = Buffer.from(text)
      .subarray(0, size)
      .toString('utf8')
      .replace(/\uFFFD+$/, '');
    const to = await said();
    await finish(await begin(to, fitting.slice(0, 100)), fitting);
    expect(whole(to)).toBe(fitting);
    for (const content of [stream(to).content, ...late()]) expect(bytes(content)).toBeLessThanOrEqual(20_480);
    expect(late()).toHaveLength(size > 20_240 ? 1 : 0);
    expect(emulator.violations()).toEqual([]);
  });

  it('says how much of it cannot be shown', async () => {
    const text = lines(6000);
    const to = await said();
    await finish(await begin(to), text);
    const left = Number(/its last (\d+) characters/.exec(late()[0]!)![1]);
    expect(whole(to)).toBe(text.slice(0, text.length - left));
    expect(left).toBeGreaterThan(20_000);
  });

  it('says so in the stream where no other message can follow', async () => {
    const text = lines(3000);
    const to = await said({ withoutUrl: true });
    await finish(await begin(to), text);
    const left = Number(/its last (\d+) characters/.exec(stream(to).content)![1]);
    expect(whole(to)).toBe(text.slice(0, text.length - left));
  });

  it('stays open until its end is known', async () => {
    const to = await said();
    const reply = await begin(to, lines(1500));
    await eventually(() => stream(to).content.endsWith('(The answer goes on in a message below.)'));
    expect(stream(to).finished).toBe(false);
    await finish(reply, lines(1500));
    expect(whole(to)).toBe(lines(1500));
  });
});

describe('a file sent to a bot', () => {
  const attached = (url: string) => ({ kind: 'image', ref: JSON.stringify({ url }) }) as const;
  const picture = Buffer.from('a picture of 31 bytes, no more.');

  it('is fetched and decrypted with the key of the settings', async () => {
    const url = emulator.putBotFile(picture, 'a%20cat.png');
    const file = await messenger().fetchFile!(attached(url), await said(), 1000);
    expect(file).toEqual({ bytes: picture, name: 'a cat.png' });
  });

  it('is refused when it is too large, gone or elsewhere', async () => {
    const to = await said();
    const fetchFile = (url: string, most: number) => messenger().fetchFile!(attached(url), to, most);
    await expect(fetchFile(emulator.putBotFile(picture, 'a'), 30)).rejects.toMatchObject({ code: 'too_large' });
    await expect(fetchFile(emulator.putBotFile(Buffer.alloc(5000), 'a'), 100)).rejects.toMatchObject({ code: 'too_large' });
    await expect(fetchFile(`${emulator.url}/files/none`, 100)).rejects.toMatchObject({ code: 'gone' });
    await expect(fetchFile('https://evil.example/a.png', 100)).rejects.toMatchObject({ code: 'gone' });
    await expect(messenger().fetchFile!({ kind: 'audio', ref: '' }, to, 100)).rejects.toMatchObject({ code: 'gone' });
  });
});
