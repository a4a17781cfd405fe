import type { ZodType } from 'zod';
import type { ReplyView } from '../domain/answer';
import type { Address, Attachment, InboundEvent } from '../domain/event';
import type { Language, LocalizedText } from '../domain/language';
import type { PersonFacts } from '../domain/person';

/** One IM platform. Each folder in `channels/` exports exactly one; everything about a platform is in its folder. */
export interface Channel<Config = unknown> {
  readonly name: string;
  readonly title: LocalizedText;
  readonly modes: readonly Mode<Config>[];
  readonly abilities: Abilities;
  /**
   * Proves credentials and permissions with calls of its own; never touches the live link, never throws for what a check can say.
   * @param link whether the integration's own link is up, where that is known: a platform that grants one link only is logged in to for a
   * test just when it is `down`
   * @param ports the integration's own, where it has any: what a probe calls counts towards its allowance
   */
  probe(config: Config, mode: string, link?: 'up' | 'down', ports?: Ports): Promise<ProbeResult>;
  /**
   * Makes the bot on the platform, for somebody who scans a code with the platform's app.
   * @param settings what was entered so far, unchecked
   * @param show called once, with what to scan
   * @returns what the platform gave: settings to add. Rejects with a ChannelError: `gone` when the code was not used in time, `forbidden` when
   * whoever scanned it declined; or when `signal` aborts.
   */
  register?(settings: Settings, show: (code: ScanCode) => void, signal: AbortSignal): Promise<Settings>;
  /** The way out. Cheap to make; holds no connection of its own. */
  messenger(config: Config, ports: Ports): Messenger;
  /**
   * The way in, kept open: resolves when `signal` aborts, once what was on its way is delivered too (`goodbye.ts`); throws a ChannelError when the
   * link is lost (`bad_credentials` parks it).
   */
  listen?(config: Config, deliver: Deliver, link: LinkReport, signal: AbortSignal, ports: Ports): Promise<void>;
  /**
   * The way in, called: verifies the raw body before anything else. Throws a Refusal (400, 401, 413) for what it could not verify; any other answer
   * counts as proof that the platform reaches us.
   */
  receive?(config: Config, call: WebhookCall, deliver: Deliver, ports: Ports): Promise<WebhookResult>;
}

export type Settings = Readonly<Record<string, unknown>>;

export interface ScanCode {
  /** What the code says; opening it on a phone does the same. */
  readonly url: string;
  /** How long it may be used, in milliseconds. */
  readonly validMs: number;
}

export interface Mode<Config = unknown> {
  readonly name: string;
  readonly title: LocalizedText;
  readonly recommended: boolean;
  /** How events come in: over a socket that we hold, by calls to us, or from our own gateway. */
  readonly way: 'listen' | 'receive' | 'local';
  /** Checks the settings and draws the form; secrets carry `.meta({ secret: true })`. */
  readonly config: ZodType<Config>;
  /** Where this mode can do less, or otherwise, than the channel. */
  readonly abilities?: Partial<Abilities>;
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
  /** A sign on the person's own message that it was received. */
  readonly reactions: boolean;
  /** The platform tells when somebody takes a message back. */
  readonly recalls?: boolean;
  /** The platform tells who owns a group and administers it, to messengers that have `owners`. */
  readonly owners?: boolean;
  /** What can be sent besides text, by messengers that have `sendFile`. */
  readonly sends: readonly SentFile['kind'][];
  /** Replies must go out through the process that holds the socket. */
  readonly repliesThroughConnection: boolean;
}

/** What a channel can do in one of its modes. */
export const abilitiesOf = (channel: Pick<AnyChannel, 'abilities' | 'modes'>, mode: string): Abilities => ({
  ...channel.abilities,
  ...channel.modes.find(({ name }) => name === mode)?.abilities,
});

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
  /** The platform refused nothing, it only did not answer as it should: the same check may succeed later. */
  readonly retryable?: boolean;
}

/** Resolves once the event is durable: only then may a channel acknowledge it. Rejects when it could not be stored: then it must not. */
export type Deliver = (event: InboundEvent) => Promise<DeliverResult>;

export interface DeliverResult {
  /** False for an event that was there already. */
  readonly fresh: boolean;
  /** It has its end already (ignored, refused): nothing will answer it. */
  readonly over?: boolean;
  /** What a card callback may answer at once. */
  readonly toast?: LocalizedText;
  /** A press that does nothing; the toast says why. */
  readonly refused?: boolean;
  /** In which whoever pressed is spoken to; absent where that is not known. */
  readonly language?: Language;
}

/** How `listen` says what its link is doing. */
export interface LinkReport {
  /** The platform accepted our credentials; events may come. */
  connected(): void;
  /** Something was received on the link just now: the only proof that it lives. */
  proven(): void;
  /** An event was read from the link. */
  received(): void;
  /** The platform hands events to other links with our credentials too. @param links how many there are, ours included */
  shared(links: number): void;
}

/** What every channel may use of ours. */
export interface Ports {
  readonly memory: Memory;
  readonly budget: Budget;
  /** For a channel that is its own platform: where it keeps what people send. */
  readonly files?: FileMemory;
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

/** Bytes under names; one namespace per integration. */
export interface FileMemory {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Buffer | undefined>;
}

/** One allowance per integration and API, shared by all processes. Lower priority numbers go first. */
export interface Budget {
  /**
   * Resolves when a call may go out; `api` names the limit, `perSecond` is what the platform grants. A limit of one chat beside that of an API is
   * named `chat/` and its id: the call counts as one. After a rest as many as `burst` (else 1) may go out at once: in any window no more than
   * that and what is granted for its length.
   */
  take(
    api: string,
    perSecond: number,
    priority: Priority,
    more?: { readonly burst?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
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
  /**
   * A plain message, idempotent by key where the platform can. Elsewhere one that may have arrived is not said again, for a notice is better
   * missed than read twice.
   * @param again for what must not be missed: what to put before it when it is said again
   */
  say(to: Address, text: string, key: string, again?: string): Promise<void>;
  /** Platform ids of who owns the group and administers it, where the platform tells. */
  owners?(to: Address): Promise<readonly string[]>;
  /** Puts the sign of "received" on the message that `to` replies to. A courtesy: nobody tries again. */
  react?(to: Address): Promise<void>;
  /** Reads a file that somebody sent. Throws ChannelError `gone` where the platform has it no more, `too_large` beyond `maxBytes`. */
  fetchFile?(attachment: Attachment, from: Address, maxBytes: number): Promise<FetchedFile>;
  /** Sends a file of the answer, idempotent by key where the platform can. */
  sendFile?(to: Address, file: SentFile, key: string): Promise<void>;
  /** What the platform tells of somebody. Throws ChannelErrors; one that is not retryable means that it tells nothing. */
  person?(senderId: string): Promise<PersonFacts>;
  /** What people wrote in a chat since then (milliseconds since the epoch), oldest first, as the events it would have come with. Bounded. */
  missed?(chat: Address, sinceMs: number): Promise<readonly InboundEvent[]>;
}

export interface FetchedFile {
  readonly bytes: Buffer;
  /** As the platform says, else as the bytes look. */
  readonly mime?: string;
  readonly name?: string;
}

export interface SentFile {
  readonly kind: 'image' | 'file';
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
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
