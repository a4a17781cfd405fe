import type { InboundEvent } from '../../domain/event';
import type { Account } from './account';
import type { Caller } from './calls';
import { type Content, type Mention, readContent } from './content';

type Fields = Readonly<Record<string, unknown>>;

/** A message as the messages API gives it, read. */
export interface KnownMessage {
  readonly id: string;
  readonly at: number;
  readonly chatId: string;
  readonly threadId?: string;
  readonly parentId?: string;
  /** A person's open_id, or a program's app id. */
  readonly senderId: string;
  /** The company of whoever said it. */
  readonly tenantKey?: string;
  readonly byPerson: boolean;
  readonly content: Content;
  readonly type: string;
  /** Names our bot. */
  readonly namesUs: boolean;
  /** The forwarded message it is part of. */
  readonly within?: string;
}

/** Reads what the API says of a message; undefined for what was deleted or cannot be made sense of. */
export function readMessage(item: unknown, botId: string | undefined): KnownMessage | undefined {
  const message = fields(item);
  const from = fields(message.sender);
  const [id, chatId, senderId] = [text(message.message_id), text(message.chat_id), text(from.id)];
  if (!id || message.deleted === true) return undefined;
  const mentions = (Array.isArray(message.mentions) ? message.mentions : []).map((each): Mention => {
    const mention = fields(each);
    return { key: text(mention.key) ?? '', name: text(mention.name) ?? '', isUs: botId !== undefined && mention.id === botId };
  });
  const type = text(message.msg_type) ?? '';
  const optional = {
    threadId: text(message.thread_id),
    parentId: text(message.parent_id),
    within: text(message.upper_message_id),
    tenantKey: text(from.tenant_key),
  };
  return {
    id,
    at: Number(message.create_time) || 0,
    chatId: chatId ?? '',
    senderId: senderId ?? '',
    byPerson: from.sender_type === 'user',
    content: readContent(id, type, text(fields(message.body).content) ?? '', mentions),
    type,
    namesUs: mentions.some(({ isUs }) => isUs),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value)) as Partial<Record<keyof typeof optional, string>>),
  };
}

/** One message; for a forwarded bundle what is in it too. */
export async function fetchMessage(call: Caller, messageId: string, botId?: string): Promise<readonly KnownMessage[]> {
  const path = `/im/v1/messages/${encodeURIComponent(messageId)}`;
  const { items } = await call('message.get', 'first', () => ({ method: 'GET', path }));
  return read(items, botId);
}

export interface Page {
  readonly messages: readonly KnownMessage[];
  readonly next?: string;
}

/** One page of a chat's history, or of a thread's. Threads know no times: they come newest first. */
export async function fetchHistory(
  call: Caller,
  of: { readonly chatId: string; readonly threadId?: string; readonly sinceMs: number },
  botId: string | undefined,
  pageToken: string | undefined,
): Promise<Page> {
  const query = new URLSearchParams({
    ...(of.threadId
      ? { container_id_type: 'thread', container_id: of.threadId, sort_type: 'ByCreateTimeDesc' }
      : {
          container_id_type: 'chat',
          container_id: of.chatId,
          start_time: String(Math.floor(of.sinceMs / 1000)),
          sort_type: 'ByCreateTimeAsc',
        }),
    page_size: '50',
    ...(pageToken ? { page_token: pageToken } : {}),
  });
  const data = await call('message.list', 'frame', () => ({ method: 'GET', path: `/im/v1/messages?${query}` }));
  const next = data.has_more === true ? text(data.page_token) : undefined;
  return { messages: read(data.items, botId), ...(next ? { next } : {}) };
}

const read = (items: unknown, botId: string | undefined): readonly KnownMessage[] =>
  (Array.isArray(items) ? items : []).flatMap((item) => readMessage(item, botId) ?? []);

const MOST_FORWARDED = 50;
const MOST_CHARACTERS = 20_000;

/** What a forwarded bundle holds, in lines. Its pictures and files are named only: Lark hands them out to nobody. */
export function forwardedText(bundle: readonly KnownMessage[]): string {
  const inside = bundle.filter(({ within }) => within);
  const lines = inside.slice(0, MOST_FORWARDED).map(({ content }) => `> ${content.text.replaceAll('\n', '\n> ')}`);
  const more = inside.length > MOST_FORWARDED ? [`> … (+${inside.length - MOST_FORWARDED})`] : [];
  return [...lines, ...more].join('\n').slice(0, MOST_CHARACTERS);
}

const MOST_QUOTED = 4000;

/** The event with what the message said that it answers, and with its files. */
export function withQuoted(event: InboundEvent, messageId: string, found: readonly KnownMessage[]): InboundEvent {
  const text = quotedText(found);
  const files = found[0]?.content.attachments.filter(({ ref }) => ref !== '') ?? [];
  return { ...event, quote: { messageId, ...(text ? { text } : {}) }, attachments: [...event.attachments, ...files] };
}

function quotedText(found: readonly KnownMessage[]): string | undefined {
  const [message] = found;
  if (!message) return undefined;
  const { text, attachments } = message.content;
  const words = message.type === 'merge_forward' ? forwardedText(found) : message.type === 'interactive' ? attachments[0]?.text : text;
  return (words || text).slice(0, MOST_QUOTED) || undefined;
}

/** Our bot's open_id, or undefined when Lark does not tell. */
export const ownId = (account: Account): Promise<string | undefined> => account.bot().catch(() => undefined);

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});
