import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { exitWithParent, onShutdown } from './shutdown';

const silent = { info: () => undefined, warn: () => undefined };
const SIGNAL = 'SIGUSR2';

afterEach(() => {
  process.removeAllListeners(SIGNAL);
});

const recorded = () => {
  const order: string[] = [];
  const exits: number[] = [];
  const step = (name: string, ms = 0) => ({ name, deadlineMs: 40, run: () => wait(ms).then(() => order.push(name)) });
  return {
    order,
    exits,
    step,
    options: { log: silent, signals: [SIGNAL] as NodeJS.Signals[], exit: (code: number) => void exits.push(code) },
  };
};

test('steps run one after the other, once, however often the signal comes', async () => {
  const { order, exits, step, options } = recorded();
  const shutdown = onShutdown([step('door', 10), step('work'), step('memory')], options);
  process.emit(SIGNAL);
  process.emit(SIGNAL);
  await shutdown();
  expect(order).toEqual(['door', 'work', 'memory']);
  expect(exits).toEqual([0]);
});

test('a step beyond its deadline or one that fails does not keep the others from running', async () => {
  const { order, exits, step, options } = recorded();
  const failing = { name: 'failing', deadlineMs: 40, run: () => Promise.reject(new Error('no')) };
  await onShutdown([step('slow', 100), failing, step('last')], options)();
  expect(order).toEqual(['last']);
  expect(exits).toEqual([1]);
});

test('a process that ends for another reason says so with its exit code', async () => {
  const { exits, step, options } = recorded();
  await onShutdown([step('only')], options)(3);
  expect(exits).toEqual([3]);
});

test('a child ends in order when its parent is gone, and anyway after the deadline', async () => {
  const input = new PassThrough();
  const exits: number[] = [];
  let ended = 0;
  exitWithParent(async () => void ended++, { input, deadlineMs: 10, exit: (code) => void exits.push(code) });
  await wait(5);
  expect(ended).toBe(0);
  input.end();
  await wait(40);
  expect(ended).toBe(1);
  expect(exits).toEqual([1]);
});
