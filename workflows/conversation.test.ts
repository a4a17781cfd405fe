import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { AnswerJob } from '../activities/answer';
import { onStage } from '../tests/support/on-stage';
import { keepHistory, type StagedChat } from '../tests/support/stage';
import { eventNames } from '../tests/support/temporal';
import { eventually } from '../tests/support/world';
import { conversationQuery } from './messages';

const on = onStage();
jest.setTimeout(30_000);

const until = (): { readonly promise: Promise<undefined>; readonly go: () => void } => {
  let go: () => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => {
    go = () => resolve(undefined);
  });
  return { promise, go };
};

const historyOf = async (chat: StagedChat): Promise<string[]> => eventNames(await chat.handle.fetchHistory());
const billable = (events: readonly string[]): number =>
  events.filter((name) =>
    ['WORKFLOW_EXECUTION_SIGNALED', 'ACTIVITY_TASK_SCHEDULED', 'TIMER_STARTED', 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES'].includes(name),
  ).length;

/** What one more question costs in a session that has begun. */
async function costOfATurn(chat: StagedChat): Promise<string[]> {
  await chat.say('first');
  await chat.answered(1);
  await chat.quiet();
  const before = await historyOf(chat);
  await chat.say('second');
  await chat.answered(2);
  await chat.quiet();
  return (await historyOf(chat)).slice(before.length);
}

describe('a turn', () => {
  it('costs ten events and two actions', async () => {
    const chat = on.stage.chat();
    const events = await costOfATurn(chat);
    expect(events.length).toBeLessThanOrEqual(10);
    expect(billable(events)).toBeLessThanOrEqual(2);
    await keepHistory('plain', chat.handle);
  });

  it('with a gathering pause costs fifteen events and three actions', async () => {
    const chat = on.stage.chat({ gatherMs: 100 });
    const events = await costOfATurn(chat);
    expect(events.length).toBeLessThanOrEqual(15);
    expect(billable(events)).toBeLessThanOrEqual(3);
  });

  it('is asked once, however often its event is told', async () => {
    const chat = on.stage.chat();
    const event = chat.make('a');
    for (let n = 0; n < 3; n++) await chat.tell(event);
    await chat.answered(1);
    await chat.tell(event, event);
    await chat.say('b');
    await chat.answered(2);
    expect(chat.asked()).toEqual(['a', 'b']);
  });

  it('gathers a burst, in the order of the ledger', async () => {
    const chat = on.stage.chat({ gatherMs: 400 });
    const [a, b, c] = [chat.make('a'), chat.make('b'), chat.make('c')];
    await chat.tell(b);
    await chat.tell(a);
    await chat.tell(c, b);
    await chat.answered(1);
    await chat.quiet();
    expect(chat.asked()).toEqual(['a+b+c']);
    await keepHistory('gathered', chat.handle);
  });

  it('that is full does not wait for quiet', async () => {
    const chat = on.stage.chat({ gatherMs: 20_000, gatherMaxMs: 20_000, gatherMaxMessages: 3 });
    await chat.say('a');
    await chat.say('b');
    await chat.say('c');
    await chat.answered(1);
    expect(chat.asked()).toEqual(['a+b+c']);
  });

  it('that fails for good is ended from outside, and the chat goes on', async () => {
    const chat = on.stage.chat();
    chat.course = async () => {
      throw ApplicationFailure.nonRetryable('too bad');
    };
    await chat.say('a');
    const [end] = await eventually('the end', () => chat.ended.length > 0 && chat.ended);
    expect(end).toMatchObject({ turnId: chat.answers[0]?.turnId, number: 1, end: { state: 'failed', code: 'out_of_time' } });
    await chat.quiet();
    expect(await stateOf(chat)).toBe('failing');
    chat.course = undefined;
    await chat.say('b');
    await chat.answered(2);
    await chat.quiet();
    expect(await stateOf(chat)).toBe('open');
  });

  it('is not held up by the last frame of the one before', async () => {
    const chat = on.stage.chat();
    const platform = until();
    chat.course = async () => ({ state: 'done', closed: false });
    chat.closing = async () => void (await platform.promise);
    await chat.say('a');
    await eventually('closing', () => chat.closings.length === 1);
    chat.course = undefined;
    await chat.say('b');
    await chat.answered(2);
    const { events } = await chat.handle.query(conversationQuery);
    expect(events).toContain(chat.answers[0]!.turnId);
    platform.go();
    await chat.quiet();
    expect(chat.closings).toEqual([chat.answers[0]!.turnId]);
  });
});

const stateOf = async (chat: StagedChat): Promise<unknown> => (await chat.handle.describe()).searchAttributes.ParleyState?.[0];

describe('while a turn runs', () => {
  it('/stop ends it within a second', async () => {
    const chat = on.stage.chat();
    const never = until();
    chat.course = () => never.promise;
    await chat.say('a');
    await chat.answered(1);
    const began = Date.now();
    await chat.command('stop');
    await eventually('rest', async () => (await chat.handle.query(conversationQuery)).running === undefined);
    expect(Date.now() - began).toBeLessThan(3000);
    await chat.quiet();
    expect(chat.notices.map(({ notice }) => notice)).toEqual(['stopped']);
    await keepHistory('stopped', chat.handle);
  });

  it('what comes waits in turns, whose cards are corrected once for a burst', async () => {
    const chat = on.stage.chat({ gatherMaxMessages: 2 });
    const first = until();
    chat.course = () => first.promise;
    await chat.say('a');
    await chat.answered(1);
    await chat.tell(...['b', 'c', 'd'].map((name) => chat.make(name)));
    await chat.say('e');
    await chat.command('status');
    await eventually(
      'the cards',
      () =>
        chat.shown
          .at(-1)
          ?.map(({ messages }) => messages)
          .join() === '2,2',
    );
    expect(chat.shown.length).toBeLessThanOrEqual(2);
    const cards = chat.shown.at(-1)!.map(({ place, turnId }) => [place, turnId]);
    await eventually('the status', () => chat.notices.length > 0);
    expect(chat.notices[0]).toMatchObject({ notice: 'status', status: { running: true, waiting: 2, turns: 1 } });
    chat.course = undefined;
    first.go();
    await chat.answered(3);
    await chat.quiet();
    expect(chat.asked()).toEqual(['a', 'b+c', 'd+e']);
    expect(chat.answers.slice(1).map(({ turnId }, index) => [index + 1, turnId])).toEqual(cards);
    await keepHistory('queued', chat.handle);
  });

  it('what comes interrupts it, where that is the policy', async () => {
    const chat = on.stage.chat({ onBusy: 'interrupt', gatherMs: 50 });
    const never = until();
    chat.course = () => never.promise;
    await chat.say('a');
    await chat.answered(1);
    chat.course = undefined;
    await chat.say('b');
    await chat.answered(2);
    await chat.quiet();
    expect(chat.asked()).toEqual(['a', 'b']);
    await keepHistory('interrupted', chat.handle);
  });

  it('/new ends the session, and the next one begins with the question behind it', async () => {
    const chat = on.stage.chat();
    const never = until();
    chat.course = () => never.promise;
    await chat.say('a');
    await chat.answered(1);
    await chat.say('b');
    chat.course = undefined;
    await chat.command('new', { asks: true });
    await chat.say('c');
    await chat.answered(2);
    await chat.quiet();
    const [first, ...later] = chat.answers;
    expect(later.map(({ sessionId }) => sessionId)).not.toContain(first!.sessionId);
    expect(chat.ended.map(({ end, eventIds }) => [end, eventIds])).toEqual([[{ state: 'stopped', cause: 'new' }, [`${chat.id}:b`]]]);
    expect([...chat.ends().values()]).toEqual([1, 1, 1, 1]);
    expect(await stateOf(chat)).toBe('open');
    await keepHistory('new-session-first', on.env.client.workflow.getHandle(chat.handle.workflowId, first!.runId));
    await keepHistory('new-session-second', chat.handle);
  });

  it('the session does not time out, and is counted anew from its end', async () => {
    const chat = on.stage.chat({ sessionTimeoutSeconds: 0.7 });
    const slow = until();
    chat.course = () => slow.promise;
    await chat.say('a');
    await chat.answered(1);
    await wait(1500);
    expect((await chat.handle.describe()).status.name).toBe('RUNNING');
    const before = Date.now();
    slow.go();
    expect(await chat.handle.result()).toMatchObject({ turns: 1, reason: 'timeout', sessionId: chat.answers[0]?.sessionId });
    expect(Date.now() - before).toBeGreaterThan(600);
    expect(await stateOf(chat)).toBe('ended');
    await keepHistory('timed-out', chat.handle);
  });
});

it('a failing end of a turn does not stop the chat', async () => {
  const chat = on.stage.chat();
  const failing: (job: AnswerJob) => Promise<never> = async () => {
    throw ApplicationFailure.nonRetryable('too bad');
  };
  chat.course = failing;
  chat.ended.push = () => {
    throw ApplicationFailure.nonRetryable('even worse');
  };
  await chat.say('a');
  await chat.answered(1);
  chat.course = undefined;
  await chat.say('b');
  await chat.answered(2);
  await chat.quiet();
});
