import fc from 'fast-check';
import { type Policy, policy, type Step, step } from '../../tests/support/courses';
import { createSimulation } from '../../tests/support/simulation';

const simulate = (given: Policy, steps: readonly Step[]) => {
  const simulation = createSimulation(given);
  for (const next of steps) {
    simulation.apply(next);
    simulation.check();
  }
  simulation.drain();
  return simulation;
};

const seed = Number(process.env.PARLEY_SEED ?? Date.now() % 2 ** 31);
const runs = { seed, numRuns: 600 };

describe(`whatever happens in whatever order (PARLEY_SEED=${seed})`, () => {
  const steps = fc.array(step, { maxLength: 120 });

  it('each event gets exactly one end', () => {
    fc.assert(
      fc.property(policy, steps, (given, course) => {
        const { events, ends } = simulate(given, course);
        for (const { id } of events) expect([id, ends.get(id)?.length]).toEqual([id, 1]);
      }),
      runs,
    );
  });

  it('what is for another expert is never asked together with what was said before it', () => {
    fc.assert(
      fc.property(policy, steps, (given, course) => {
        const { turns } = simulate({ ...given, orderly: true }, course);
        for (const turn of turns) expect(turn.slice(1).filter(({ renews }) => renews)).toEqual([]);
      }),
      runs,
    );
  });

  it('messages keep their order within each turn and, told in order, from turn to turn; no turn is too large', () => {
    fc.assert(
      fc.property(policy, steps, (given, course) => {
        const { turns } = simulate(given, course);
        const numbers = turns.map((events) => events.map(({ number }) => number));
        const ascending = (list: readonly number[]) => list.every((one, index) => index === 0 || list[index - 1]! < one);
        for (const turn of numbers) expect(ascending(turn)).toBe(true);
        if (given.orderly) expect(ascending(numbers.flat())).toBe(true);
        for (const events of turns.filter((all) => all.every(({ turnId }) => !turnId)))
          expect(events.length).toBeLessThanOrEqual(given.timings.gatherMaxMessages);
      }),
      runs,
    );
  });
});
