import type { ReplyView, Step } from '../../domain/answer';
import type { Attachment, CardAction, Quote } from '../../domain/event';

/** A file in a message; its bytes are at `sandbox/<integration>/files/<fileId>`. */
export interface FeedFile {
  /** Empty where there are only words. */
  readonly fileId: string;
  readonly kind: Attachment['kind'];
  readonly name?: string;
  readonly mime?: string;
  /** In bytes. */
  readonly size?: number;
  readonly text?: string;
}

/** What a sandbox chat shows, as it is kept and as the page receives it. */
export interface FeedMessage {
  readonly type: 'message';
  readonly chat: string;
  readonly messageId: string;
  readonly from: 'person' | 'bot';
  readonly sender: string;
  readonly text: string;
  readonly group: boolean;
  /** Who was mentioned; `bot` is the bot. */
  readonly mentions?: readonly string[];
  readonly files?: readonly FeedFile[];
  readonly quote?: Quote;
  readonly at: string;
}

export interface FeedCard {
  readonly type: 'card';
  readonly chat: string;
  readonly replyId: string;
  readonly turnId: string;
  readonly state: ReplyView['state'];
  readonly text: string;
  /** Rises with every change of this card. */
  readonly sequence: number;
  readonly queuePlace?: number;
  readonly messages?: number;
  readonly reason?: string;
  readonly reference?: string;
  readonly seconds?: number;
  readonly model?: string;
  readonly steps?: readonly Step[];
  readonly reasoning?: string;
  /** One line under an ended answer. */
  readonly footer?: string;
  /** What may be pressed, in this order. */
  readonly buttons?: readonly CardAction[];
  readonly at: string;
}

export type FeedEntry = FeedMessage | FeedCard;

/** Where a chat's entries stand in the channel's memory. */
export const feedPrefix = (chat: string): string => `feed/${encodeURIComponent(chat)}/`;
export const messageKey = (chat: string, messageId: string): string => `${feedPrefix(chat)}message/${encodeURIComponent(messageId)}`;
export const cardKey = (chat: string, replyId: string): string => `${feedPrefix(chat)}card/${replyId}`;
/** The list of chats. */
export const chatsPrefix = 'chats/';
export const chatKey = (chat: string): string => `${chatsPrefix}${encodeURIComponent(chat)}`;
