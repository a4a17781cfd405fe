import type { TriggerSettings } from '../../domain/trigger';
import type { OwnProcess } from '../support/bare-stack';
import { startBareWorldOn } from './bare-world';
import { type Platform, platforms } from './platforms';
import { longAnswer, streamed, until } from './world';

const LINES = 30;
/** By then somebody has noticed that a short step died with its process. */
const NOTICED_MS = 10_000;

/** A step of `crashing-worker.ts`, and the how manieth of it. */
export type Point = readonly [point: string, nth: number];

/** Before and after a step. */
export function both(step: string, nth = 1): readonly Point[] {
  return [
    [`${step}:before`, nth],
    [`${step}:after`, nth],
  ];
}

export const nameOf = ([point, nth]: Point): string => `${point} (${nth})`;

/** What a chat shows once its question was answered in spite of a crash at the point. */
export const wholeAnswer = ([point, nth]: Point) => [{ text: longAnswer(questionFor(point, nth), LINES), ended: true }];

/** The same of one where another question was asked before it. */
export const wholeAnswers = (at: Point) => [{ text: longAnswer(earlierFor(at), LINES), ended: true }, ...wholeAnswer(at)];

const earlierFor = ([point, nth]: Point): string => `before ${point} ${nth}`;
const questionFor = (point: string, nth: number): string => `crash at ${point} ${nth}`;
const chatFor = (point: string, nth: number): string => `${point}-${nth}`;

/** A world whose only worker dies at points that the test names. */
export async function openLane(name: 'lark' | 'dingtalk' | 'wecom', trigger: Partial<TriggerSettings> = {}) {
  const platform: Platform = await platforms[name]({ limits: false, redeliverMs: Array.from({ length: 30 }, () => 1500) });
  const { bare, stop } = await startBareWorldOn(platform, {
    script: (question) => streamed(longAnswer(question, LINES), 1.5, 10),
    trigger: { gatherMs: 0, ...trigger },
  });
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

  async function isHeard(): Promise<void> {
    if (worker.child.exitCode !== null || worker.child.signalCode !== null) worker = await startWorker();
    await until(() => platform.connections() > 0, 30_000, 'the bot to connect');
  }

  /** Says something, lets the process die at the point, starts another; and waits for it. @param meanwhile makes it come there */
  async function dieAt(point: string, nth: number, text: string, meanwhile?: () => Promise<void>): Promise<void> {
    await isHeard();
    const dead = new Promise<void>((resolve) => worker.child.once('exit', () => resolve()));
    const armed = new Promise<void>((resolve) => worker.child.once('message', () => resolve()));
    worker.child.send({ point, nth });
    await armed;
    platform.say(chatFor(point, nth), text);
    await meanwhile?.();
    await Promise.race([dead, failAfter(30_000, `the process never came to ${point}`)]);
    worker = await startWorker();
  }

  const settled = (withinMs: number) =>
    until(async () => (await bare.store.events.overdue(0, 10)).length === 0, withinMs, 'the ledger to be settled');

  const repliesTo = ([point, nth]: Point) => platform.replies(chatFor(point, nth));
  async function answered(at: Point, count = 1) {
    await until(() => repliesTo(at).filter(({ ended }) => ended).length >= count, 60_000, `the answer after ${at[0]}`);
    await settled(15_000);
    const shown = [...repliesTo(at)].sort((a, b) => a.begunAt - b.begunAt);
    return shown.map(({ text, ended }) => ({ text, ended }));
  }

  return {
    stop,
    /** Resolves with the replies that answer. */
    async crashAt(at: Point) {
      const [point, nth] = at;
      await dieAt(point, nth, questionFor(point, nth));
      return await answered(at);
    },
    /** The same in a chat where an earlier question is still answered. */
    async crashInBusyChat(at: Point) {
      const [point, nth] = at;
      await isHeard();
      platform.say(chatFor(point, nth), earlierFor(at));
      await until(() => repliesTo(at).some(({ text }) => text !== ''), 20_000, `the answer before ${point}`);
      await dieAt(point, nth, questionFor(point, nth));
      return await answered(at, 2);
    },
    /** The same while the platform takes no last frame, until after the death. */
    async crashAtClosing(at: Point) {
      const [point, nth] = at;
      let recover = (): void => undefined;
      await dieAt(point, nth, questionFor(point, nth), async () => {
        await until(() => repliesTo(at).some(({ text }) => text !== ''), 20_000, `the answer before ${point}`);
        recover = platform.ailments[1]!();
      }).finally(() => recover());
      return await answered(at);
    },
    /** Resolves with what is said. */
    async crashAtNotice([point, nth]: Point): Promise<readonly string[]> {
      await dieAt(point, nth, '/help');
      const said = () => platform.notices(chatFor(point, nth));
      await until(() => said().length > 0, NOTICED_MS + 30_000, `the notice after ${point}`);
      await settled(NOTICED_MS + 15_000);
      return said();
    },
  };
}

function failAfter(ms: number, what: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`Waited in vain: ${what}.`)), ms).unref());
}
