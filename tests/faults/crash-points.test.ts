import type { OwnProcess } from '../support/bare-stack';
import { startBareWorld } from './bare-world';
import { longAnswer, streamed, until } from './world';

const LINES = 30;

/** Every write and every platform call on a message's way, before and after. */
const POINTS: readonly (readonly [point: string, nth: number])[] = [
  ...both('events.insert'),
  ...both('events.undelivered'),
  ...both('events.markDelivered'),
  ...both('turns.open'),
  ...both('turns.saveRef'),
  ['turns.saveRef:before', 2],
  ['turns.saveRef:after', 2],
  ...both('turns.reachedBackend'),
  ...both('turns.firstToken'),
  ...both('turns.touch'),
  ...both('turns.decide'),
  ...both('turns.finish'),
  ...[1, 2, 3, 4, 6].flatMap((nth) => [['platform.call:before', nth] as const, ['platform.call:after', nth] as const]),
];

function both(step: string): (readonly [string, number])[] {
  return [
    [`${step}:before`, 1],
    [`${step}:after`, 1],
  ];
}

describe('a process stopped dead on the way of a message', () => {
  let world: Awaited<ReturnType<typeof startBareWorld>>;
  let worker: OwnProcess;
  let next: Promise<OwnProcess>;
  const hold = () => world.bare.startProcess('worker', 'tests/faults/crashing-worker.ts', [], {}, true);
  /** Lets the process that waits begin, and has another one wait in its place. */
  const startWorker = async (): Promise<OwnProcess> => {
    const begun = await next;
    begun.child.send('begin');
    await begun.ready();
    next = hold();
    return begun;
  };

  beforeAll(async () => {
    world = await startBareWorld({
      lark: { limits: 'off', redeliverMs: Array.from({ length: 30 }, () => 1500) },
      script: (question) => streamed(longAnswer(question, LINES), 1.5, 10),
      trigger: { gatherMs: 0 },
    });
    next = hold();
    worker = await startWorker();
    await until(() => world.lark.connections() > 0, 20_000, 'the bot to connect');
  }, 180_000);

  afterAll(async () => {
    await world.stop();
  }, 60_000);

  it.each(POINTS)(
    'at %s (%i) leaves one card with the whole answer',
    async (point, nth) => {
      const { lark, bare } = world;
      if (worker.child.exitCode !== null || worker.child.signalCode !== null) worker = await startWorker();
      await until(() => lark.connections() > 0, 30_000, 'the bot to connect');
      const dead = new Promise<void>((resolve) => worker.child.once('exit', () => resolve()));
      const armed = new Promise<void>((resolve) => worker.child.once('message', () => resolve()));
      worker.child.send({ point, nth });
      await armed;
      const question = `crash at ${point} ${nth}`;
      const messageId = lark.say({ chatId: `oc_${point}_${nth}`, text: question });
      await Promise.race([dead, failAfter(20_000, `the process never came to ${point}`)]);
      worker = await startWorker();
      const cards = () => lark.cards().filter(({ replyTo }) => replyTo === messageId);
      await until(() => cards().some(({ closed }) => closed), 40_000, 'the answer');
      expect(cards().map(({ text, closed }) => ({ text, closed }))).toEqual([{ text: longAnswer(question, LINES), closed: true }]);
      await until(async () => (await bare.store.events.overdue(0, 10)).length === 0, 15_000, 'the ledger to be settled');
    },
    120_000,
  );
});

function failAfter(ms: number, what: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`Waited in vain: ${what}.`)), ms).unref());
}
