import type { OwnProcess } from '../support/bare-stack';
import { type Proxy, startProxy } from '../support/proxy';
import { startBareWorld } from './bare-world';
import { pause, report } from './tally';
import { longAnswer, streamed, until } from './world';

const LINES = 80;
const FIRST_SECONDS = 18;
const MOVES_WITHIN_MS = 8000;

/** How often each question was asked: every time the expert says something else. */
const asked = new Map<string, number>();
const says = (question: string, time: number): string => longAnswer(`${question}, told for the ${time}. time`, LINES);

describe('a worker that is cut off or killed while its answers stream', () => {
  let world: Awaited<ReturnType<typeof startBareWorld>>;
  let proxy: Proxy;
  const startWorker = (name: string, env: Readonly<Record<string, string>> = {}): Promise<OwnProcess> =>
    world.bare.startProcess(name, 'workers/main.ts', ['conversations'], env);
  const card = (messageId: string) => world.lark.cards().find(({ replyTo }) => replyTo === messageId);
  const isStreaming = (messageId: string): boolean => (card(messageId)?.text.length ?? 0) > 200;

  beforeAll(async () => {
    world = await startBareWorld({
      lark: { limits: 'off' },
      script: (question) => {
        const time = (asked.get(question) ?? 0) + 1;
        asked.set(question, time);
        return streamed(says(question, time), time === 1 ? FIRST_SECONDS : 4, 100);
      },
      trigger: { gatherMs: 0 },
    });
    proxy = await startProxy(world.bare.temporalAddress);
    await world.bare.startProcess('holder', 'workers/main.ts', ['connections']);
  }, 180_000);

  afterAll(async () => {
    await world.stop();
    await proxy.close();
  }, 60_000);

  it('cut off from Temporal alone, it cannot overwrite what its successor wrote', async () => {
    const { lark, ai } = world;
    const cutOff = await startWorker('cut off', { TEMPORAL_ADDRESS: proxy.address });
    await until(() => lark.connections() > 0, 20_000, 'the bot to connect');
    const questions = ['cut a', 'cut b', 'cut c'];
    const ids = questions.map((text) => lark.say({ chatId: `oc_${text}`, text }));
    await until(() => ids.every(isStreaming), 20_000, 'the answers to stream');
    await startWorker('successor');
    proxy.cut();
    const cutAt = Date.now();
    await until(() => ids.every((id) => card(id)!.closed), 40_000, 'the answers');
    const endedAfter = Date.now() - cutAt;
    // Until whoever was cut off had said everything, and longer.
    await pause(cutAt + FIRST_SECONDS * 1000 + 3000 - Date.now());

    for (const [index, id] of ids.entries()) {
      const { text, frames, closed } = card(id)!;
      const question = questions[index]!;
      expect({ text, closed }).toEqual({ text: says(question, 2), closed: true });
      const takenOver = frames.findIndex((frame) => frame.text.includes('told for the 2. time'));
      expect(frames.slice(takenOver).filter((frame) => frame.text.includes('told for the 1. time'))).toEqual([]);
      const [first, second] = ai.requests.filter((request) => request.question === question);
      report(
        `${question}: taken over ${frames[takenOver]!.at - cutAt} ms after the cut; whoever was cut off gave up ${(first!.abortedAt ?? Number.NaN) - second!.startedAt} ms after its successor asked`,
      );
      expect(first!.abortedAt! - second!.startedAt).toBeLessThan(5000);
    }
    report(`all ended ${endedAfter} ms after the cut`);
    await cutOff.kill();
    proxy.restore();
  }, 120_000);

  it('killed, its cards move on within 8 s', async () => {
    const { lark } = world;
    // The successor of the last test is the only one there is.
    const questions = ['killed a', 'killed b', 'killed c', 'killed d'];
    const ids = questions.map((text) => lark.say({ chatId: `oc_${text}`, text }));
    await until(() => ids.every(isStreaming), 20_000, 'the answers to stream');
    const next = await startWorker('next');
    const doomed = world.bare.processes().find(({ name }) => name === 'successor')!;
    await doomed.kill();
    const killedAt = Date.now();
    await until(() => ids.every((id) => card(id)!.closed), 40_000, 'the answers');
    const movedAfter = ids.map((id) => card(id)!.frames.find(({ at }) => at > killedAt + 200)!.at - killedAt);
    report(`cards moved on ${movedAfter.join(', ')} ms after the kill`);
    expect(Math.max(...movedAfter)).toBeLessThanOrEqual(MOVES_WITHIN_MS);
    expect(ids.map((id) => card(id)!.text)).toEqual(questions.map((question) => says(question, 2)));
    await next.kill();
  }, 120_000);
});
