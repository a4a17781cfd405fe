import { setTimeout as wait } from 'node:timers/promises';
import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { ReplyView } from '../domain/answer';
import type { Appearance } from '../domain/card';
import { ask, attempt, cardsOf, createProcess, feedOf, type ProcessOptions, question } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, eventually, type World } from '../tests/support/world';
import { inPlainMessages } from './plain-reply';

let world: World;
let service: OpenAiEmulator;
let slow: Desk;
let echo: Desk;

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  slow = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  echo = await createDesk(world, { config: { chunkMs: 5 } });
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});

const look = (desk: Desk, appearance: Partial<Appearance>) =>
  world.store.db.raw('UPDATE integrations SET appearance = ?::jsonb WHERE id = ?', [JSON.stringify(appearance), desk.integration.id]);

/** A process whose frames are written down. */
function watched(options: ProcessOptions = {}) {
  const frames: ReplyView[] = [];
  const process = createProcess(world, {
    ...options,
    messenger: (real) => ({
      ...real,
      updateReply: (reply, view, save) => {
        frames.push(view());
        return real.updateReply(reply, view, save);
      },
    }),
  });
  return { process, frames };
}

it('an ended card has its line and its buttons, a running one its stop', async () => {
  await look(echo, {});
  const { process, frames } = watched();
  const job = await ask(world, echo, [question('What next?', 'dressed')]);
  await attempt(process, job).outcome;
  const [card] = await cardsOf(world, echo, 'dressed');
  expect(card).toMatchObject({
    ...{ state: 'done', buttons: ['good', 'bad', 'regenerate', 'new'] },
    footer: expect.stringMatching(/^AI-generated · \d+\.\d s · echo$/),
  });
  expect(new Set(frames.map(({ buttons }) => buttons?.join()))).toEqual(new Set(['stop']));
});

it('shows steps with their durations, and thoughts where the integration wants them', async () => {
  for (const reasoning of [false, true]) {
    await look(echo, { reasoning });
    const chat = `steps ${reasoning}`;
    await attempt(createProcess(world), await ask(world, echo, [question('look up Parley', chat)])).outcome;
    const [card] = await cardsOf(world, echo, chat);
    expect(card!.steps).toMatchObject([
      { title: 'Search: Parley', status: 'done', seconds: expect.any(Number) },
      { title: 'Check 3 results', status: 'done', seconds: expect.any(Number) },
    ]);
    expect(card!.reasoning).toEqual(reasoning ? expect.stringContaining('Parley') : undefined);
  }
});

it('a stopped card keeps its steps: what was under way is over', async () => {
  await look(echo, {});
  const process = createProcess(world);
  const slowEcho = await createDesk(world, { config: { chunkMs: 500 } });
  const running = attempt(process, await ask(world, slowEcho, [question('look up Parley', 'cut')]));
  await eventually('a step', async () => (await cardsOf(world, slowEcho, 'cut'))[0]?.steps);
  running.cancel();
  await running.outcome;
  expect((await cardsOf(world, slowEcho, 'cut'))[0]).toMatchObject({
    ...{ state: 'stopped', steps: [{ status: 'failed' }], buttons: ['retry', 'new'] },
  });
});

it('while nothing comes its seconds go on, rarely', async () => {
  await look(slow, {});
  service.script(() => ({ chunks: ['at last'], firstDelayMs: 600 }));
  const { process, frames } = watched({ limits: { ticksMs: [120, 240] } });
  const job = await ask(world, slow, [question('Well?', 'silent')]);
  const startedAt = performance.now();
  await attempt(process, job).outcome;
  const tookMs = performance.now() - startedAt;
  const thinking = frames.filter(({ state }) => state === 'thinking');
  expect(thinking.length).toBeGreaterThanOrEqual(2);
  expect(thinking.length).toBeLessThanOrEqual(1 + tookMs / 240);
  const seconds = thinking.map((view) => view.seconds!);
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(seconds.at(-1)).toBeGreaterThan(seconds[0]!);
});

it('without streaming there is the thinking card, then the end', async () => {
  await look(slow, { stream: false });
  service.script(() => ({ chunks: ['one ', 'two ', 'three'], delayMs: 120 }));
  const { process, frames } = watched({ limits: { ticksMs: [50] } });
  const running = attempt(process, await ask(world, slow, [question('Well?', 'whole')]));
  await eventually('a card', async () => (await cardsOf(world, slow, 'whole'))[0]);
  await running.outcome;
  expect(frames).toEqual([]);
  expect(await cardsOf(world, slow, 'whole')).toMatchObject([{ state: 'done', text: 'one two three' }]);
});

describe('without cards', () => {
  it('the answer is a plain message at the end, with its line', async () => {
    await look(slow, { card: false });
    service.script(() => ({ chunks: ['one ', 'two'], delayMs: 20 }));
    await attempt(createProcess(world), await ask(world, slow, [question('Well?', 'plain')])).outcome;
    const entries = await feedOf(world, slow, 'plain');
    expect(entries).toMatchObject([{ type: 'message', from: 'bot', text: expect.stringMatching(/^one two\n\nAI-generated · /) }]);
  });

  it('is said once, though the process died after saying it', async () => {
    await look(slow, { card: false });
    service.script(() => ({ chunks: ['once'] }));
    const job = await ask(world, slow, [question('Well?', 'plain once')]);
    await attempt(createProcess(world, { death: { at: 'messenger.say', when: 'after' } }), job).outcome.catch(() => undefined);
    expect((await attempt(createProcess(world), job).outcome).state).toBe('done');
    expect(await feedOf(world, slow, 'plain once')).toHaveLength(1);
  });

  it('a card that was begun stays one', async () => {
    await look(slow, {});
    service.script(() => ({ chunks: ['a ', 'b ', 'c'], delayMs: 100 }));
    const job = await ask(world, slow, [question('Well?', 'kind')]);
    await attempt(createProcess(world, { death: { at: 'turns.reachedBackend', when: 'after' } }), job).outcome.catch(() => undefined);
    await look(slow, { card: false });
    await wait(10);
    await attempt(createProcess(world), job).outcome;
    expect(await feedOf(world, slow, 'kind')).toMatchObject([{ type: 'card', state: 'done', text: 'a b c', buttons: [] }]);
  });

  it('is said in parts that together are the words, to the last space, and are said again where nobody knows whether they arrived', async () => {
    const text = `Look:\n\n${Array.from({ length: 60 }, (_, n) => `${'  '.repeat(n % 4)}- step ${n} 你好`).join('\n')}`;
    const said: { part: string; again: string | undefined }[] = [];
    const messenger = { say: async (_to: unknown, part: string, _key: string, again?: string) => void said.push({ part, again }) };
    const shower = inPlainMessages(messenger, 500);
    const to = { chatId: 'c', kind: 'private' } as const;
    const view = { state: 'done', text, language: 'en', steps: [] } as const;
    const saved: unknown[] = [];
    const reply = await shower.beginReply(to, { id: 't', epoch: 1 }, view, undefined, async () => undefined);
    await shower.finishReply(reply, view, async ({ data }) => void saved.push(data.said));
    expect(said.map(({ part }) => part).join('')).toBe(text);
    expect(Math.max(...said.map(({ part, again }) => Buffer.byteLength(`${again}\n\n${part}`)))).toBeLessThanOrEqual(500);
    expect(saved).toEqual(said.map((_, n) => n + 1));
  });
});
