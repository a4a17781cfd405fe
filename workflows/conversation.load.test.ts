import { setTimeout as wait } from 'node:timers/promises';
import { onStage } from '../tests/support/on-stage';
import { eventually } from '../tests/support/world';

const on = onStage();

it('no message that races the time-out is lost or asked twice', async () => {
  const chats = Array.from({ length: 5 }, () => on.stage.chat({ sessionTimeoutSeconds: 0.1 }));
  const messages = 24;
  await Promise.all(
    chats.map(async (chat, index) => {
      for (let n = 0; n < messages; n++) {
        await chat.say(`m${n}`);
        await eventually('an end', () => chat.ends().size > n);
        // The gap grows past the time-out, however late timers are on this machine: somewhere on the way the two meet.
        await wait(60 + 15 * n + 3 * index);
      }
    }),
  );
  for (const chat of chats) expect([...chat.ends().values()]).toEqual(Array.from({ length: messages }, () => 1));
  expect(new Set(chats.flatMap(({ answers }) => answers.map(({ runId }) => runId))).size).toBeGreaterThan(10);
}, 60_000);

it('300 signals at full rate all come to their end, in order', async () => {
  const chat = on.stage.chat({ queueMax: 40, gatherMs: 100 });
  await Promise.all(Array.from({ length: 300 }, (_, n) => chat.say(`m${n}`)));
  await eventually('an end for each', () => chat.ends().size === 300, 20_000);
  await chat.quiet();
  expect([...chat.ends().values()].every((count) => count === 1)).toBe(true);
  expect(chat.notices.filter(({ notice }) => notice !== 'queueFull')).toEqual([]);
  expect(Math.max(...chat.answers.map(({ eventIds }) => eventIds.length))).toBe(10);
}, 60_000);
