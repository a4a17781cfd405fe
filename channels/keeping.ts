import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../domain/errors';
import type { InboundEvent } from '../domain/event';
import type { Deliver, DeliverResult } from './channel';

/** What was read from a platform that may never send it again stays in this process until the ledger has it, even when its link is gone. */
export interface Keeping {
  /**
   * Resolves once the event is in, however long that takes; undefined when it is refused for good. The same event is kept once, and events of
   * one chat keep their order.
   */
  keep(event: InboundEvent): Promise<DeliverResult | undefined>;
  /** Resolves when nothing of what is kept now is left, after so long, or when `signal` aborts. */
  idle(withinMs: number, signal?: AbortSignal): Promise<void>;
}

const SLOWEST_MS = 5000;

/** @param retryMs from the first failure to the second attempt; then longer, up to 5 s */
export function createKeeping(deliver: Deliver, retryMs: number): Keeping {
  const kept = new Map<string, Promise<DeliverResult | undefined>>();
  const lastOf = new Map<string, Promise<unknown>>();

  const insist = async (event: InboundEvent, before: Promise<unknown> | undefined): Promise<DeliverResult | undefined> => {
    // What was said first goes in first, also when the ledger comes back.
    await before;
    for (let wait = retryMs; ; wait = Math.min(wait * 2, SLOWEST_MS)) {
      try {
        return await deliver(event);
      } catch (error) {
        if (isFinal(error)) return undefined;
        // A process that is to end does not wait for this.
        await sleep(wait, undefined, { ref: false });
      }
    }
  };
  return {
    keep: (event) => {
      const known = kept.get(event.id);
      if (known) return known;
      const { chatId } = event.address;
      const work = insist(event, lastOf.get(chatId)).finally(() => {
        kept.delete(event.id);
        if (lastOf.get(chatId) === work) lastOf.delete(chatId);
      });
      kept.set(event.id, work);
      lastOf.set(chatId, work);
      return work;
    },
    idle: async (withinMs, signal) => {
      const over = new AbortController();
      const stop = signal ? AbortSignal.any([over.signal, signal]) : over.signal;
      const late = sleep(withinMs, undefined, { signal: stop }).catch(() => undefined);
      await Promise.race([Promise.all(kept.values()), late]);
      over.abort();
    },
  };
}

/**
 * For calls to us that a platform may not make again: they are refused while the ledger is away, and the event stays with this process all the
 * same until it is in.
 */
export const keepWhatFails =
  (deliver: Deliver, retryMs: number): Deliver =>
  async (event) => {
    try {
      return await deliver(event);
    } catch (error) {
      if (!isFinal(error)) void createKeeping(deliver, retryMs).keep(event);
      throw error;
    }
  };

const isFinal = (error: unknown): boolean => error instanceof Refusal && !error.retryable;
