import { setTimeout as wait } from 'node:timers/promises';
import { createScreen, duration } from './screen';

const shown = (firstAfterMs = 40, everyMs = 40) => {
  const lines: string[] = [];
  return { lines, screen: createScreen({ write: (line) => void lines.push(line), firstAfterMs, everyMs }) };
};

test('a short step is one line, once it is done', async () => {
  const { lines, screen } = shown();
  expect(await screen.step('Postgres', async () => 'up')).toBe('up');
  await wait(100);
  expect(lines).toEqual([expect.stringMatching(/^ {2}✓ Postgres \(0\.\d s\)$/)]);
});

test('a long one shows that it goes on, again and again, with what it is doing', async () => {
  const { lines, screen } = shown();
  await screen.step('Temporal', async (say) => {
    await wait(60);
    say('downloading');
    await wait(80);
  });
  expect(lines[0]).toMatch(/^ {2}… Temporal \(0\.\d s\)$/);
  expect(lines.slice(1, -1)).toContainEqual(expect.stringMatching(/^ {2}… Temporal: downloading \(0\.\d s\)$/));
  expect(lines.at(-1)).toMatch(/^ {2}✓ Temporal/);
});

test('one that fails shows no more of itself and says why to whoever asked', async () => {
  const { lines, screen } = shown();
  await expect(screen.step('database', () => wait(60).then(() => Promise.reject(new Error('away'))))).rejects.toThrow('away');
  const before = lines.length;
  await wait(100);
  expect([before, lines.length, lines.some((line) => line.includes('✓'))]).toEqual([1, 1, false]);
});

test('by itself it waits two seconds before it says anything', async () => {
  jest.useFakeTimers();
  try {
    const lines: string[] = [];
    const done = createScreen({ write: (line) => void lines.push(line) }).step('build', () => new Promise(() => undefined));
    jest.advanceTimersByTime(1999);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(lines).toEqual(['  … build (2.0 s)']);
    void done;
  } finally {
    jest.useRealTimers();
  }
});

test.each([
  [0, '0.0 s'],
  [59_900, '59.9 s'],
  [61_000, '1 min 1 s'],
])('%i ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
