import type { AnyBackend } from '../agents/backend';
import type { AnyChannel, Deliver, Messenger } from '../channels/channel';
import type { ReplyEnd } from '../domain/answer';
import type { Store } from '../store';
import type { Integration } from '../store/integrations';

/** Everything the activities touch, given once by the worker. */
export interface Deps {
  readonly store: Store;
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly findBackend: (name: string) => AnyBackend | undefined;
  /** The way out of one integration, ready to use. */
  readonly messengerFor: (integration: Integration) => Messenger;
  /** The one door in, for events read from a held link. */
  readonly deliver: (integrationId: string) => Deliver;
  /** Ids of the events and turns that the chat's open run still owes an end; undefined when no run is open. Rejects when that cannot be told. */
  readonly openRunKnows: (chatId: string) => Promise<readonly string[] | undefined>;
  /** Name of this process, as the status shows it. */
  readonly processName: string;
  readonly observe: Observe;
  readonly limits: Limits;
}

/** Counters and timings, for `/metrics`. */
export interface Observe {
  firstFrame(seconds: number): void;
  replied(state: ReplyEnd | 'undeliverable'): void;
}

/** Durations in milliseconds; tests give smaller ones. */
export interface Limits {
  /** How often the writer of a reply proves that it still is. */
  readonly touchMs: number;
  /** Without a proof for so long it stops writing. */
  readonly proofLastsMs: number;
  /** Closing a reply keeps the turn for at most so long; then it goes on in the background. */
  readonly closingMs: number;
  /** Tries that reached the backend before a turn fails. */
  readonly maxAttempts: number;
  /** Events without an end are looked at when they are older than this. */
  readonly overdueMs: number;
  /** How often a held link must be proven, and how long one proof lasts. */
  readonly linkProofMs: number;
}

export const defaultLimits: Limits = {
  touchMs: 1000,
  proofLastsMs: 4000,
  closingMs: 60_000,
  maxAttempts: 20,
  overdueMs: 60_000,
  linkProofMs: 45_000,
};
