import type { OwnProcess } from '../support/bare-stack';
import { startBareWorld } from './bare-world';
import { longAnswer, streamed, until } from './world';

const LINES = 30;

type Point = readonly [point: string, nth: number];

/** Every write and every platform call on a message's way, before and after. */
const POINTS: readonly Point[] = [
  ...both('events.insert'),
  ...both('events.undelivered'),
  ...both('events.markDelivered'),
  ...both('turns.open'),
  ...both('turns.saveRef'),
  ...both('turns.saveRef', 2),
  ...both('turns.reachedBackend'),
  ...both('turns.firstToken'),
  ...both('turns.touch'),
  ...both('turns.decide'),
  ...both('turns.finish'),
  ...[1, 2, 3, 4, 6].flatMap((nth) => both('platform.call', nth)),
];

function both(step: string, nth = 1): readonly Point[] {
  return [
    [`${step}:before`, nth],
    [`${step}:after`, nth],
  ];
}

// Most of the time is waiting for what a crash costs: two worlds wait at the same time.
const PAIRS = Array.from({ length: Math.ceil(POINTS.length / 2) }, (_, n) => POINTS.slice(2 * n, 2 * n + 2));

describe('a process stopped dead on the way of a message', () => {
  let lanes: readonly Awaited<ReturnType<typeof openLane>>[] = [];

  beforeAll(async () => {
    lanes = [await openLane(), await openLane()];
  }, 240_000);

  afterAll(async () => {
    for (const lane of lanes) await lane.stop();
  }, 60_000);

  it.each(PAIRS.map((pair) => [pair.map(([point, nth]) => `${point} (${nth})`).join(' and '), pair] as const))(
    'at %s leaves one card with the whole answer',
    async (_, pair) => {
      const shown = await Promise.all(pair.map(([point, nth], lane) => lanes[lane]!.crashAt(point, nth)));
      expect(shown).toEqual(pair.map(([point, nth]) => [{ text: longAnswer(questionFor(point, nth), LINES), closed: true }]));
    },
    150_000,
  );
});

const questionFor = (point: string, nth: number): string => `crash at ${point} ${nth}`;

async function openLane() {
  const world = await startBareWorld({
    lark: { limits: 'off', redeliverMs: Array.from({ length: 30 }, () => 1500) },
    script: (question) => streamed(longAnswer(question, LINES), 1.5, 10),
    trigger: { gatherMs: 0 },
  });
  const { lark, bare } = world;
  const hold = () => bare.startProcess('worker', 'tests/faults/crashing-worker.ts', [], {}, true);
  let next = hold();
  let worker = await startWorker();

  /** Lets the process that waits begin, and has another one wait in its place. */
  async function startWorker(): Promise<OwnProcess> {
    const begun = await next;
    begun.child.send('begin');
    await begun.ready();
    next = hold();
    return begun;
  }

  return {
    stop: world.stop,
    /** Asks, lets the process die at the point, starts another; resolves with the cards that answer. */
    async crashAt(point: string, nth: number) {
      if (worker.child.exitCode !== null || worker.child.signalCode !== null) worker = await startWorker();
      await until(() => lark.connections() > 0, 30_000, 'the bot to connect');
      const dead = new Promise<void>((resolve) => worker.child.once('exit', () => resolve()));
      const armed = new Promise<void>((resolve) => worker.child.once('message', () => resolve()));
      worker.child.send({ point, nth });
      await armed;
      const question = questionFor(point, nth);
      const messageId = lark.say({ chatId: `oc_${point}_${nth}`, text: question });
      await Promise.race([dead, failAfter(30_000, `the process never came to ${point}`)]);
      worker = await startWorker();
      const cards = () => lark.cards().filter(({ replyTo }) => replyTo === messageId);
      await until(() => cards().some(({ closed }) => closed), 60_000, `the answer after ${point}`);
      await until(async () => (await bare.store.events.overdue(0, 10)).length === 0, 15_000, 'the ledger to be settled');
      return cards().map(({ text, closed }) => ({ text, closed }));
    },
  };
}

function failAfter(ms: number, what: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`Waited in vain: ${what}.`)), ms).unref());
}
