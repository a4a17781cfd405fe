import { defaultLimits } from '../../activities/deps';
import type { Store } from '../../store';
import type { Instrument } from '../../workers/process';
import { runWorker } from '../../workers/run';

/**
 * A worker that kills itself, as `kill -9` would, when it comes to a named point. The test arms it over IPC with `{ point, nth }`; a point is
 * `<part>.<function>:<before|after>`, `platform.call:before` and `:after` stand for every call to the platform.
 */
let armed: { point: string; nth: number } | undefined;
let begin: () => void = () => undefined;
process.on('message', (order: { point: string; nth: number } | 'begin') => {
  if (order === 'begin') return begin();
  armed = order;
  process.send?.('armed');
});

function reach(point: string): void {
  if (armed?.point !== point) return;
  armed.nth -= 1;
  if (armed.nth === 0) process.kill(process.pid, 'SIGKILL');
}

type Step = (...args: unknown[]) => unknown;

function watched(part: string, group: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).map(([name, step]) => [
      name,
      typeof step !== 'function'
        ? step
        : async (...args: unknown[]) => {
            const point = part === 'budgets' && name === 'lease' ? 'platform.call' : `${part}.${name}`;
            reach(`${point}:before`);
            const result = await (step as Step).apply(group, args);
            if (point !== 'platform.call') reach(`${point}:after`);
            return result;
          },
    ]),
  );
}

const instrument: Instrument = {
  // What the platform does not take at once is soon another step's.
  limits: { ...defaultLimits, closingMs: 3000 },
  store: (store) =>
    ({
      ...store,
      events: watched('events', store.events),
      policies: watched('policies', store.policies),
      turns: watched('turns', store.turns),
      budgets: watched('budgets', store.budgets),
    }) as unknown as Store,
  observe: (observe) => ({
    ...observe,
    called: (platform, result) => {
      observe.called(platform, result);
      reach('platform.call:after');
    },
  }),
};

// Loading takes seconds of one core: the next process waits, loaded, until the one before is dead.
const held = new Promise<void>((resolve) => {
  begin = resolve;
});
process.send?.('held');
void held.then(() => runWorker('all', instrument));
