import { setTimeout as wait } from 'node:timers/promises';
import { onStage } from '../tests/support/on-stage';
import { keepHistory } from '../tests/support/stage';
import { eventually } from '../tests/support/world';
import { conversationQuery } from './messages';

// Without a cache each task replays the whole history: what is not deterministic fails at once.
const on = onStage(['limit.historyCount.suggestContinueAsNew=25'], { maxCachedWorkflows: 0 });
jest.setTimeout(120_000);

it('goes on in new runs as the same session and forgets nothing that waits', async () => {
  const chat = on.stage.chat({ gatherMaxMessages: 2, queueMax: 50 });
  chat.course = async () => void (await wait(100));
  for (let n = 0; n < 30; n++) {
    await chat.say(`m${n}`);
    if (n % 7 === 0) await chat.command('help');
    await wait(30);
  }
  await eventually('an end for each', () => chat.ends().size === 35, 60_000);
  await chat.quiet();
  expect([...chat.ends().values()].every((count) => count === 1)).toBe(true);
  expect(chat.asked().join('+')).toBe(Array.from({ length: 30 }, (_, n) => `m${n}`).join('+'));
  expect(new Set(chat.answers.map(({ sessionId }) => sessionId)).size).toBe(1);
  const runs = [...new Set(chat.answers.map(({ runId }) => runId))];
  expect(runs.length).toBeGreaterThan(2);
  expect(chat.answers.map(({ number }) => number)).toEqual(chat.answers.map((_, index) => index + 1));
  await keepHistory('continued-from', on.env.client.workflow.getHandle(chat.handle.workflowId, runs[0]));
  await keepHistory('continued-as-new', on.env.client.workflow.getHandle(chat.handle.workflowId, runs[1]));
});

it('goes on in new runs while its queue never falls still', async () => {
  const chat = on.stage.chat({ gatherMaxMessages: 1, queueMax: 50 });
  // A card is under way for longer than a turn, so one always is when a turn ends.
  chat.showing = () => wait(300);
  chat.course = async () => void (await wait(30));
  await chat.tell(...Array.from({ length: 20 }, (_, n) => chat.make(`m${n}`)));
  await chat.answered(20);
  await chat.quiet();
  expect([...chat.ends().values()].every((count) => count === 1)).toBe(true);
  const runs = [...new Set(chat.answers.map(({ runId }) => runId))];
  expect(runs.length).toBeGreaterThan(1);
  await keepHistory('drained', on.env.client.workflow.getHandle(chat.handle.workflowId, runs[0]));
});

it('goes on with the last frame that the platform has not taken', async () => {
  const chat = on.stage.chat();
  let away = true;
  chat.closing = async () => {
    while (away) await wait(20);
  };
  chat.course = async () => ({ state: 'done', closed: false });
  await chat.say('first');
  await chat.answered(1);
  chat.course = undefined;
  for (let n = 0; n < 6; n++) {
    await chat.say(`m${n}`);
    await chat.answered(n + 2);
    await eventually('the end of the turn', async () => (await chat.handle.query(conversationQuery)).state === 'idle');
  }
  away = false;
  await chat.quiet();
  expect(new Set(chat.answers.map(({ runId }) => runId)).size).toBeGreaterThan(1);
  expect(new Set(chat.closings)).toEqual(new Set([chat.answers[0]!.turnId]));
});

it('tells what was asked while the end of the session was written down, before the next one begins', async () => {
  const chat = on.stage.chat();
  let write: () => void = () => undefined;
  const written = new Promise<void>((resolve) => {
    write = resolve;
  });
  let isEnding = false;
  chat.ending = () => {
    isEnding = true;
    return written;
  };
  chat.course = async () => void (await wait(300));
  await chat.say('a');
  await chat.answered(1);
  // For another expert: the session ends once it has answered.
  await chat.say('b', { renews: true });
  await eventually('the end', () => isEnding);
  let tries = 0;
  chat.telling = async () => {
    tries += 1;
    if (tries === 1) throw new Error('The platform is away.');
  };
  await chat.command('help');
  await eventually('the first try', () => tries > 0);
  write();
  await chat.answered(2);
  expect(chat.notices).toMatchObject([{ notice: 'help' }]);
  expect(new Set(chat.answers.map(({ sessionId }) => sessionId)).size).toBe(2);
  await chat.quiet();
  await keepHistory('told-before-the-end', on.env.client.workflow.getHandle(chat.handle.workflowId, chat.answers[0]!.runId));
});
