import type { ReplyView, Step } from '../../domain/answer';
import { badReasons } from '../../domain/card';
import { localPorts } from '../../tests/support/ports';
import { view } from '../contract';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';
import { createLark } from './index';

const emulators: LarkEmulator[] = [];
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.close();
});

const TURN = '00000000-0000-4000-8000-000000000001';
const to = { chatId: 'oc_chat', kind: 'group' } as const;
const save = async (): Promise<void> => undefined;
const step = (id: string, status: Step['status'], seconds?: number): Step => ({
  id,
  title: `step ${id}`,
  status,
  ...(seconds === undefined ? {} : { seconds }),
});
const ENDED = ['good', 'bad', 'regenerate', 'new'] as const;

async function scene(options: LarkEmulatorOptions = {}) {
  const emulator = await startLarkEmulator(options);
  emulators.push(emulator);
  const messenger = createLark().messenger(emulator.config, localPorts());
  const begin = (first: ReplyView) => messenger.beginReply(to, { id: TURN, epoch: 1 }, first, undefined, save);
  const shown = () => emulator.cards()[0]!;
  const element = (id: string) => find(shown().json, id);
  return { emulator, messenger, begin, shown, element };
}

interface Json {
  readonly [key: string]: unknown;
}

function find(value: unknown, id: string): Json | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if ((value as Json).element_id === id) return value as Json;
  for (const each of Object.values(value)) {
    const found = find(each, id);
    if (found) return found;
  }
  return undefined;
}

const ids = (json: Json): readonly string[] => (json.body as { elements: Json[] }).elements.map(({ element_id: id }) => String(id));

describe('the card', () => {
  it('shows status, reasoning, steps, answer, buttons and footer in this order, the panels folded', async () => {
    const { messenger, begin, shown, element } = await scene();
    const steps = [step('1', 'done', 1.25), step('2', 'failed', 0.5), step('3', 'running')];
    const reply = await begin(view('streaming', 'Hello', { steps, reasoning: 'I *think*\nso', buttons: ['stop'] }));
    expect(ids(shown().json)).toEqual(['status', 'reasoning', 'steps', 'answer', 'buttons']);
    expect(element('steps')).toMatchObject({ expanded: false, header: { title: { content: '🛠 3 steps · 1.8 s' } } });
    expect(element('steps_text')!.content).toBe('✅ step 1 · 1.3 s\n❌ step 2 · 0.5 s\n⏳ step 3');
    expect(element('reasoning_text')!.content).toBe('I &#42;think&#42;\nso');
    expect(shown()).toMatchObject({ buttons: ['stop'], closed: false, turnId: TURN });
    await messenger.finishReply(reply, view('done', 'Hello!', { steps, reasoning: 'x', buttons: ENDED, footer: 'by gpt · 3 s' }), save);
    expect(ids(shown().json)).toEqual(['reasoning', 'steps', 'answer', 'buttons', 'footer']);
    expect(shown()).toMatchObject({ buttons: [...ENDED], closed: true, footer: "<font color='grey'>by gpt · 3 s</font>" });
  });

  it('shows exactly the buttons and the footer that it is told to, in the language of the question', async () => {
    const { messenger, begin, shown, element } = await scene();
    const reply = await begin(view('queued', '', { language: 'zh', queuePlace: 2, buttons: [] }));
    expect(shown()).toMatchObject({ status: '⏳ 排队中 · 第 2 位', buttons: [] });
    await messenger.finishReply(reply, view('failed', '', { language: 'zh', reason: '出错。', buttons: ['retry', 'new'] }), save);
    expect(shown()).toMatchObject({ buttons: ['retry', 'new'], footer: '', closed: true });
    expect((element('retry')!.text as Json).content).toBe('🔄 重试');
  });

  it('asks why an answer was bad', async () => {
    const { messenger, begin, element } = await scene();
    await messenger.finishReply(await begin(view('thinking', '')), view('done', 'Hm.', { buttons: ENDED }), save);
    expect(element('bad')).toMatchObject({ tag: 'select_static', behaviors: [{ value: { action: 'bad', turnId: TURN } }] });
    expect((element('bad')!.options as Json[]).map(({ value }) => value)).toEqual(badReasons);
  });

  it('keeps within 30 KB and its elements with everything on it', async () => {
    const { emulator, messenger, begin } = await scene();
    const steps = Array.from({ length: 60 }, (_, n) => ({ ...step(String(n), 'done', 1.5), title: `"查询"*${'很长的标题'.repeat(20)}` }));
    const text = Array.from({ length: 700 }, (_, n) => `第 ${n} 段 "quoted" with <b>words</b>.\n\n`).join('');
    const full = { steps, reasoning: '思考 *a* "b"\n'.repeat(3000), footer: '由 AI 生成 · '.repeat(20), buttons: ENDED };
    let reply = await begin(view('thinking', '', { ...full, buttons: ['stop'] }));
    reply = await messenger.updateReply(reply, () => view('streaming', text, { ...full, buttons: ['stop'] }), save);
    await messenger.finishReply(reply, view('done', text, full), save);
    expect(emulator.calls().filter(({ code }) => code !== 0)).toEqual([]);
    const cards = emulator.cards();
    expect(cards.map((card) => card.text).join('') === text).toBe(true);
    expect(cards.every(({ closed }) => closed)).toBe(true);
    for (const { json } of cards) expect(Buffer.byteLength(JSON.stringify(json))).toBeLessThan(30 * 1024);
  });
});

