import type { BadReason } from '../../domain/card';
import { type Address, type Attachment, type InboundEvent, isCardAction, type Quote } from '../../domain/event';

/** A callback's JSON, before anything about it is believed. */
export type WecomBody = Readonly<Record<string, unknown>>;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one callback of an intelligent bot; the same bodies come over the socket and, once decrypted, by webhook. Undefined for what is no
 * message and no press of ours.
 * @param reqId what an answer over the socket must name
 * @param now for callbacks that do not say when they happened
 */
export function inbound(body: WecomBody, reqId?: string, now = Date.now()): InboundEvent | undefined {
  const senderId = str(fields(body.from).userid);
  const id = str(body.msgid) || str(reqId);
  const chatId = body.chattype === 'group' ? str(body.chatid) : senderId;
  if (!senderId || !id || !chatId) return undefined;
  const base: InboundEvent = {
    kind: 'message',
    id,
    at: Number(body.create_time) > 0 ? Number(body.create_time) * 1000 : now,
    address: addressOf(body, chatId, id, reqId),
    sender: { id: senderId },
    text: '',
    // In groups, too, a bot hears only what names it.
    forBot: true,
    attachments: [],
  };
  return body.msgtype === 'event' ? eventOf(base, fields(body.event)) : messageOf(base, body);
}

/** What happened, for events: `enter_chat`, `template_card_event` and so on. */
export const eventType = (body: WecomBody): string => (body.msgtype === 'event' ? str(fields(body.event).eventtype) : '');

/** The card that was pressed. */
export function pressedCardOf(body: WecomBody): { readonly taskId: string } | undefined {
  const taskId = str(details(fields(body.event), 'template_card_event').task_id);
  return taskId ? { taskId } : undefined;
}

function addressOf(body: WecomBody, chatId: string, id: string, reqId: string | undefined): Address {
  const responseUrl = str(body.response_url);
  const handles = reqId ? { reqId } : responseUrl ? { responseUrl } : undefined;
  return { chatId, kind: body.chattype === 'group' ? 'group' : 'private', replyTo: id, ...(handles ? { handles } : {}) };
}

interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

function messageOf(base: InboundEvent, body: WecomBody): InboundEvent | undefined {
  const content = contentOf(body);
  if (!content) return undefined;
  const quoted = body.quote === undefined ? undefined : contentOf(fields(body.quote));
  const text = base.address.kind === 'group' ? withoutBot(content.text) : content.text;
  return {
    ...base,
    text: text.trim(),
    // A picture can be shown to a bot in a group only by quoting it.
    attachments: [...content.attachments, ...(quoted?.attachments ?? [])],
    ...(quoted ? { quote: { text: quoted.text } satisfies Quote } : {}),
  };
}

function contentOf(body: Fields): Content | undefined {
  const type = str(body.msgtype);
  const part = fields(body[type]);
  switch (type) {
    case 'text':
      return { text: str(part.content), attachments: [] };
    case 'voice':
      return { text: str(part.content), attachments: [{ kind: 'audio', ref: '', text: str(part.content) }] };
    case 'image':
    case 'file':
    case 'video':
      return media(type, part);
    case 'mixed':
      return mixed(part);
    default:
      return type ? { text: `[${type.replaceAll('_', ' ')}]`, attachments: [] } : undefined;
  }
}

function media(kind: 'image' | 'file' | 'video', part: Fields): Content {
  const name = str(part.filename);
  const size = Number(part.file_size);
  const attachment: Attachment = {
    kind,
    ref: mediaRef(str(part.url), str(part.aeskey)),
    ...(name ? { name } : {}),
    ...(size > 0 ? { size } : {}),
  };
  return { text: `[${kind}${name ? `: ${name}` : ''}]`, attachments: [attachment] };
}

function mixed(part: Fields): Content {
  const items = (Array.isArray(part.msg_item) ? part.msg_item : []).flatMap((item: unknown) => contentOf(fields(item)) ?? []);
  return { text: items.map(({ text }) => text).join('\n'), attachments: items.flatMap(({ attachments }) => attachments) };
}

/** Takes out the mention that brought a group message here: the one it begins with, or else the only one. */
export function withoutBot(text: string): string {
  const mentions = [...text.matchAll(/(^|\s)@[^\s@]+(?=\s|$)/gu)];
  const [first] = mentions;
  const ours = first && (/^\s*@/u.test(text) || mentions.length === 1) ? first : undefined;
  return ours ? `${text.slice(0, ours.index)}${text.slice(ours.index + ours[0].length)}`.trim() : text;
}

/** Where a file of a message lies, and, over the socket, the key that opens it; as an attachment's `ref`. */
export interface MediaRef {
  readonly url: string;
  /** In base64; absent where the bot's EncodingAESKey opens it. */
  readonly aeskey?: string;
}

const mediaRef = (url: string, aeskey: string): string =>
  url ? JSON.stringify({ url, ...(aeskey ? { aeskey } : {}) } satisfies MediaRef) : '';

export function readMediaRef(ref: string): MediaRef | undefined {
  try {
    const { url, aeskey } = fields(JSON.parse(ref));
    return typeof url === 'string' ? { url, ...(typeof aeskey === 'string' ? { aeskey } : {}) } : undefined;
  } catch {
    return undefined;
  }
}

function eventOf(base: InboundEvent, event: Fields): InboundEvent | undefined {
  const action: InboundEvent = { ...base, kind: 'action' };
  switch (event.eventtype) {
    case 'template_card_event':
      return pressed(action, details(event, 'template_card_event'));
    case 'feedback_event':
      return feedback(action, details(event, 'feedback_event'));
    default:
      return undefined;
  }
}

/** What a card's button carries: the action and the turn it is about. */
function pressed(base: InboundEvent, { event_key: key }: Fields): InboundEvent | undefined {
  const [, action, target] = /^([a-z]+):(.+)$/.exec(str(key)) ?? [];
  return isCardAction(action) && target ? { ...base, action, target } : undefined;
}

/** WeCom's reasons in the words of a complaint, the gravest first: 1 irrelevant, 2 incomplete, 3 wrong, 4 wrongly analysed. */
const REASONS = [
  ['wrong', [1, 3, 4]],
  ['incomplete', [2]],
] as const satisfies readonly (readonly [BadReason, readonly number[]])[];

/** One word for all reasons that were chosen. */
function reasonOf(chosen: readonly unknown[]): BadReason | undefined {
  if (chosen.length === 0) return undefined;
  return REASONS.find(([, codes]) => codes.some((code) => chosen.map(Number).includes(code)))?.[0] ?? 'other';
}

/** A judgement taken back (type 3) has no counterpart. */
function feedback(base: InboundEvent, { id, type, content, inaccurate_reason_list: reasons }: Fields): InboundEvent | undefined {
  const action = ({ 1: 'good', 2: 'bad' } as const)[Number(type)];
  if (!action || !str(id)) return undefined;
  const detail = [reasonOf(Array.isArray(reasons) ? reasons : []), str(content).trim()].filter(Boolean).join(': ');
  return { ...base, action, target: str(id), ...(detail ? { detail } : {}) };
}

/** WeCom documents an event's details in an object of its name; its SDK's types have them beside the name. */
const details = (event: Fields, name: string): Fields => (name in event ? fields(event[name]) : event);

const str = (value: unknown): string => (typeof value === 'string' ? value : '');
const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});
