import { Client, Connection } from '@temporalio/client';
import { startBareWorldOf } from './bare-world';
import { type Platform, platforms } from './platforms';
import { answeredOf, pause, perfect, report, type Said, sizeOf, tallyOf } from './tally';
import { longAnswer, startWorldOf, streamed, until } from './world';

const WITHIN_MS = 120_000;
const WAITING = 3;

const isLong = (question: string): boolean => question.startsWith('long');
const whole = (question: string): string => longAnswer(question, isLong(question) ? 60 : 12);
const options = {
  script: (question: string) => streamed(whole(question), isLong(question) ? 10 : 0.5, isLong(question) ? 60 : 5),
  trigger: { gatherMs: 0, queueMax: 50 },
};
const openAll = () => Promise.all([platforms.lark, platforms.dingtalk, platforms.wecom].map((open) => open({ limits: false })));
const areConnected = (all: readonly Platform[]): boolean => all.every(({ connections }) => connections() > 0);

/** What was said on each platform. */
type Sayings = ReadonlyMap<Platform, Said>;

/** Chats in which an answer streams on each platform and three messages wait behind it; in the second one something is said after the loss. */
const CHATS = ['busy', 'nudged'] as const;

async function fill(all: readonly Platform[]): Promise<Map<Platform, Map<string, string[]>>> {
  const sayings = new Map<Platform, Map<string, string[]>>();
  for (const platform of all) {
    const where = (chat: string): string => `in ${chat} on ${platform.name}`;
    const texts = (chat: string) => [`long ${where(chat)}`, ...Array.from({ length: WAITING }, (_, n) => `waiting ${n} ${where(chat)}`)];
    sayings.set(platform, new Map(CHATS.map((chat) => [chat, texts(chat)])));
    for (const [chat, said] of sayings.get(platform)!)
      for (const text of said) {
        platform.say(chat, text);
        await pause(100);
      }
  }
  const streams = (platform: Platform, chat: string) => platform.replies(chat).some(({ ended, text }) => !ended && text !== '');
  await until(() => all.every((platform) => CHATS.every((chat) => streams(platform, chat))), 30_000, 'answers to stream');
  return sayings;
}

/** Who asks again after the loss is answered at once, and what they asked before comes first. */
function nudge(sayings: Map<Platform, Map<string, string[]>>): void {
  for (const [platform, said] of sayings) {
    const text = `nudge on ${platform.name}`;
    said.get('nudged')!.push(text);
    platform.say('nudged', text);
  }
}

/** Waits for all answers; resolves with how long that took and the highest and last value of the gauge. */
async function settled(sayings: Sayings, metricsUrl: string): Promise<string> {
  const since = Date.now();
  let most = 0;
  const gauge = async (): Promise<number> => {
    const text = await (await fetch(metricsUrl)).text();
    const value = Number(/^parley_unended_events (\d+)/m.exec(text)?.[1] ?? Number.NaN);
    most = Math.max(most, value);
    return value;
  };
  const isAnswered = ([platform, said]: readonly [Platform, Said]) => answeredOf(platform, said) === sizeOf(said);
  await until(async () => (await gauge()) >= 0 && [...sayings].every(isAnswered), WITHIN_MS, 'every reply to end').catch((error: Error) =>
    report(error.message),
  );
  const tookMs = Date.now() - since;
  for (const [platform, said] of sayings)
    expect({ on: platform.name, ...tallyOf(platform, said, whole) }).toEqual({ on: platform.name, ...perfect });
  expect(tookMs).toBeLessThan(WITHIN_MS);
  expect(most).toBeGreaterThan(0);
  await until(async () => (await gauge()) === 0, 15_000, 'the gauge to be 0');
  return `every reply ended after ${tookMs} ms, parley_unended_events was at most ${most} and is 0`;
}

/** Workflows that somebody terminates in mid-turn. */
async function terminateByHand(): Promise<string> {
  const all = await openAll();
  const world = await startWorldOf(all, options);
  try {
    const sayings = await fill(all);
    const connection = await Connection.connect({ address: world.stack.stack.temporalAddress });
    const { items } = await world.call<{ items: { id: string }[] }>('GET', 'conversations?state=open');
    expect(items.length).toBe(all.length * CHATS.length);
    for (const { id } of items) {
      const { temporal } = await world.call<{ temporal: { workflowId: string } }>('GET', `conversations/${id}`);
      await new Client({ connection }).workflow.getHandle(temporal.workflowId).terminate('by hand');
    }
    await connection.close();
    nudge(sayings);
    return await settled(sayings, `${world.stack.stack.consoleUrl}metrics`);
  } finally {
    await world.stop();
  }
}

/** Temporal's data gone while the ledger stands. */
async function wipeTemporal(): Promise<string> {
  const all = await openAll();
  const world = await startBareWorldOf(all, options);
  try {
    const worker = await world.bare.startProcess('worker', 'workers/main.ts', ['all']);
    await until(() => areConnected(all), 20_000, 'the bots to connect');
    const sayings = await fill(all);
    const back = world.bare.restartTemporal({ wipe: true });
    // In the middle of the outage.
    await pause(300);
    nudge(sayings);
    await back;
    const alive = worker.child.exitCode === null ? worker : await world.bare.startProcess('worker', 'workers/main.ts', ['all']);
    const measured = await settled(sayings, `http://127.0.0.1:${alive.metricsPort}/metrics`);
    const later: Said = new Map([['busy', ['after all']]]);
    for (const platform of all) platform.say('busy', 'after all');
    await until(() => all.every((platform) => answeredOf(platform, later) === 1), 60_000, 'an answer afterwards');
    return measured;
  } finally {
    await world.stop();
  }
}

describe('what Temporal has forgotten is found in the ledger', () => {
  // Both wait for the same minute, so they wait together.
  const terminated = { run: Promise.resolve('') };
  const wiped = { run: Promise.resolve('') };

  beforeAll(() => {
    terminated.run = terminateByHand();
    wiped.run = wipeTemporal();
    terminated.run.catch(() => undefined);
    wiped.run.catch(() => undefined);
  });

  afterAll(async () => {
    await Promise.allSettled([terminated.run, wiped.run]);
  }, 300_000);

  it('workflows that somebody terminated in mid-turn, with messages waiting', async () => {
    report(`terminated: ${await terminated.run}`);
  }, 300_000);

  it('all of its data wiped', async () => {
    report(`wiped: ${await wiped.run}`);
  }, 300_000);
});
