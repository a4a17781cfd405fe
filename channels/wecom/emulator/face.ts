import type { PlatformFault } from '../../../tests/support/faults';

export interface WecomEmulatorOptions {
  /** Defaults: `bot1` and `secret`. */
  readonly botId?: string;
  readonly secret?: string;
  /** Further bots by id, with their secrets. */
  readonly bots?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** When a stream can grow no more, counted from its first frame. */
  readonly streamMs?: number;
  /** Enforced in a sliding minute and hour for each chat; `off` for none. Default: what WeCom documents. */
  readonly limits?: { readonly perMinute: number; readonly perHour: number } | 'off';
  /** Whether a callback may be answered over another connection than the one it came on. Not known of WeCom; default false. */
  readonly reqIdsSurvive?: boolean;
  /** Before each acknowledgement. */
  readonly latencyMs?: number;
}

/** What a person says. */
export interface Said {
  readonly text: string;
  /** Of a group; without it the person speaks to the bot alone. */
  readonly chatId?: string;
  readonly senderId?: string;
  readonly messageId?: string;
  readonly botId?: string;
  /** Instead of the text: `msgtype` and its fields. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Pressed {
  /** Of the stream whose card is pressed; default: the newest card. */
  readonly streamId?: string;
  readonly senderId?: string;
  /** Default: the card's first. */
  readonly key?: string;
}

export interface Feedback {
  readonly id: string;
  readonly type: 1 | 2 | 3;
  readonly content?: string;
  readonly reasons?: readonly number[];
  readonly senderId?: string;
  readonly chatId?: string;
}

/** Names of commands: `respond_msg`, and patterns such as /send/. */
export interface Fault extends PlatformFault {
  /** Refused with this code. */
  readonly errcode?: number;
  /** Acknowledged so much later. */
  readonly lateMs?: number;
}

export interface StreamFrame {
  readonly at: number;
  readonly content: string;
  readonly finish: boolean;
}

/** Anything of the bot's that a chat shows. */
export interface SentMessage {
  readonly messageId: string;
  readonly chatId: string;
  readonly type: 'stream' | 'markdown' | 'template_card' | 'image' | 'file' | 'text';
  /** As it stands now, thoughts and notes included. */
  readonly content: string;
  readonly at: number;
  /** Of streams: the message they answer. */
  readonly replyTo?: string;
  readonly streamId?: string;
  readonly finished?: boolean;
  readonly frames?: readonly StreamFrame[];
  readonly feedbackId?: string;
  /** The card, alone or below a stream. */
  readonly card?: Readonly<Record<string, unknown>>;
  /** Of images and files. */
  readonly media?: { readonly name: string; readonly bytes: Buffer };
}

/** An answer as the chat shows it: a stream and the messages in which it goes on, without thoughts, notes and numbers. */
export interface ShownReply {
  readonly chatId: string;
  /** Missing where no stream was shown. */
  readonly replyTo?: string;
  readonly streamId?: string;
  readonly text: string;
  readonly closed: boolean;
  readonly messages: readonly SentMessage[];
}

export interface MadeCall {
  readonly api: string;
  readonly at: number;
  readonly errcode: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Violation {
  readonly rule: 'minute' | 'hour' | 'size' | 'after_finish' | 'second_card' | 'late_feedback';
  readonly at: number;
  readonly chatId?: string;
}

export interface Delivery {
  readonly eventId: string;
  readonly reqId: string;
  /** Whether a connection was there to take it; WeCom sends nothing twice. */
  readonly pushed: boolean;
}

/** A WeCom on loopback, as it behaves towards bots with a long connection. Other processes reach it by `url` alone. */
export interface WecomEmulator {
  /** `ws://…` */
  readonly url: string;
  readonly config: { readonly botId: string; readonly secret: string; readonly wsUrl: string };
  /** Says something and pushes it; answers its message id. */
  say(said: Said): string;
  /** Presses a card's button; answers the event's id. */
  press(pressed?: Pressed): string;
  feedback(given: Feedback): string;
  /** A person opens the chat with the bot. */
  enter(senderId?: string): string;
  /** Pushes any body, as a message or an event. */
  push(body: Readonly<Record<string, unknown>>, botId?: string): string;
  /** Lays down a file as people send it; answers what a message about it holds. */
  addMedia(bytes: Buffer, name?: string): { readonly url: string; readonly aeskey: string };
  messages(chatId?: string): readonly SentMessage[];
  replies(chatId?: string): readonly ShownReply[];
  calls(api?: string): readonly MadeCall[];
  violations(): readonly Violation[];
  deliveries(): readonly Delivery[];
  /** Open, subscribed connections. */
  connections(): number;
  /** When each log-in was accepted. */
  logins(): readonly number[];
  /** Log-ins that were tried, accepted or not. */
  attempts(): number;
  /** Answers a function that ends it. */
  fault(fault: Fault): () => void;
  clearFaults(): void;
  /** The open sockets stay up and say nothing more; new ones work. */
  goSilent(): void;
  dropSockets(): void;
  refuseConnections(refuse: boolean): void;
  /** From now on this is the bot's secret. */
  setSecret(secret: string): void;
  /** The bot is removed from a chat, or put back. */
  removeBot(chatId: string, removed?: boolean): void;
  close(): Promise<void>;
}
