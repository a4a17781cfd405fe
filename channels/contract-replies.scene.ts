import { ChannelError } from '../domain/errors';
import type { ReplyRef } from './channel';
import { type Bench, copied, view } from './contract-bench.scene';
import { statusWords } from './status-words';

/** Texts that have broken somebody's cards. */
const TEXTS: Readonly<Record<string, string>> = {
  numbers: '1. one\n2. two\n\n3.14 and -0 and 1e9 and 007',
  lists: '- a\n  - b\n    - c\n\n* d\n+ e\n\n1) f',
  tables: '| a | b |\n|---|---|\n| 1 | `x|y` |\n| 2 | **z** |\n',
  code: 'Run:\n\n```ts\nconst a = "<b>&amp;</b>"; // $x\n\tif (a) {}\n```\n\nthen `npm test`.',
  Chinese: '你好，世界！\n\n**加粗**、《书名》——“引号”。',
  emoji: '👩‍👩‍👧‍👦 🇨🇳 👍🏽 é ✅',
  'half-open Markdown': 'a **bold that never ends, `code, [link](http://x',
  'a half-open code block': '```python\nprint("a")\n',
  'quotes and backslashes': '"a" \\n \\" \'b\' {"c": [1]} \u00a0 <font>',
};

/** One reply for each turn, whatever it says. */
export function describeGrowth(bench: Bench): void {
  const { abilities, grows, save, visible, begin } = bench;

  it('shows one reply that grows and ends', async () => {
    let reply = await begin();
    for (const text of ['Hello', 'Hello world', 'Hello world.'])
      reply = await bench.messenger().updateReply(reply, () => view('streaming', text), save);
    if (abilities.streaming && grows) expect(await visible()).toEqual([{ kind: 'reply', text: 'Hello world.', ended: false }]);
    await bench.messenger().finishReply(reply, view('done', 'Hello world. Bye.'), save);
    expect(await visible()).toEqual([{ kind: 'reply', text: 'Hello world. Bye.', ended: true }]);
  });

  it.each(Object.entries(TEXTS))('shows %s exactly as the expert said them', async (_, text) => {
    const reply = await bench.messenger().updateReply(await begin(), () => view('streaming', text), save);
    if (abilities.streaming && grows) expect((await visible())[0]?.text).toBe(text);
    await bench.messenger().finishReply(reply, view('done', text), save);
    expect(await visible()).toEqual([{ kind: 'reply', text, ended: true }]);
  });

  it('goes on in further parts when an answer is longer than one holds', async () => {
    const line = `${'长'.repeat(30)} and so on\n\n`;
    const text = line.repeat(Math.ceil((abilities.maxTextBytes * 1.6) / Buffer.byteLength(line)));
    await bench.messenger().finishReply(await begin('long'), view('done', text), save);
    expect((await visible()).map(({ text: shown, ended }) => [shown === text, ended])).toEqual([[true, true]]);
  });
}

