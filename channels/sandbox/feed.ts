import type { ReplyView } from '../../domain/answer';

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
