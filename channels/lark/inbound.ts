import { type Address, type Attachment, type InboundEvent, isCardAction, type Sender } from '../../domain/event';
import { type Mention, readContent } from './content';

/** An event as Lark sends it (schema 2.0), before anything about it is believed. */
export interface LarkEvent {
  readonly schema?: unknown;
  readonly header?: {
    readonly event_id?: unknown;
    readonly event_type?: unknown;
    readonly create_time?: unknown;
    readonly tenant_key?: unknown;
  };
  readonly event?: Readonly<Record<string, unknown>>;
}

/** What is subscribed to; anything else is acknowledged and forgotten. Lark tells of no edits. */
export const EVENT_TYPES = ['im.message.receive_v1', 'im.message.recalled_v1', 'card.action.trigger'] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one event; undefined for what is no concern of ours (other types, other buttons, our own messages).
 * `botId` is our bot's open_id; without it any mention of a bot counts as one of ours, and what bots say as said by ours.
 */
export function inbound(event: LarkEvent, botId: string | undefined): InboundEvent | undefined {
  const body = fields(event.event);
  switch (event.header?.event_type) {
    case 'im.message.receive_v1':
      return message(body, botId, text(event.header.tenant_key));
    case 'im.message.recalled_v1':
      return recall(event, body);
    case 'card.action.trigger':
      return action(event, body);
    default:
      return undefined;
  }
}

/** Whether reading the event needs to know who our bot is. */
export const namesSomebody = ({ event }: LarkEvent): boolean => {
  const { chat_type: type, mentions } = fields(event?.message);
  if (isBot(fields(event?.sender))) return true;
  return type !== 'p2p' && Array.isArray(mentions) && mentions.length > 0;
};

/** Whether it is a message whose content Lark tells only when asked. */
export const forwards = ({ event }: LarkEvent): boolean => fields(event?.message).message_type === 'merge_forward';

function message(body: Fields, botId: string | undefined, tenant: string | undefined): InboundEvent | undefined {
  const said = fields(body.message);
  const from = fields(body.sender);
  const [id, chatId, senderId] = [text(said.message_id), text(said.chat_id), personId(from.sender_id)];
  if (!id || !chatId || !senderId) return undefined;
  if (isBot(from) && (!botId || senderId === botId)) return undefined;

  const mentions = (Array.isArray(said.mentions) ? said.mentions : []).map((each): Mention => readMention(fields(each), botId));
  const content = readContent(id, text(said.message_type) ?? '', text(said.content) ?? '', mentions);
  const isPrivate = said.chat_type === 'p2p';
  const threadId = text(said.thread_id);
  const quoted = text(said.parent_id);
  return {
    kind: 'message',
    id,
    at: milliseconds(said.create_time),
    address: { chatId, kind: isPrivate ? 'private' : 'group', ...(threadId ? { threadId } : {}), replyTo: id },
    sender: sender(senderId, from, tenant),
    text: content.text,
    forBot: isPrivate || mentions.some(({ isUs }) => isUs),
    ...(content.forAll ? { forAll: true } : {}),
    attachments: content.attachments,
    ...(quoted ? { quote: { messageId: quoted } } : {}),
  };
}

function sender(id: string, from: Fields, tenant: string | undefined): Sender {
  return { id, ...(isBot(from) ? { bot: true } : {}), ...(isExternal(text(from.tenant_key), tenant) ? { external: true } : {}) };
}

/** Whether somebody belongs to another company than the app; not where one of the two is unknown. */
export const isExternal = (theirs: string | undefined, ours: string | undefined): boolean => Boolean(theirs && ours && theirs !== ours);

// Whoever is no person counts as a program, also under a name that Lark has yet to think of.
const isBot = ({ sender_type: type }: Fields): boolean => type !== 'user';

function readMention(mention: Fields, botId: string | undefined): Mention {
  const isUs = botId ? personId(mention.id) === botId : mention.mentioned_type === 'bot';
  return { key: text(mention.key) ?? '', name: text(mention.name) ?? '', isUs };
}

// A recall names neither the kind of chat nor a person; its message id says all there is to know.
function recall(event: LarkEvent, body: Fields): InboundEvent | undefined {
  const target = text(body.message_id);
  const chatId = text(body.chat_id);
  if (!target || !chatId) return undefined;
  return {
    ...bare(event, { chatId, kind: 'group' }, ''),
    kind: 'recall',
    at: milliseconds(body.recall_time ?? event.header?.create_time),
    target,
  };
}

function action(event: LarkEvent, body: Fields): InboundEvent | undefined {
  const context = fields(body.context);
  const pressed = fields(body.action);
  const { action: name, turnId } = buttonValue(pressed.value);
  const chatId = text(context.open_chat_id);
  const senderId = personId(body.operator);
  if (!chatId || !senderId || !isCardAction(name) || !turnId) return undefined;
  // A choice from a list: why it was bad.
  const detail = text(pressed.option);
  const base = bare(event, { chatId, kind: 'group' }, senderId);
  return { ...base, kind: 'action', action: name, target: turnId, ...(detail ? { detail } : {}) };
}

const bare = (event: LarkEvent, address: Address, senderId: string): InboundEvent => ({
  kind: 'action',
  id: text(event.header?.event_id) ?? '',
  at: milliseconds(event.header?.create_time),
  address,
  sender: { id: senderId },
  text: '',
  forBot: true,
  attachments: [] as readonly Attachment[],
});

function buttonValue(value: unknown): { readonly action?: string | undefined; readonly turnId?: string | undefined } {
  const read = fields(typeof value === 'string' ? parsed(value) : value);
  return { action: text(read.action), turnId: text(read.turnId) };
}

/** Lark writes milliseconds in messages and microseconds in card actions, both as strings; the digits tell them apart. */
export function milliseconds(value: unknown): number {
  const time = Number(value);
  if (!Number.isFinite(time) || time <= 0) return 0;
  return Math.floor(time >= 1e15 ? time / 1000 : time);
}

const personId = (ids: unknown): string | undefined => text(fields(ids).open_id);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
