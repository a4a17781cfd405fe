import { type DingTalkEmulator, startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import type { OwnProcess } from '../support/bare-stack';
import { type Cable, startCable } from '../support/cable';
import { startBareWorldOf } from './bare-world';
import { pause, report } from './tally';
import { longAnswer, streamed, until } from './world';

const LINES = 80;
/** Longer than anybody may believe himself its writer. */
const FIRST_SECONDS = 45;
const MOVES_WITHIN_MS = 8000;

/** How often each question was asked: every time the expert says something else. */
const asked = new Map<string, number>();
const says = (question: string, time: number): string => longAnswer(`${question}, told for the ${time}. time`, LINES);

describe('a worker that is cut off or killed while its answers stream', () => {
  let world: Awaited<ReturnType<typeof startBareWorldOf>>;
  let lark: LarkEmulator;
  let dingtalk: DingTalkEmulator;
  let cable: Cable;
  const startWorker = (name: string, env: Readonly<Record<string, string>> = {}): Promise<OwnProcess> =>
    world.bare.startProcess(name, 'workers/main.ts', ['conversations'], env);
  /** Every question in a chat of its own, by turns on Lark and on DingTalk. */
  const ask = (questions: readonly string[]): void => {
    for (const [n, text] of questions.entries()) (n % 2 === 0 ? lark : dingtalk).say({ chatId: `chat ${text}`, text });
  };
  const card = (question: string) => [...lark.cards(`chat ${question}`), ...dingtalk.cards(`chat ${question}`)][0];
  const isStreaming = (question: string): boolean => (card(question)?.text.length ?? 0) > 200;
  const isClosed = (question: string): boolean => card(question)!.closed;
  const areConnected = (): boolean => lark.connections() > 0 && dingtalk.connections() > 0;

  beforeAll(async () => {
    lark = await startLarkEmulator({ limits: 'off' });
    dingtalk = await startDingTalkEmulator({ limits: 'off' });
    const { appId, appSecret, domain } = lark.config;
    const bots = [
      { channel: 'lark', mode: 'long_connection', config: { appId, appSecret, domain }, close: lark.close },
      { channel: 'dingtalk', mode: 'stream', config: dingtalk.config, close: dingtalk.close },
    ];
    world = await startBareWorldOf(bots, {
      script: (question) => {
        const time = (asked.get(question) ?? 0) + 1;
        asked.set(question, time);
        return streamed(says(question, time), time === 1 ? FIRST_SECONDS : 6, 100);
      },
      trigger: { gatherMs: 0 },
    });
    cable = await startCable(world.bare.temporalAddress);
    await world.bare.startProcess('holder', 'workers/main.ts', ['connections']);
  }, 180_000);

  afterAll(async () => {
    await cable?.close();
    await world?.stop();
  }, 60_000);

  afterEach(() => {
    cable.restore();
  });

  it('cut off from Temporal alone, it cannot overwrite what its successor wrote', async () => {
    const { ai } = world;
    const cutOff = await startWorker('cut off', { TEMPORAL_ADDRESS: cable.address });
    await until(areConnected, 20_000, 'the bots to connect');
    const questions = ['cut a', 'cut b', 'cut c', 'cut d'];
    ask(questions);
    await until(() => questions.every(isStreaming), 20_000, 'the answers to stream');
    await startWorker('successor');
    cable.cut();
    const cutAt = Date.now();
    await until(() => questions.every(isClosed), 60_000, 'the answers');
    const endedAfter = Date.now() - cutAt;
    await pause(3000);

    for (const question of questions) {
      const { text, frames, closed } = card(question)!;
      expect({ text, closed }).toEqual({ text: says(question, 2), closed: true });
      const takenOver = frames.findIndex((frame) => frame.text.includes('told for the 2. time'));
      expect(frames.slice(takenOver).filter((frame) => frame.text.includes('told for the 1. time'))).toEqual([]);
      const [first, second] = ai.requests.filter((request) => request.question === question);
      report(
        `${question}: taken over ${frames[takenOver]!.at - cutAt} ms after the cut; whoever was cut off gave up after ${(first!.abortedAt ?? Number.NaN) - cutAt} ms`,
      );
      // Whoever is no longer the writer notices within the second or two that its proof may be late.
      expect(first!.abortedAt! - second!.startedAt).toBeLessThan(5000);
    }
    report(`all ended ${endedAfter} ms after the cut`);
    await cutOff.kill();
  }, 120_000);

  it('back on the network while its successor answers, it disturbs nobody', async () => {
    for (const old of world.bare.processes().filter(({ name }) => name === 'successor')) await old.kill();
    const cutOff = await startWorker('cut off again', { TEMPORAL_ADDRESS: cable.address });
    const questions = ['back a', 'back b', 'back c', 'back d'];
    ask(questions);
    await until(() => questions.every(isStreaming), 20_000, 'the answers to stream');
    await startWorker('successor');
    cable.cut();
    // Tasks that it took but never got lie in the cable: they reach it together with the others' answers.
    await until(() => questions.some((question) => (asked.get(question) ?? 0) > 1), 40_000, 'the successor to ask');
    await pause(1500);
    cable.restore();
    await until(() => questions.every(isClosed), 60_000, 'the answers');
    await pause(2000);
    report(`asked ${questions.map((question) => asked.get(question)).join(', ')} times`);
    for (const question of questions) {
      const { text, status } = card(question)!;
      const all = Array.from({ length: asked.get(question)! }, (_, n) => says(question, n + 1));
      if (status !== '') report(`${question}: ${status} ${text.slice(0, 80)}`);
      expect([status, all.includes(text)]).toEqual(['', true]);
    }
    await cutOff.kill();
  }, 120_000);

  it('killed, its cards move on within 8 s', async () => {
    // The successor of the last test is the only one there is.
    const questions = ['killed a', 'killed b', 'killed c', 'killed d'];
    ask(questions);
    await until(() => questions.every(isStreaming), 20_000, 'the answers to stream');
    const next = await startWorker('next');
    await world.bare
      .processes()
      .find(({ name }) => name === 'successor')!
      .kill();
    const killedAt = Date.now();
    await until(() => questions.every(isClosed), 40_000, 'the answers');
    const movedAfter = questions.map((question) => card(question)!.frames.find(({ at }) => at > killedAt + 200)!.at - killedAt);
    report(`cards moved on ${movedAfter.join(', ')} ms after the kill`);
    expect(Math.max(...movedAfter)).toBeLessThanOrEqual(MOVES_WITHIN_MS);
    expect(questions.map((question) => card(question)!.text)).toEqual(questions.map((question) => says(question, 2)));
    await next.kill();
  }, 120_000);
});
