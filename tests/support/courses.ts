import fc from 'fast-check';
import type { BusyPolicy, Timings } from '../../domain/trigger';

// What may befall a chat: any trigger's policy, and any course of steps.

export interface Policy {
  readonly timings: Timings;
  readonly shared: boolean;
  /** Events come in the order of the ledger, and none was left behind by an earlier run. */
  readonly orderly: boolean;
}

export type Step =
  | { readonly do: 'say'; readonly person: number; readonly late: number; readonly adopted: number }
  | {
      readonly do: 'command';
      readonly name: 'stop' | 'new' | 'help' | 'status';
      readonly asks: boolean;
      readonly person: number;
      readonly late: number;
    }
  | { readonly do: 'instruct'; readonly name: 'stop' | 'end'; readonly past: boolean }
  | { readonly do: 'press' | 'again' | 'recall'; readonly pick: number; readonly person: number }
  | { readonly do: 'repeat'; readonly pick: number }
  | { readonly do: 'begin' | 'end' | 'chore' | 'leaveClosing' | 'close' | 'session' }
  | { readonly do: 'wait'; readonly ms: number };

const pick = fc.nat(1000);
const person = fc.nat(2);
const late = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(5000));
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('say' as const), person, late, adopted: fc.nat(12) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      name: fc.constantFrom('stop' as const, 'new' as const, 'new' as const, 'help' as const, 'status' as const),
      asks: fc.boolean(),
      person,
      late,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('instruct' as const),
      name: fc.constantFrom('stop' as const, 'end' as const),
      past: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('press' as const, 'again' as const, 'recall' as const), pick, person }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), pick }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'begin' as const,
        'end' as const,
        'chore' as const,
        'leaveClosing' as const,
        'close' as const,
        'session' as const,
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(8000) }) },
);

export const policy: fc.Arbitrary<Policy> = fc.record({
  shared: fc.boolean(),
  orderly: fc.boolean(),
  timings: fc.record({
    gatherMs: fc.constantFrom(0, 1000),
    gatherMaxMs: fc.constantFrom(1000, 5000),
    gatherMaxMessages: fc.integer({ min: 1, max: 4 }),
    sessionTimeoutSeconds: fc.constant(10),
    onBusy: fc.constantFrom<BusyPolicy[]>('queue', 'interrupt', 'drop'),
    queueMax: fc.integer({ min: 1, max: 3 }),
  }),
});
