import type { Memory } from '../channel';

/** How fast a robot calls: what it is granted, or less for a while after DingTalk refused a call for being one too many. */
export interface Pace {
  perSecond(): Promise<number>;
  /** A call got through. */
  passed(): void;
  /**
   * DingTalk refused. However many calls it refuses at once, they count as one; and while none gets through at all something else is wrong, which
   * says nothing of the pace.
   */
  slowDown(): Promise<void>;
}

/** The last refusal: to how many calls a second it led, and when, in milliseconds since the epoch. */
interface Cut {
  readonly to: number;
  readonly at: number;
}

const KEY = 'pace';
/** What is left of a pace that was too fast. */
const LEFT = 0.7;
const SLOWEST = 1;
/** From a stop to all that is granted: so slowly that whoever is granted less meets a refusal every minute or two only. */
const RECOVERY_MS = 600_000;

/**
 * The pace stands in the channel's memory, so all processes keep to it; each reads it again before those pauses are over in which nobody calls.
 * @param granted calls a second
 * @param backOffMs how long nobody calls after a refusal
 */
export function createPace(memory: Memory, granted: number, backOffMs: number, now: () => number = Date.now): Pace {
  let passedAt = 0;
  let known: { readonly cut: Cut | undefined; readonly at: number } | undefined;
  const after = (cut: Cut | undefined): number =>
    cut ? Math.min(granted, cut.to + (granted * Math.max(0, now() - cut.at)) / RECOVERY_MS) : granted;
  return {
    perSecond: async () => {
      if (!known || now() - known.at >= backOffMs / 2) known = { at: now(), cut: await memory.get<Cut>(KEY) };
      return after(known.cut);
    },
    passed: () => {
      passedAt = now();
    },
    slowDown: async () => {
      const before = await memory.get<Cut>(KEY);
      if (before && (now() - before.at < backOffMs || passedAt <= before.at)) return;
      const cut: Cut = { to: Math.max(SLOWEST, after(before) * LEFT), at: now() };
      // Whoever was faster has cut it already.
      await memory.compareAndSet(KEY, before, cut);
      known = undefined;
    },
  };
}
