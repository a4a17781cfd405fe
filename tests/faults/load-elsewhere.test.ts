import { type Platform, platforms } from './platforms';
import { answeredOf, pause, perfect, report, tallyOf } from './tally';
import { longAnswer, type PlatformsWorld, startWorldOf, streamed, until } from './world';

const MANY = 150;
const MANY_WITHIN_MS = 4000;
const CROWD = 50;
const names = ['dingtalk', 'wecom'] as const;

const whole = (question: string): string => longAnswer(question, question.startsWith('crowd') ? 300 : 3);

/** What `load.test.ts` asks of Lark, asked of the platforms whose replies are made otherwise. */
describe('load on DingTalk and WeCom', () => {
  let world: PlatformsWorld;
  let finishTheCrowd = (): void => undefined;
  const crowdMayFinish = new Promise<void>((resolve) => {
    finishTheCrowd = resolve;
  });

  beforeAll(async () => {
    const started = await Promise.all(names.map((name) => platforms[name]({ limits: false })));
    world = await startWorldOf(started, {
      script: (question) =>
        question.startsWith('crowd')
          ? { ...streamed(whole(question), 6, 60), lastAfter: crowdMayFinish }
          : streamed(whole(question), 0.05, 2),
      trigger: { gatherMs: 100, queueMax: MANY },
    });
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  it(`puts ${MANY} messages of one chat on each, said within four seconds, into turns: each into one, in order`, async () => {
    const texts = Array.from({ length: MANY }, (_, n) => `message ${n}`);
    const said = new Map([['many', texts]]);
    const startedAt = Date.now();
    for (const [n, text] of texts.entries()) {
      await pause(startedAt + (n * MANY_WITHIN_MS) / MANY - Date.now());
      for (const { platform } of world.bots) platform.say('many', text);
    }
    const saidAt = Date.now();
    for (const { platform } of world.bots) {
      await until(() => answeredOf(platform, said) === MANY, 120_000, 'all answers').catch((error: Error) => report(error.message));
      report(`${platform.name}: ${MANY} messages, ${platform.replies('many').length} turns, all answered ${Date.now() - saidAt} ms later`);
      expect([platform.name, tallyOf(platform, said, whole)]).toEqual([platform.name, perfect]);
      expect(platform.notices('many')).toEqual([]);
    }
  }, 180_000);

  it(`completes ${CROWD} answers on each that stream at once`, async () => {
    const said = new Map(Array.from({ length: CROWD }, (_, n) => [`chat ${n}`, [`crowd ${n}`]]));
    for (const [chatId, [text]] of said) for (const { platform } of world.bots) platform.say(chatId, text!);
    const begun = (platform: Platform) => [...said.keys()].flatMap(platform.replies).filter(({ text }) => text !== '').length;
    await until(() => world.bots.every(({ platform }) => begun(platform) === CROWD), 60_000, 'all answers to begin').finally(() =>
      report(world.bots.map(({ platform }) => `${platform.name}: ${begun(platform)} answers begun`).join(', ')),
    );
    expect(world.bots.flatMap(({ platform }) => [...said.keys()].flatMap(platform.replies)).filter(({ ended }) => ended)).toEqual([]);
    finishTheCrowd();
    for (const { platform } of world.bots) {
      await until(() => answeredOf(platform, said) === CROWD, 60_000, 'all answers to end').catch((error: Error) => report(error.message));
      expect([platform.name, tallyOf(platform, said, whole)]).toEqual([platform.name, perfect]);
    }
  }, 150_000);
});
