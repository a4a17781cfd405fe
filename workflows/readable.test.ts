import { setTimeout as wait } from 'node:timers/promises';
import { onStage } from '../tests/support/on-stage';

const on = onStage();
jest.setTimeout(30_000);

it('every step and timer of a chat says in the Temporal UI what it is', async () => {
  const chat = on.stage.chat({ gatherMs: 50, sessionTimeoutSeconds: 2 });
  chat.course = async () => void (await wait(300));
  chat.closing = () => wait(10);
  await chat.say('a');
  await chat.answered(1);
  chat.course = async () => ({ state: 'done', closed: false });
  await chat.say('b');
  await chat.command('help');
  await chat.answered(2);
  expect(await chat.handle.result()).toMatchObject({ turns: 2, reason: 'timeout' });
  const { events } = await chat.handle.fetchHistory();
  const steps = (events ?? []).flatMap((event) => {
    const name =
      event.activityTaskScheduledEventAttributes?.activityType?.name ?? (event.timerStartedEventAttributes ? 'timer' : undefined);
    return name ? [{ name, summary: event.userMetadata?.summary?.data?.toString() }] : [];
  });
  expect(steps.filter(({ summary }) => !summary)).toEqual([]);
  expect(new Set(steps.map(({ name }) => name))).toEqual(new Set(['timer', 'answer', 'showWaiting', 'notify', 'closeReply', 'endSession']));
});