describe('a frame', () => {
  it('is one operation, however much has changed', async () => {
    const { emulator, messenger, begin, shown, element } = await scene();
    let reply = await begin(view('streaming', 'a', { steps: [step('1', 'running')], reasoning: 'so' }));
    const grown = view('streaming', 'ab', { steps: [step('1', 'done', 2), step('2', 'running')], reasoning: 'so it is' });
    reply = await messenger.updateReply(reply, () => grown, save);
    expect(shown().frames.map(({ kind }) => kind)).toEqual(['create', 'batch']);
    expect(shown()).toMatchObject({ text: 'ab', streaming: true, status: '✍️ Answering… · step 2' });
    expect(element('steps_text')!.content).toBe('✅ step 1 · 2.0 s\n⏳ step 2');
    expect((element('steps')!.header as { title: Json }).title.content).toBe('🛠 2 steps · 2.0 s');
    expect(element('reasoning_text')!.content).toBe('so it is');
    await messenger.updateReply(reply, () => grown, save);
    expect(emulator.calls('card.batch')).toHaveLength(1);
  });

  it('replaces the card when a panel or a button comes or goes, and streams on', async () => {
    const { messenger, begin, shown } = await scene();
    let reply = await begin(view('thinking', '', { buttons: [] }));
    reply = await messenger.updateReply(reply, () => view('thinking', '', { buttons: ['stop'] }), save);
    reply = await messenger.updateReply(reply, () => view('thinking', '', { buttons: ['stop'], steps: [step('1', 'running')] }), save);
    reply = await messenger.updateReply(reply, () => view('streaming', 'x', { buttons: ['stop'], steps: [step('1', 'done')] }), save);
    await messenger.updateReply(reply, () => view('streaming', 'xy', { buttons: ['stop'], steps: [step('1', 'done')] }), save);
    expect(shown().frames.map(({ kind }) => kind)).toEqual(['create', 'update', 'update', 'batch', 'content']);
    expect(shown()).toMatchObject({ text: 'xy', streaming: true, buttons: ['stop'] });
  });

  it('falls back to whole cards where Lark refuses to change several elements at once', async () => {
    const { emulator, messenger, begin, shown } = await scene();
    emulator.fault({ match: 'card.batch', code: 300314 });
    let reply = await begin(view('streaming', 'a', { steps: [step('1', 'running')] }));
    for (const [text, status] of [
      ['ab', 'done'],
      ['abc', 'failed'],
    ] as const)
      reply = await messenger.updateReply(reply, () => view('streaming', text, { steps: [step('1', status)] }), save);
    expect(shown().text).toBe('abc');
    expect(emulator.calls('card.batch')).toHaveLength(1);
    expect(emulator.calls('card.update')).toHaveLength(2);
  });

  it('of ten cards at once comes every 200 ms, by a second API where the first is exhausted, ten times a second and card at most', async () => {
    const { emulator, messenger } = await scene();
    const until = Date.now() + 3000;
    const gaps: number[] = [];
    const one = async (n: number): Promise<void> => {
      let text = 'x';
      let reply = await messenger.beginReply(to, { id: `${TURN}${n}`, epoch: 1 }, view('streaming', text), undefined, save);
      for (let last = Date.now(); last < until; ) {
        text += ' more';
        reply = await messenger.updateReply(reply, () => view('streaming', text), save);
        gaps.push(Date.now() - last);
        last = Date.now();
      }
      await messenger.finishReply(reply, view('done', text), save);
    };
    await Promise.all(Array.from({ length: 10 }, (_, n) => one(n)));
    gaps.sort((a, b) => a - b);
    // What processes share of an API is the budget's to keep, and that of this test knows no distance between calls.
    expect(emulator.violations().filter(({ limit }) => limit === 'card')).toEqual([]);
    expect(emulator.calls('card.element').length).toBeGreaterThan(5);
    expect(emulator.calls('card.element').length).toBeLessThanOrEqual(16 * 4);
    expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThanOrEqual(200);
  }, 15_000);
});
