import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { onStage } from '../tests/support/on-stage';
import { keepHistory } from '../tests/support/stage';
import { eventually } from '../tests/support/world';
import { repliesQueue } from './messages';

const on = onStage();
jest.setTimeout(30_000);

/** The process that holds the link: what it answered, until it lets go. */
async function hold(queue: string) {
  const turns: string[] = [];
  const { answer, endTurn, notify, closeReply } = on.stage.activities;
  const worker = await Worker.create({
    connection: on.env.nativeConnection,
    taskQueue: queue,
    activities: {
      answer: (job: Parameters<typeof answer>[0]) => {
        turns.push(job.turnId);
        return answer(job);
      },
      endTurn,
      notify,
      closeReply,
    },
    shutdownGraceTime: 0,
    shutdownForceTime: '1s',
  });
  const running = worker.run();
  return {
    turns,
    letGo: async () => {
      worker.shutdown();
      await running;
    },
  };
}

describe('a platform that is answered over the link', () => {
  const through = (id: string) => ({ repliesQueue: repliesQueue(id) });

  it('is answered by whoever holds it, and waits while nobody does', async () => {
    const chat = on.stage.chat();
    chat.way = through(chat.id);
    const first = await hold(chat.way.repliesQueue!);
    await chat.say('a');
    await chat.answered(1);
    await chat.quiet();
    expect(first.turns).toHaveLength(1);
    await first.letGo();
    await chat.say('b');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(chat.answers).toHaveLength(1);
    const second = await hold(chat.way.repliesQueue!);
    await chat.answered(2);
    await chat.quiet();
    expect(second.turns).toHaveLength(1);
    await keepHistory('replies-queue', chat.handle);
    await second.letGo();
  });

  it('may change its way out while a session goes on', async () => {
    const chat = on.stage.chat();
    await chat.say('a');
    await chat.answered(1);
    await chat.quiet();
    chat.way = through(chat.id);
    const holder = await hold(chat.way.repliesQueue!);
    await chat.say('b');
    await chat.answered(2);
    await chat.quiet();
    expect(holder.turns).toHaveLength(1);
    await holder.letGo();
    chat.way = {};
    await chat.say('c');
    await chat.answered(3);
    await chat.quiet();
  });

  it('gets an end written where no link was held in time, shown when one is', async () => {
    const chat = on.stage.chat();
    chat.way = through(chat.id);
    chat.course = async () => {
      throw ApplicationFailure.nonRetryable('nobody held the link');
    };
    const holder = await hold(chat.way.repliesQueue!);
    await chat.say('a');
    await eventually('the end to be written and shown', () => chat.expired.length === 1 && chat.closings.length === 1);
    expect(chat.closings).toEqual(chat.expired);
    expect(chat.ended).toEqual([]);
    await keepHistory('replies-queue-expired', chat.handle);
    await holder.letGo();
  });
});