/** Once, through repeats, deaths and changes of process. */
export function describeOnce(bench: Bench): void {
  const { grows, save, visible, begin, turn } = bench;
  const finished = async (reply: ReplyRef, text: string): Promise<void> => {
    await bench.another().finishReply(copied(reply), view('done', text), save);
    expect(await visible()).toEqual([{ kind: 'reply', text, ended: true }]);
  };

  it('makes one reply of a begin that is repeated with what was saved', async () => {
    await begin('one');
    const reply = await begin('one', 1, bench.saved());
    if (grows) expect(await visible()).toHaveLength(1);
    await finished(reply, 'one and all');
  });

  it('makes one reply of a begin that died after each thing it saved', async () => {
    const steps: ReplyRef[] = [];
    const { chat } = bench.platform();
    let reply = await bench.messenger().beginReply(chat, turn(), view('thinking', ''), undefined, async (each) => void steps.push(each));
    for (const [index, step] of steps.entries())
      reply = await bench.another().beginReply(chat, turn(index + 2), view('recovering', 'so far'), copied(step), save);
    if (grows) expect(await visible()).toHaveLength(1);
    await finished(reply, 'so far, and all of it');
  });

  it('goes on in the same reply when another process takes over', async () => {
    await bench.messenger().updateReply(await begin(), () => view('streaming', 'first half'), save);
    const reply = await bench.another().beginReply(bench.platform().chat, turn(2), view('recovering', ''), bench.saved(), save);
    await finished(reply, 'all of it');
  });

  if (bench.fenced)
    it('does not let a writer that was replaced win', async () => {
      const old = await begin('old');
      const refusal = (error: unknown): void => expect(error).toBeInstanceOf(ChannelError);
      const successor = bench.another();
      const reply = await successor.beginReply(bench.platform().chat, turn(2), view('streaming', 'new'), bench.saved(), save);
      const late = () => view('streaming', 'old and late');
      await bench.messenger().updateReply(old, late, save).catch(refusal);
      await successor.finishReply(reply, view('done', 'new and whole'), save);
      await bench.messenger().finishReply(old, view('done', 'old and late'), save).catch(refusal);
      expect((await visible()).map(({ text }) => text)).toEqual(['new and whole']);
    });

  it('changes nothing when an end is repeated', async () => {
    const ended = await bench.messenger().finishReply(await begin('half'), view('done', 'whole'), save);
    const shown = await bench.platform().visible();
    await bench.messenger().finishReply(ended, view('done', 'whole'), save);
    await bench.another().finishReply(copied(bench.saved() ?? ended), view('done', 'whole'), save);
    expect(await bench.platform().visible()).toEqual(shown);
  });

  if (bench.keyed)
    it('says a thing once, however often it is asked to with the same key', async () => {
      const { chat } = bench.platform();
      for (const [text, key] of [
        ['Notice 1', 'key-1'],
        ['Notice 1', 'key-1'],
        ['Notice 2', 'key-2'],
      ] as const)
        await bench.messenger().say(chat, text, key);
      expect((await visible('message')).map(({ text }) => text)).toEqual(['Notice 1', 'Notice 2']);
    });
}

/** What stands around the words. */
export function describeDrawing(bench: Bench): void {
  const { grows, save, begin, turn } = bench;
  const drawn = async (): Promise<string> => await bench.platform().drawn();

  if (grows)
    it('draws a reply that waits in line, with its place and how many messages it answers', async () => {
      const queued = view('queued', '', { queuePlace: 37, messages: 41 });
      const reply = await bench.messenger().beginReply(bench.platform().chat, turn(), queued, undefined, save);
      expect(await drawn()).toMatch(/\b37\b[\s\S]*\b41\b/);
      await bench.messenger().finishReply(reply, view('done', 'Your turn.'), save);
      expect(await drawn()).not.toMatch(/\b37\b/);
    });

  it('draws steps while they are done, and the footer under the end', async () => {
    const steps = [{ id: '1', title: 'Looked into the archive', status: 'done', seconds: 1.2 }] as const;
    const reply = await bench.messenger().updateReply(await begin(), () => view('streaming', 'So', { steps }), save);
    if (grows) expect(await drawn()).toContain('Looked into the archive');
    await bench.messenger().finishReply(reply, view('done', 'So it is.', { steps, footer: 'written by a machine' }), save);
    expect(await drawn()).toContain('written by a machine');
  });

  it('shows a failure with its reason and reference, keeping the text', async () => {
    const failed = view('failed', 'so far', { reason: 'The expert could not be reached.', reference: 'R-4711' });
    await bench.messenger().finishReply(await begin('so far'), failed, save);
    expect(await bench.visible()).toEqual([{ kind: 'reply', text: 'so far', ended: true }]);
    expect(await drawn()).toMatch(/The expert could not be reached\.[\s\S]*R-4711/);
  });

  if (bench.worded)
    it.each(['en', 'zh'] as const)('says in the language of the question how a reply stands: %s', async (language) => {
      await bench.messenger().finishReply(await begin('half'), view('expired', 'half', { language }), save);
      const other = language === 'en' ? 'zh' : 'en';
      expect(await drawn()).toContain(statusWords.expired[language]);
      expect(await drawn()).not.toContain(statusWords.expired[other]);
    });
}
