import type { ZodType } from 'zod';
import type { ReplyView } from '../domain/answer';
import type { Address, InboundEvent } from '../domain/event';
import type { LocalizedText } from '../domain/language';

/** One IM platform. Each folder in `channels/` exports exactly one; everything about a platform is in its folder. */
export interface Channel<Config = unknown> {
  readonly name: string;
  readonly title: LocalizedText;
  readonly modes: readonly Mode<Config>[];
  readonly abilities: Abilities;
  /** Proves credentials and permissions with calls of its own; never touches the live link, never throws for what a check can say. */
  probe(config: Config, mode: string): Promise<ProbeResult>;
  /** The way out. Cheap to make; holds no connection of its own. */
  messenger(config: Config, ports: Ports): Messenger;
  /** The way in, kept open: resolves when `signal` aborts, throws a ChannelError when the link is lost (`bad_credentials` parks it). */
  listen?(config: Config, deliver: Deliver, link: LinkReport, signal: AbortSignal): Promise<void>;
  /** The way in, called: verifies the raw body before anything else. Throws a Refusal (400, 401, 413). */
  receive?(config: Config, call: WebhookCall, deliver: Deliver): Promise<WebhookResult>;
}

export interface Mode<Config = unknown> {
  readonly name: string;
  readonly title: LocalizedText;
  readonly recommended: boolean;
  /** How events come in: over a socket that we hold, by calls to us, or from our own gateway. */
  readonly way: 'listen' | 'receive' | 'local';
  /** Checks the settings and draws the form; secrets carry `.meta({ secret: true })`. */
  readonly config: ZodType<Config>;
}

/** What differs between platforms, as data. */
export interface Abilities {
  readonly cards: boolean;
  /** Text grows while the expert speaks. */
  readonly streaming: boolean;
  /** Least time between two frames of one card, in milliseconds. */
  readonly updateEveryMs: number;
  /** Most a single card or message holds, in UTF-8 bytes; longer answers go on in numbered parts. */
  readonly maxTextBytes: number;
  readonly buttons: boolean;
  /** Replies must go out through the process that holds the socket. */
  readonly repliesThroughConnection: boolean;
}

export interface ProbeResult {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; empty when ok. */
  readonly mend: string;
}

/** Resolves once the event is durable: only then may a channel acknowledge it. Rejects when it could not be stored: then it must not. */
export type Deliver = (event: InboundEvent) => Promise<DeliverResult>;

export interface DeliverResult {
  /** False for an event that was there already. */
  readonly fresh: boolean;
  /** What a card callback may answer at once. */
  readonly toast?: LocalizedText;
}

/** How `listen` says what its link is doing. */
export interface LinkReport {
  /** The platform accepted our credentials; events may come. */
  connected(): void;
  /** Something was received on the link just now: the only proof that it lives. */
  proven(): void;
  /** An event was read from the link. */
  received(): void;
}

/** What every messenger may use of ours. */
export interface Ports {
  readonly memory: Memory;
  readonly budget: Budget;
  /** Observes one finished call to the platform, for `parley_platform_calls_total`. */
  readonly called: (result: 'ok' | 'rate_limited' | 'error') => void;
}

/** Small things a channel must remember across processes; one namespace per integration. */
export interface Memory {
  get<T>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  /** Writes only if the stored value still is what `get` gave (undefined = absent). Resolves false when it is not. */
  compareAndSet(key: string, expected: unknown, value: unknown): Promise<boolean>;
}

/** One allowance per integration and API, shared by all processes. Lower priority numbers go first. */
export interface Budget {
  /** Resolves when a call may go out; `api` names the limit, `perSecond` is what the platform grants. */
  take(api: string, perSecond: number, priority: Priority, signal?: AbortSignal): Promise<void>;
  /** The platform said to wait: nobody calls this API for so long. */
  pause(api: string, ms: number): Promise<void>;
}

export type Priority = 'last' | 'first' | 'frame';

/** One turn's identity; the platform's idempotency keys derive from `id`. */
export interface TurnRef {
  readonly id: string;
  /** Whoever holds the highest epoch writes; sequences begin at epoch·10⁶. */
  readonly epoch: number;
}

/** What a messenger knows of a reply: plain data that outlives the process that made it. Its fields are the channel's own. */
export interface ReplyRef {
  readonly turn: TurnRef;
  readonly to: Address;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Stores the reference; called after each id the platform gave and before the next call. */
export type Save = (reply: ReplyRef) => Promise<void>;

export interface Messenger {
  /**
   * Makes the reply visible, or takes over the one in `saved` (whose epoch is older) wherever it was left.
   * Idempotent: called again with what was saved it makes nothing twice.
   */
  beginReply(to: Address, turn: TurnRef, view: ReplyView, saved: ReplyRef | undefined, save: Save): Promise<ReplyRef>;
  /** Shows a newer moment. The view is read when the call goes out, so a frame that waited for its budget carries the latest text. */
  updateReply(reply: ReplyRef, view: () => ReplyView, save: Save): Promise<ReplyRef>;
  /** Shows the end: whole text, streaming closed. Repeating it changes nothing. Throws `gone`/`forbidden` when the platform refuses for good. */
  finishReply(reply: ReplyRef, view: ReplyView, save: Save): Promise<ReplyRef>;
  /** A plain message, idempotent by key where the platform can. */
  say(to: Address, text: string, key: string): Promise<void>;
  /** Platform ids of who owns the group, where the platform tells. */
  owners?(to: Address): Promise<readonly string[]>;
}

export interface WebhookCall {
  readonly method: 'GET' | 'POST';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Now, in milliseconds; injected so that time windows can be tested. */
  readonly now: number;
}

export interface WebhookResult {
  readonly status: number;
  readonly body?: string;
  readonly contentType?: string;
}

/** A channel whose settings type is no longer known: what the registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: each channel's settings are checked by its own schema before they reach it
export type AnyChannel = Channel<any>;
