import { freeze } from '../support/processes';
import { type Platform, platforms } from './platforms';
import { pause, report } from './tally';
import { longAnswer, type PlatformsWorld, startWorldOf, streamed, until } from './world';

const MODES = ['dingtalk webhook', 'wecom bot', 'wecom app'] as const;
const GATHER_MS = 600;
const STREAMING_SECONDS = 6;
const OUTAGE_MS = Number(process.env.FAULT_OUTAGE_MS ?? 10_000);

const isLong = (question: string): boolean => question.startsWith('long');
const whole = (question: string): string => longAnswer(question, isLong(question) ? 150 : 5);

describe('DingTalk and WeCom by webhook, on the running gateway', () => {
  let world: PlatformsWorld;

  beforeAll(async () => {
    const redeliverMs = [1000, 2000, 4000, 8000, 16_000];
    world = await startWorldOf(await Promise.all(MODES.map((name) => platforms[name]({ limits: false, redeliverMs }))), {
      script: (question) => streamed(whole(question), isLong(question) ? STREAMING_SECONDS : 0.2, isLong(question) ? 60 : 3),
      trigger: { gatherMs: GATHER_MS },
    });
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  /** The same on each of them, at the same time. */
  const onEach = (step: (platform: Platform) => Promise<void>) => Promise.all(world.bots.map(({ platform }) => step(platform)));
  const isAnswered = (platform: Platform, chatId: string): boolean => platform.replies(chatId).some(({ ended }) => ended);

  /** Exactly one answer, with its whole text. */
  async function answered(platform: Platform, chatId: string, question: string): Promise<void> {
    await until(() => isAnswered(platform, chatId), 40_000, `the answer on ${platform.name}`);
    const shown = platform
      .replies(chatId)
      .map(({ text, ended }) => ({ ended, whole: text === whole(question), begins: text.slice(0, 40) }));
    expect([platform.name, shown]).toEqual([platform.name, [{ ended: true, whole: true, begins: whole(question).slice(0, 40) }]]);
  }

  /** Asks for a long answer and waits for it to stream. An application shows nothing before the whole; the expert is asked all the same. */
  async function streaming(platform: Platform, chatId: string): Promise<string> {
    const question = `long ${chatId} on ${platform.name}`;
    platform.say(chatId, question);
    const isAsked = () => world.ai.requests.some((one) => one.question === question && Date.now() - one.startedAt > 1500);
    const isShown = () => platform.name.includes('application') || (platform.replies(chatId).at(-1)?.text.length ?? 0) > 200;
    await until(() => isAsked() && isShown(), 20_000, `the answer to stream on ${platform.name}`);
    return question;
  }

  it('answers what was said in one go as one question', async () => {
    await onEach(async (platform) => {
      const said = [1, 2, 3].map((n) => `part ${n} on ${platform.name}`);
      for (const text of said) platform.say('gathered', text);
      const answers = () => platform.replies('gathered').filter(({ text }) => text !== '');
      await until(() => answers().some(({ ended }) => ended), 20_000, 'the answer');
      const question = answers()[0]!.text.split('\n1. line')[0]!;
      // Calls that come at the same moment may overtake each other.
      expect(question.split('\n').sort()).toEqual(said);
      expect(answers()[0]!.text).toBe(whole(question));
      // Of a bot, the bubbles of the other two end with a word on where the answer is.
      await until(() => platform.replies('gathered').length === 1, 15_000, 'one answer');
      expect(world.ai.requests.filter((one) => one.question.includes(`on ${platform.name}`)).length).toBe(1);
    });
  }, 60_000);

  it('stops at a word', async () => {
    await onEach(async (platform) => {
      const question = await streaming(platform, 'stopped');
      platform.say('stopped', '/stop');
      const saidAt = Date.now();
      await until(() => isAnswered(platform, 'stopped'), 10_000, 'the end');
      report(`${platform.name}: stopped after ${Date.now() - saidAt} ms`);
      await until(() => platform.notices('stopped').length === 1, 10_000, 'the notice');
      const [shown] = platform.replies('stopped');
      expect(shown!.text.startsWith(`${question}\n1. line 1 of`)).toBe(true);
      expect(shown!.text.length).toBeLessThan(whole(question).length);
      expect(platform.notices('stopped')[0]).toMatch(/stopped/i);
    });
  }, 60_000);

  it('goes on in the same answer after the worker was killed in the middle of it', async () => {
    const questions = new Map<Platform, string>();
    await onEach(async (platform) => void questions.set(platform, await streaming(platform, 'worker')));
    world.stack.killProcess('worker');
    await onEach((platform) => answered(platform, 'worker', questions.get(platform)!));
  }, 90_000);

  it('loses nothing while the gateway is away: neither the answer that streams nor what is said meanwhile', async () => {
    const questions = new Map<Platform, string>();
    await onEach(async (platform) => void questions.set(platform, await streaming(platform, 'gateway')));
    world.stack.killProcess('gateway');
    await onEach(async (platform) => {
      platform.say('meanwhile', `meanwhile on ${platform.name}`);
      await answered(platform, 'meanwhile', `meanwhile on ${platform.name}`);
      await answered(platform, 'gateway', questions.get(platform)!);
      expect([platform.name, platform.violations()]).toEqual([platform.name, 0]);
    });
    const unended = async () => (await world.call<{ items: unknown[] }>('GET', 'events?state=unended')).items.length;
    await until(async () => (await unended()) === 0, 30_000, 'the ledger to be settled');
  }, 90_000);

  it.each(['temporal', 'postgres'])(
    'loses nothing while %s is away: neither the answer that streams nor what is said meanwhile',
    async (part) => {
      const questions = new Map<Platform, string>();
      await onEach(async (platform) => void questions.set(platform, await streaming(platform, `streaming ${part}`)));
      const bringBack = freeze(world.stack.stack.processes[part]!);
      for (const { platform } of world.bots) platform.say(`without ${part}`, `without ${part} on ${platform.name}`);
      await pause(OUTAGE_MS);
      bringBack();
      const backAt = Date.now();
      await onEach(async (platform) => {
        await answered(platform, `without ${part}`, `without ${part} on ${platform.name}`);
        await answered(platform, `streaming ${part}`, questions.get(platform)!);
        report(`${platform.name}: without ${part} for ${OUTAGE_MS} ms, all answered ${Date.now() - backAt} ms after its return`);
      });
    },
    120_000,
  );
});
