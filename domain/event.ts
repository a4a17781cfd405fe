import type { Language } from './language';

/** Where something was said on its platform. Ids are the platform's own. */
export interface Address {
  readonly chatId: string;
  readonly kind: 'private' | 'group';
  readonly threadId?: string;
  /** The platform's id of the message that a reply should hang under. */
  readonly replyTo?: string;
  /** What the platform gave for answering just this message (a session webhook, a request id); the channel's own, never shown. */
  readonly handles?: Readonly<Record<string, string>>;
}

export interface Sender {
  readonly id: string;
  readonly name?: string;
  /** A program, ours or another's. */
  readonly bot?: boolean;
  /** The very bot that this integration is. */
  readonly self?: boolean;
  /** Not a member of the company, as far as the platform tells. */
  readonly external?: boolean;
}

export interface Attachment {
  readonly kind: 'image' | 'file' | 'audio' | 'video' | 'sticker' | 'location' | 'card';
  /** The platform's handle; the channel that made it can fetch it. Empty where there is nothing to fetch. */
  readonly ref: string;
  readonly name?: string;
  readonly mime?: string;
  /** Size in bytes, as far as the platform tells. */
  readonly size?: number;
  /** What it says, where the platform tells in words: a voice message's transcript, a place's name and coordinates. */
  readonly text?: string;
}

/** An earlier message that this one answers. */
export interface Quote {
  readonly messageId?: string;
  readonly sender?: string;
  /** As far as the platform tells. */
  readonly text?: string;
}

/** What can be done with a card by pressing it. */
export const cardActions = ['stop', 'good', 'bad', 'regenerate', 'retry', 'new'] as const;
export type CardAction = (typeof cardActions)[number];
export const isCardAction = (name: unknown): name is CardAction => cardActions.some((action) => action === name);

/** What a platform told us, in one shape for all platforms. Pure data; made by `channels/<name>/inbound.ts`. */
export interface InboundEvent {
  readonly kind: 'message' | 'action' | 'recall' | 'edit';
  /** The platform's own id of this occurrence; together with the integration it is the key of the ledger. */
  readonly id: string;
  /** When the platform says it happened, in milliseconds since the epoch. */
  readonly at: number;
  readonly address: Address;
  readonly sender: Sender;
  /** What was said, with mentions of the bot taken out. Empty for actions and recalls. */
  readonly text: string;
  /** Said in private, or naming this bot in a group. */
  readonly forBot: boolean;
  /** Everybody in the group was named; `forBot` beside it only where the bot was named too. */
  readonly forAll?: boolean;
  readonly attachments: readonly Attachment[];
  readonly quote?: Quote;
  /** The button pressed, for actions. */
  readonly action?: CardAction;
  /** What was given with it: the reason of a `bad`. */
  readonly detail?: string;
  /** What it is about: the message id of a recall or edit, the turn id of an action. */
  readonly target?: string;
}

export type EventKind = 'message' | 'command' | 'action' | 'recall' | 'edit';

/** How an event ended. Every accepted event gets exactly one of these. */
export type EventEnd = 'answered' | 'failed' | 'stopped' | 'expired' | 'undeliverable' | 'done' | 'refused' | 'ignored' | 'recalled';

/** Begins the ids of whoever gives instructions through our own API, who is nobody on a platform. */
export const INSTRUCTOR = 'api:';

/** What a command or card action from our own API is about; it has no platform behind it. */
export interface Instruction {
  readonly id: string;
  readonly command: 'stop' | 'end';
  readonly sessionId: string;
  readonly by: string;
  readonly language?: Language;
}
