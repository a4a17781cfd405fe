import { setTimeout as wait } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createStage, keepHistory, type Stage } from '../tests/support/stage';
import { startTemporal, startWorkers } from '../tests/support/temporal';
import { eventually } from '../tests/support/world';
import { conversationQuery } from './messages';

let env: TestWorkflowEnvironment;
let stage: Stage;
let stopWorkers: () => Promise<void>;

beforeAll(async () => {
  env = await startTemporal(['limit.historyCount.suggestContinueAsNew=25']);
  stage = createStage(env);
  // Without a cache each task replays the whole history: what is not deterministic fails at once.
  stopWorkers = await startWorkers(env, stage.activities, { maxCachedWorkflows: 0 });
}, 60_000);
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
}, 20_000);
jest.setTimeout(60_000);

it('goes on in new runs as the same session and forgets nothing that waits', async () => {
  const chat = stage.chat({ gatherMaxMessages: 2, queueMax: 50 });
  chat.course = async () => void (await wait(100));
  for (let n = 0; n < 30; n++) {
    await chat.say(`m${n}`);
    if (n % 7 === 0) await chat.command('help');
    await wait(30);
  }
  await eventually('an end for each', () => chat.ends().size === 35, 30_000);
  await chat.quiet();
  expect([...chat.ends().values()].every((count) => count === 1)).toBe(true);
  expect(chat.asked().join('+')).toBe(Array.from({ length: 30 }, (_, n) => `m${n}`).join('+'));
  expect(new Set(chat.answers.map(({ sessionId }) => sessionId)).size).toBe(1);
  const runs = [...new Set(chat.answers.map(({ runId }) => runId))];
  expect(runs.length).toBeGreaterThan(2);
  expect(chat.answers.map(({ number }) => number)).toEqual(chat.answers.map((_, index) => index + 1));
  await keepHistory('continued-from', env.client.workflow.getHandle(chat.handle.workflowId, runs[0]));
  await keepHistory('continued-as-new', env.client.workflow.getHandle(chat.handle.workflowId, runs[1]));
});

it('goes on with the last frame that the platform has not taken', async () => {
  const chat = stage.chat();
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
