import type { Address } from '../../domain/event';
import type { StreamTimes } from './streams';

/** Times in milliseconds; the defaults are for the real platform, tests bring their own. */
export interface WebhookTimes extends StreamTimes {
  /** How long an end waits to be polled before it goes another way. */
  readonly takenWithinMs: number;
  readonly lookEveryMs: number;
  readonly callTimeoutMs: number;
  /** Between tries of a call that WeCom was too busy for. */
  readonly busyMs: number;
  /** Before an event that could not be stored is tried again, at first. */
  readonly retryMs: number;
  readonly now: () => number;
}

export const webhookTimes: WebhookTimes = {
  endsMs: 330_000,
  settleMs: 6000,
  takenWithinMs: 10_000,
  lookEveryMs: 250,
  callTimeoutMs: 10_000,
  busyMs: 300,
  retryMs: 500,
  now: Date.now,
};

/** What `receive` put on a message's address for whoever answers it. */
interface Handles {
  readonly streamId?: string;
  readonly responseUrl?: string;
}

export const handlesOf = ({ handles = {} }: Address): Handles => handles;
