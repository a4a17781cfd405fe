import { type Platform, platforms } from './platforms';
import { answeredOf, pause, perfect, report, sizeOf, tallyOf } from './tally';
import { longAnswer, type PlatformsWorld, seeded, startWorldOf, streamed, until } from './world';

/** Platforms that deliver again, with their chats and the messages that are said in each, twice. */
const LOADS = [
  ['lark', 6, 4],
  ['dingtalk', 3, 3],
  ['wecom bot', 3, 3],
] as const;
const SESSION_SECONDS = 3;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

const whole = (question: string): string => longAnswer(question, 10);

describe('platforms that deliver everything again and again', () => {
  let world: PlatformsWorld;
  let storms: readonly Storm[];
  const random = seeded(SEED);

  beforeAll(async () => {
    const redeliverMs = [1000, 2000, 4000, 8000, 16_000];
    const started = await Promise.all(LOADS.map(([name]) => platforms[name]({ limits: false, redeliverMs })));
    world = await startWorldOf(started, {
      script: (question) => streamed(whole(question), 1, 10),
      trigger: { gatherMs: 100, sessionTimeoutSeconds: SESSION_SECONDS, queueMax: 50 },
    });
    storms = started.map((platform, index) => createStorm(platform, LOADS[index]![1], LOADS[index]![2], random));
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  it('Lark, DingTalk and WeCom get each message answered once: at once, in the next session, and after worker and holder were killed', async () => {
    const { stack, call } = world;
    report(`seed ${SEED}`);
    const each = (step: (storm: Storm) => Promise<unknown>) => Promise.all(storms.map(step));
    const all = <T>(path: string) => call<{ items: T[] }>('GET', path);

    await each((storm) => Promise.all([storm.sayEverywhere('first'), pause(300).then(() => storm.again(2))]));
    for (const storm of storms) storm.command('/help');
    await each((storm) => storm.again(1));
    await each((storm) => storm.answered());
    await until(
      async () => (await all('conversations?state=open')).items.length === 0,
      SESSION_SECONDS * 1000 + 10_000,
      'the sessions to end',
    );

    await each((storm) => storm.again(1));
    const second = each((storm) => storm.sayEverywhere('second'));
    await pause(400);
    for (const name of ['worker', 'connections-1', 'connections-2']) stack.killProcess(name);
    await second;
    await until(() => storms.every(({ platform }) => platform.connections() > 0), 30_000, 'the bots to connect again');
    await each((storm) => storm.again(1));
    await each((storm) => storm.answered());
    await each((storm) => storm.again(1));
    await pause(2000);
    // A message taken together with another one shows that after some seconds.
    await until(() => storms.every((storm) => storm.closed()), 15_000, 'nothing to be open');
    await until(async () => (await all('events?state=unended')).items.length === 0, 30_000, 'the ledger to be settled');

    for (const { platform, said, copies } of storms) {
      report(`${platform.name}: ${sizeOf(said)} messages and ${said.size} commands, ${copies()} more deliveries`);
      // Whoever delivers in any order is answered in any order.
      expect({ ...tallyOf(platform, said, whole), outOfOrder: [] }).toEqual(perfect);
      expect([...said.keys()].map((chatId) => platform.notices(chatId).length)).toEqual([...said.keys()].map(() => 1));
      expect(copies()).toBeGreaterThan(2 * sizeOf(said));
      expect(platform.violations()).toBe(0);
    }
  }, 240_000);
});

interface Storm {
  readonly platform: Platform;
  readonly said: ReadonlyMap<string, readonly string[]>;
  sayEverywhere(name: string): Promise<void>;
  command(text: string): void;
  /** So many more copies of everything so far, at most, in any order. */
  again(most: number): Promise<void>;
  answered(): Promise<void>;
  /** Nothing grows any more. */
  closed(): boolean;
  copies(): number;
}

function createStorm(platform: Platform, chats: number, inEach: number, random: () => number): Storm {
  const ids = Array.from({ length: chats }, (_, chat) => `oc_${chat}`);
  const said = new Map<string, string[]>();
  const agains: (() => void)[] = [];
  let copies = 0;
  return {
    ...{ platform, said },
    async sayEverywhere(name) {
      for (let n = 0; n < inEach; n++)
        for (const chatId of ids) {
          const text = `${name} ${n} in ${chatId}`;
          said.set(chatId, [...(said.get(chatId) ?? []), text]);
          agains.push(platform.say(chatId, text));
          await pause(random() * 30);
        }
    },
    command: (text) => void agains.push(...ids.map((chatId) => platform.say(chatId, text))),
    async again(most) {
      const shuffled = agains
        .flatMap((again) => Array.from({ length: Math.ceil(random() * most) }, () => again))
        .map((again) => ({ again, key: random() }))
        .sort((a, b) => a.key - b.key);
      for (const { again } of shuffled) {
        again();
        copies += 1;
        if (random() < 0.2) await pause(random() * 20);
      }
    },
    answered: () => until(() => answeredOf(platform, said) === sizeOf(said), 60_000, `all answers on ${platform.name}`),
    closed: () => ids.flatMap(platform.replies).every(({ ended }) => ended),
    copies: () => copies,
  };
}
