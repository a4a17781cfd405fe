import { Client, Connection } from '@temporalio/client';
import { startBareWorld } from './bare-world';
import { answeredOf, pause, perfect, report, sizeOf, tallyOf } from './tally';
import { longAnswer, startWorld, streamed, until, type World } from './world';

const WITHIN_MS = 120_000;
const CHATS = 3;
const WAITING = 3;

const isLong = (question: string): boolean => question.startsWith('long');
const whole = (question: string): string => longAnswer(question, isLong(question) ? 60 : 12);
const options = {
  lark: { limits: 'off' as const },
  script: (question: string) => streamed(whole(question), isLong(question) ? 6 : 0.5, isLong(question) ? 40 : 5),
  trigger: { gatherMs: 0, queueMax: 50 },
};

/** In each chat one answer streams and three messages wait behind it. */
async function fill({ lark }: Pick<World, 'lark'>): Promise<Map<string, string[]>> {
  const said = new Map<string, string[]>();
  for (let chat = 0; chat < CHATS; chat++) {
    const texts = [`long ${chat}`, ...Array.from({ length: WAITING }, (_, n) => `waiting ${n} in ${chat}`)];
    said.set(`oc_${chat}`, texts);
    for (const text of texts) {
      lark.say({ chatId: `oc_${chat}`, text });
      await pause(100);
    }
  }
  await until(
    () => lark.cards().filter((card) => card.streaming && card.text !== '').length >= CHATS && lark.cards().length >= 2 * CHATS,
    30_000,
    'answers to stream and queues to stand',
  );
  return said;
}

/** Waits for all answers; resolves with how long that took and the highest and last value of the gauge. */
async function settled(world: Pick<World, 'lark'>, said: Map<string, string[]>, metricsUrl: string): Promise<string> {
  const since = Date.now();
  let most = 0;
  const gauge = async (): Promise<number> => {
    const text = await (await fetch(metricsUrl)).text();
    const value = Number(/^parley_unended_events (\d+)/m.exec(text)?.[1] ?? Number.NaN);
    most = Math.max(most, value);
    return value;
  };
  await until(async () => (await gauge()) >= 0 && answeredOf(world.lark, said) === sizeOf(said), WITHIN_MS, 'every card to end').catch(
    (error: Error) => report(error.message),
  );
  const tookMs = Date.now() - since;
  expect(tallyOf(world.lark, said, whole)).toEqual(perfect);
  expect(tookMs).toBeLessThan(WITHIN_MS);
  await until(async () => (await gauge()) === 0, 15_000, 'the gauge to be 0');
  return `every card ended after ${tookMs} ms, parley_unended_events was at most ${most} and is 0`;
}

/** A workflow that somebody terminates in mid-turn. */
async function terminateByHand(): Promise<string> {
  const world = await startWorld(options);
  try {
    const said = await fill(world);
    const connection = await Connection.connect({ address: world.stack.stack.temporalAddress });
    const { items } = await world.call<{ items: { id: string }[] }>('GET', `conversations?integrationId=${world.integrationId}&state=open`);
    expect(items.length).toBe(CHATS);
    for (const { id } of items) {
      const { temporal } = await world.call<{ temporal: { workflowId: string } }>('GET', `conversations/${id}`);
      await new Client({ connection }).workflow.getHandle(temporal.workflowId).terminate('by hand');
    }
    await connection.close();
    return await settled(world, said, `${world.stack.stack.consoleUrl}metrics`);
  } finally {
    await world.stop();
  }
}

/** Temporal's data gone while the ledger stands. */
async function wipeTemporal(): Promise<string> {
  const world = await startBareWorld(options);
  try {
    const worker = await world.bare.startProcess('worker', 'workers/main.ts', ['all']);
    await until(() => world.lark.connections() > 0, 20_000, 'the bot to connect');
    const said = await fill(world);
    await world.bare.restartTemporal({ wipe: true });
    const alive = worker.child.exitCode === null ? worker : await world.bare.startProcess('worker', 'workers/main.ts', ['all']);
    const measured = await settled(world, said, `http://127.0.0.1:${alive.metricsPort}/metrics`);
    const after = world.lark.say({ chatId: 'oc_0', text: 'after all' });
    await until(() => world.lark.cards('oc_0').some(({ replyTo, closed }) => replyTo === after && closed), 60_000, 'an answer afterwards');
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
