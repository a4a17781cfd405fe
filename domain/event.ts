import type { Language } from './language';

/** Where something was said on its platform. Ids are the platform's own. */
export interface Address {
  readonly chatId: string;
  readonly kind: 'private' | 'group';
  readonly threadId?: string;
  /** The platform's id of the message that a reply should hang under. */
  readonly replyTo?: string;
}

export interface Sender {
  readonly id: string;
  readonly name?: string;
}

export interface Attachment {
  readonly kind: 'image' | 'file' | 'audio' | 'video' | 'sticker' | 'location' | 'card';
  /** The platform's handle; the channel that made it can fetch it. */
  readonly ref: string;
  readonly name?: string;
}

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
  readonly attachments: readonly Attachment[];
  /** The button pressed, for actions: `stop`. */
  readonly action?: string;
  /** What it is about: the message id of a recall or edit, the turn id of an action. */
  readonly target?: string;
}

export type EventKind = 'message' | 'command' | 'action' | 'recall' | 'edit';

/** How an event ended. Every accepted event gets exactly one of these. */
export type EventEnd = 'answered' | 'failed' | 'stopped' | 'expired' | 'undeliverable' | 'done' | 'refused' | 'ignored' | 'recalled';

/** What a command or card action from our own API is about; it has no platform behind it. */
export interface Instruction {
  readonly id: string;
  readonly command: 'stop' | 'end';
  readonly sessionId: string;
  readonly by: string;
  readonly language?: Language;
}
