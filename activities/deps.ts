import type { AnyBackend } from '../agents/backend';
import type { AnyChannel, Deliver, Messenger, Ports } from '../channels/channel';
import type { ReplyEnd } from '../domain/answer';
import type { Identified } from '../domain/person';
import type { Store } from '../store';
import type { Files } from '../store/files';
import type { Integration } from '../store/integrations';

/** Everything the activities touch, given once by the worker. */
export interface Deps {
  readonly store: Store;
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly findBackend: (name: string) => AnyBackend | undefined;
  /** What one integration's channel may use of ours. */
  readonly portsFor: (integration: Integration) => Ports;
  /** The way out of one integration, ready to use. */
  readonly messengerFor: (integration: Integration) => Messenger;
  /** Runs what must speak through one integration's link, in the process that holds it. */
  readonly serveReplies: (integrationId: string) => Serving;
  /** The one door in, for events read from a held link. */
  readonly deliver: (integrationId: string) => Deliver;
  /** Ids of the events and turns that the chat's open run still owes an end; undefined when no run is open. Rejects when that cannot be told. */
  readonly openRunKnows: (chatId: string) => Promise<readonly string[] | undefined>;
  /** Name of this process, as the status shows it. */
  readonly processName: string;
  readonly observe: Observe;
  readonly limits: Limits;
  /** Where the bytes of attachments are. */
  readonly files: Files;
  /** Finds out who everybody is whose words a turn asks; bounded in time, and safe to repeat. */
  readonly identify: (turnId: string, integration: Integration) => Promise<readonly Identified[]>;
  readonly attachments: AttachmentLimits;
}

/** What is taken of the files that people send and experts make. */
export interface AttachmentLimits {
  /** In bytes: of one file, and of all of one question or answer. */
  readonly maxFileBytes: number;
  readonly maxTurnBytes: number;
  readonly maxTurnFiles: number;
  /** Media types that are kept; `*` stands for anything. */
  readonly types: readonly string[];
  /** Longest wait for one file, and the pause before it is asked for again, in milliseconds. */
  readonly fetchMs: number;
  readonly pauseMs: number;
}

/** Answers that are taken as long as a link is held. */
export interface Serving {
  /** Rejects when they cannot be taken any more. */
  readonly failed: Promise<never>;
  /** What is under way goes on elsewhere. */
  stop(): Promise<void>;
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
  /** Pauses between the frames of a card while nothing comes: at 3, 6 and 10 s, then every 10 s. */
  readonly ticksMs: readonly number[];
}

export const defaultLimits: Limits = {
  touchMs: 1000,
  proofLastsMs: 4000,
  closingMs: 60_000,
  maxAttempts: 20,
  overdueMs: 60_000,
  linkProofMs: 45_000,
  ticksMs: [3000, 3000, 4000, 10_000],
};
