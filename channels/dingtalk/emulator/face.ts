import type { PlatformFault } from '../../../tests/support/faults';

export interface DingTalkEmulatorOptions {
  /** Defaults: `dingemulated0000000` and `secret`. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly port?: number;
  /** Waits before the second, third, ... delivery of a robot message that was not acknowledged. Default: once, after 60 s. */
  readonly redeliverMs?: readonly number[];
  /** An acknowledgement that takes longer counts as none. */
  readonly ackWithinMs?: number;
  readonly tokenSeconds?: number;
  /** Calls in a strictly sliding second that the robot may make; `off` for no limit. */
  readonly limits?: { readonly perSecond: number } | 'off';
  /** Added to every HTTP answer. */
  readonly latencyMs?: number;
  readonly maxConnections?: number;
  /** From the announcement that a connection ends to its end. */
  readonly closeAfterMs?: number;
  /** How long the address lives that comes with each message. */
  readonly sessionWebhookMs?: number;
}

/** What a person says. */
export interface Said {
  readonly chatId: string;
  readonly text: string;
  /** A member's id; by default one of their own for each private chat. */
  readonly senderId?: string;
  /** Not a member: DingTalk then gives no staff id. */
  readonly external?: boolean;
  readonly chatType?: 'p2p' | 'group';
  readonly mentionsBot?: boolean;
  readonly messageId?: string;
  /** Milliseconds since the epoch. */
  readonly createTime?: number;
  /** Any other kind of message than text, with its content. */
  readonly messageType?: string;
  readonly content?: unknown;
  /** Laid over the payload. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Default true: again until acknowledged. */
  readonly redeliver?: boolean;
}

export interface Pressed {
  readonly cardId: string;
  readonly senderId?: string;
  /** Default: the card's first button. */
  readonly button?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Names of APIs: `card.streaming`, `robot`, and patterns such as /^card/. */
export interface Fault extends PlatformFault {
  readonly status?: number;
  readonly code?: string;
  /** Answers 200, but the card arrived nowhere. */
  readonly undelivered?: boolean;
}

export interface CardFrame {
  readonly at: number;
  readonly kind: 'create' | 'content' | 'update';
  readonly sequence: number;
  readonly text: string;
  readonly status: string;
}

/** A card as the chat shows it. */
export interface ShownCard {
  /** Its `outTrackId`. */
  readonly cardId: string;
  readonly messageId: string;
  readonly chatId: string;
  readonly templateId: string;
  readonly text: string;
  readonly status: string;
  /** All that stands below the text. */
  readonly footer: string;
  readonly flowStatus: string;
  readonly buttons: readonly string[];
  readonly streaming: boolean;
  /** In one of DingTalk's two final states, and no stream open. */
  readonly closed: boolean;
  readonly turnId: string;
  readonly json: Readonly<Record<string, string>>;
  readonly frames: readonly CardFrame[];
}

/** The cards of one turn, as one. */
export interface ShownReply {
  readonly chatId: string;
  readonly turnId: string;
  readonly text: string;
  readonly closed: boolean;
  readonly cards: readonly ShownCard[];
}

export interface SentMessage {
  readonly messageId: string;
  readonly chatId: string;
  readonly type: string;
  readonly text: string;
  readonly via: 'robot' | 'webhook';
  readonly at: number;
}

export interface MadeCall {
  readonly api: string;
  readonly at: number;
  readonly status: number;
  readonly code: string;
  readonly cardId?: string;
}

export interface Violation {
  readonly api: string;
  readonly at: number;
  readonly limit: 'robot';
}

export interface Delivery {
  readonly eventId: string;
  /** Its topic. */
  readonly type: string;
  readonly attempts: readonly {
    readonly at: number;
    /** The push's own id, new each time. */
    readonly messageId: string;
    readonly code?: number;
    readonly data?: unknown;
    readonly ackedAt?: number;
  }[];
  readonly acked: boolean;
}

/** What DingTalk posts in HTTP mode. */
export interface Posted {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

export type Payload = Readonly<Record<string, unknown>>;

/** A platform on loopback, as DingTalk behaves towards one robot. Other processes reach it by `url` alone. */
export interface DingTalkEmulator {
  readonly url: string;
  /** Settings for the stream mode. */
  readonly config: { readonly clientId: string; readonly clientSecret: string; readonly apiBase: string; readonly oapiBase: string };
  /** Settings for the HTTP mode, with a route for card callbacks. */
  readonly webhookConfig: DingTalkEmulator['config'] & {
    readonly corpId: string;
    readonly token: string;
    readonly aesKey: string;
    readonly callbackRouteKey: string;
  };
  /** Says something and pushes it; answers its message id. */
  say(said: Said): string;
  /** Presses a button; the press comes once, as on the platform. Answers the id of its push. */
  press(pressed: Pressed): string;
  /** Pushes any payload to a topic; answers the id of the push. */
  push(topic: string, payload: unknown, options?: { readonly type?: 'CALLBACK' | 'EVENT'; readonly redeliver?: boolean }): string;
  /** Any text as a frame, on every open socket. */
  pushRaw(text: string): void;
  /** The payloads alone, for what tests deliver themselves. */
  readonly events: {
    message(said: Said): { readonly messageId: string; readonly event: Payload };
    action(pressed: Pressed): Payload;
  };
  /** A robot message as DingTalk posts it. */
  webhookBody(event: unknown, now?: number): Posted;
  /** A card callback as DingTalk posts it. */
  cardBody(event: unknown, now?: number): Posted;
  /** An event of the subscription as DingTalk posts it: encrypted and signed. */
  eventBody(event: unknown, now?: number, owner?: string): Posted;
  /** From now on robot messages are posted there instead of pushed over sockets. */
  sendTo(callbackUrl: string | undefined): void;
  cards(chatId?: string): readonly ShownCard[];
  replies(chatId?: string): readonly ShownReply[];
  messages(chatId?: string): readonly SentMessage[];
  /** Signs put on messages. */
  /** What is told of a member besides the id. */
  setPerson(userId: string, user: Readonly<Record<string, unknown>>): void;
  reactions(): readonly { readonly messageId: string; readonly name: string }[];
  /** Puts a file where DingTalk keeps what people send; answers its download code. */
  putFile(bytes: Buffer, mime?: string): string;
  /** Files that were uploaded. */
  uploads(): readonly { readonly mediaId: string; readonly type: string; readonly name: string; readonly bytes: Buffer }[];
  calls(api?: string): readonly MadeCall[];
  violations(): readonly Violation[];
  deliveries(): readonly Delivery[];
  /** Open sockets. */
  connections(): number;
  /** When each socket was accepted. */
  logins(): readonly number[];
  /** Sockets asked for, accepted or not. */
  handshakes(): number;
  /** Answers a function that ends it. */
  fault(fault: Fault): () => void;
  clearFaults(): void;
  /** The open sockets stay up and say nothing more; new ones work. */
  goSilent(): void;
  dropSockets(): void;
  /** Tells every open socket that it will be closed; it gets no more pushes. */
  announceDisconnect(): void;
  refuseConnections(refuse: boolean): void;
  /** Tickets are given out, but no socket is accepted. */
  refuseHandshakes(refuse: boolean): void;
  expireTokens(): void;
  /** The robot is removed from a chat, or put back. */
  removeBot(chatId: string, removed?: boolean): void;
  /** Takes a permission away: `card` or `robot`. */
  revoke(permission: 'card' | 'robot'): void;
  close(): Promise<void>;
}
