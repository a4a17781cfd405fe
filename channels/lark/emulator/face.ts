import type { PlatformFault } from '../../../tests/support/faults';
import type { LarkEvent } from '../inbound';

export interface LarkEmulatorOptions {
  /** Defaults: `cli_0123456789abcdef` and `secret`. */
  readonly appId?: string;
  readonly appSecret?: string;
  /** Further apps by id, with their secrets. */
  readonly apps?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Waits before the second, third, ... delivery of what was not acknowledged. */
  readonly redeliverMs?: readonly number[];
  /** An acknowledgement that takes longer counts as none. */
  readonly ackWithinMs?: number;
  /** When streaming ends by itself. */
  readonly streamingCapMs?: number;
  readonly tokenSeconds?: number;
  /** What the tenant granted; default all that the app asks for. */
  readonly scopes?: readonly string[];
  /** Enforced in strictly sliding seconds and minutes; `off` for none. Default: what Lark documents. */
  readonly limits?: Partial<LarkLimits> | 'off';
  /** Added to every HTTP answer. */
  readonly latencyMs?: number;
  readonly maxConnections?: number;
  /** Whether refused log-ins carry `data`; Lark has been seen to do both. */
  readonly refusalsCarryData?: boolean;
  /** Events larger than this go out in fragments. */
  readonly fragmentBytes?: number;
}

/** How many calls Lark takes. */
export interface LarkLimits {
  readonly perCardPerSecond: number;
  readonly perApiPerSecond: number;
  /** Beside the one a second; typing a card's text on is exempt. */
  readonly perApiPerMinute: number;
  /** Messages of all bots together. */
  readonly perChatPerSecond: number;
}

/** A message inside a forwarded bundle. */
export interface Forwarded {
  readonly text?: string;
  readonly messageType?: string;
  readonly content?: unknown;
}

/** What a person says. */
export interface Said {
  readonly chatId: string;
  readonly text: string;
  readonly senderId?: string;
  /** Of another company than the app's, where given. */
  readonly tenantKey?: string;
  readonly chatType?: 'p2p' | 'group';
  readonly mentionsBot?: boolean;
  readonly messageId?: string;
  readonly threadId?: string;
  readonly parentId?: string;
  /** Milliseconds since the epoch. */
  readonly createTime?: number;
  /** Any other kind of message than text, with its content. */
  readonly messageType?: string;
  readonly content?: unknown;
  /** What can be downloaded of it, by key. */
  readonly files?: Readonly<Record<string, { readonly bytes: Buffer; readonly mime: string; readonly name: string }>>;
  /** What a bundle of type `merge_forward` holds. */
  readonly forwarded?: readonly Forwarded[];
  readonly appId?: string;
  /** Default true: again until acknowledged. */
  readonly redeliver?: boolean;
}

export interface Pressed {
  readonly messageId?: string;
  readonly cardId?: string;
  readonly senderId?: string;
  /** Default: what the card's first button carries. */
  readonly value?: unknown;
  /** Instead of the first button, the one that does this. */
  readonly action?: string;
  /** What was chosen, where it is a list. */
  readonly option?: string;
  /** Comes in a frame of type `card`. */
  readonly oldFrame?: boolean;
}

/** Names of APIs: `card.content`, `message`, and patterns such as /^card/. */
export interface Fault extends PlatformFault {
  readonly status?: number;
  readonly code?: number;
  readonly resetSeconds?: number;
}

export interface CardFrame {
  readonly at: number;
  readonly kind: 'create' | 'content' | 'update' | 'batch' | 'element' | 'settings' | 'patch';
  readonly sequence: number;
  readonly text: string;
  readonly status: string;
}

/** A card as the chat shows it. */
export interface ShownCard {
  /** Absent for cards that are plain messages. */
  readonly cardId?: string;
  readonly messageId: string;
  readonly chatId: string;
  readonly replyTo?: string;
  readonly threadId?: string;
  /** The answer element's content; what `<at` was made harmless with stands as it was sent. */
  readonly text: string;
  readonly status: string;
  readonly header: string;
  readonly footer: string;
  readonly streaming: boolean;
  /** Not streaming, and without a stop button; others may stay. */
  readonly closed: boolean;
  /** What can be pressed, in order. */
  readonly buttons: readonly string[];
  /** From its buttons, now or earlier. */
  readonly turnId?: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly frames: readonly CardFrame[];
}

/** The cards that answer one message, as one. */
export interface ShownReply {
  readonly chatId: string;
  readonly replyTo?: string;
  readonly text: string;
  readonly closed: boolean;
  readonly cards: readonly ShownCard[];
}

export interface SentMessage {
  readonly messageId: string;
  readonly chatId: string;
  readonly type: string;
  /** Of text messages; for cards that of their answer element. */
  readonly text: string;
  readonly uuid?: string;
  readonly replyTo?: string;
  readonly threadId?: string;
  readonly at: number;
  readonly recalled: boolean;
  /** Of images and files: what was uploaded. */
  readonly file?: { readonly bytes: Buffer; readonly mime: string; readonly name: string };
}

export interface MadeCall {
  readonly api: string;
  readonly at: number;
  readonly status: number;
  readonly code: number;
  readonly cardId?: string;
}

export interface Violation {
  readonly api: string;
  readonly at: number;
  readonly limit: 'card' | 'api' | 'minute' | 'chat' | 'message';
}

export interface Delivery {
  readonly eventId: string;
  readonly type: string;
  readonly attempts: readonly { readonly at: number; readonly code?: number; readonly data?: unknown; readonly ackedAt?: number }[];
  readonly acked: boolean;
}

/** A platform on loopback, as Lark behaves towards one app. Other processes reach it by `url` alone. */
export interface LarkEmulator {
  readonly url: string;
  /** Settings for both modes; a long connection ignores the last two. */
  readonly config: {
    readonly appId: string;
    readonly appSecret: string;
    readonly domain: string;
    readonly encryptKey: string;
    readonly verificationToken: string;
  };
  readonly botOpenId: string;
  /** Says something and pushes the event; answers its message id. */
  say(said: Said): string;
  /** Presses a button; the action comes once, as on the platform. Answers the event id. */
  press(pressed: Pressed): string;
  /** Keeps what people say, but pushes no event: the link of everybody is down. Answers the message id. */
  sayUnheard(said: Said): string;
  /** Emojis on a message. */
  reactions(messageId: string): readonly string[];
  /** Takes a person's message back. */
  recall(messageId: string): string;
  push(event: LarkEvent, options?: { readonly redeliver?: boolean; readonly oldFrame?: boolean; readonly appId?: string }): string;
  /** The events alone, for what tests deliver themselves. */
  readonly events: {
    message(said: Said): { readonly messageId: string; readonly event: LarkEvent };
    action(pressed: Pressed): LarkEvent;
    recall(messageId: string): LarkEvent;
  };
  /** An event or challenge as Lark posts it: encrypted and signed. */
  webhookBody(event: unknown, now?: number): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> };
  /** Any bytes with Lark's signature. */
  signed(body: Buffer, now?: number): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> };
  /** From now on events are posted there instead of pushed over sockets. */
  sendTo(callbackUrl: string | undefined): void;
  cards(chatId?: string): readonly ShownCard[];
  replies(chatId?: string): readonly ShownReply[];
  messages(chatId?: string): readonly SentMessage[];
  calls(api?: string): readonly MadeCall[];
  violations(): readonly Violation[];
  deliveries(): readonly Delivery[];
  /** Open sockets. */
  connections(): number;
  /** When each socket was accepted. */
  logins(): readonly number[];
  /** Answers a function that ends it. */
  fault(fault: Fault): () => void;
  clearFaults(): void;
  /** The open sockets stay up and say nothing more; new ones work. */
  goSilent(): void;
  dropSockets(): void;
  refuseConnections(refuse: boolean): void;
  expireTokens(): void;
  /** The bot is removed from a chat, or put back. */
  removeBot(chatId: string, removed?: boolean): void;
  setOwner(chatId: string, openId: string, ...managers: readonly string[]): void;
  /** What is told of a member besides the ids. */
  setPerson(openId: string, user: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}
