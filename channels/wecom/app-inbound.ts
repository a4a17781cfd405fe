import { type Attachment, type InboundEvent, isCardAction } from '../../domain/event';
import { textOf, type XmlFields } from './xml';

/** What one decrypted callback of an application says. */
export interface AppCallback {
  /** Absent for what is no concern of ours. */
  readonly event?: InboundEvent;
  /** The person has just come in. */
  readonly welcome?: boolean;
}

/** Reads one callback. Ids stay texts: WeCom's exceed what a number holds. */
export function appInbound(fields: XmlFields): AppCallback {
  const senderId = textOf(fields, 'FromUserName');
  const type = textOf(fields, 'MsgType');
  if (!senderId || !type) return {};
  if (type === 'event') return readEvent(fields, senderId);
  const id = textOf(fields, 'MsgId');
  const content = readContent(fields, type);
  return id && content ? { event: { ...base(fields, senderId, id), ...content } } : {};
}

const base = (fields: XmlFields, senderId: string, id: string): InboundEvent => ({
  kind: 'message',
  id,
  at: (Number(textOf(fields, 'CreateTime')) || 0) * 1000,
  // An application hears people one by one only.
  address: { chatId: senderId, kind: 'private' },
  sender: { id: senderId },
  text: '',
  forBot: true,
  attachments: [],
});

type Content = Pick<InboundEvent, 'text' | 'attachments'>;

function readContent(fields: XmlFields, type: string): Content | undefined {
  switch (type) {
    case 'text':
      return { text: (textOf(fields, 'Content') ?? '').trim(), attachments: [] };
    case 'image':
      return media(fields, 'image');
    case 'voice':
      return media(fields, 'audio', voiceType(textOf(fields, 'Format')));
    case 'video':
      return media(fields, 'video');
    case 'file':
      return media(fields, 'file');
    case 'location':
      return location(fields);
    case 'link':
      return link(fields);
    default:
      return undefined;
  }
}

function media(fields: XmlFields, kind: Attachment['kind'], mime?: string): Content {
  const name = textOf(fields, 'FileName');
  const attachment: Attachment = { kind, ref: textOf(fields, 'MediaId') ?? '', ...(name ? { name } : {}), ...(mime ? { mime } : {}) };
  return { text: `[${kind}${name ? `: ${name}` : ''}]`, attachments: [attachment] };
}

const voiceType = (format: string | undefined): string | undefined =>
  ({ amr: 'audio/amr', speex: 'audio/ogg', mp3: 'audio/mpeg' })[format?.toLowerCase() ?? ''];

function location(fields: XmlFields): Content {
  const label = textOf(fields, 'Label');
  const place = [label, `(${textOf(fields, 'Location_X') ?? '?'}, ${textOf(fields, 'Location_Y') ?? '?'})`].filter(Boolean).join(' ');
  return { text: `[location: ${place}]`, attachments: [{ kind: 'location', ref: '', ...(label ? { name: label } : {}), text: place }] };
}

function link(fields: XmlFields): Content {
  const [title, description, url] = ['Title', 'Description', 'Url'].map((name) => textOf(fields, name));
  const text = [title, description, url].filter(Boolean).join('\n');
  return { text: text || '[card]', attachments: [{ kind: 'card', ref: '', ...(title ? { name: title } : {}), ...(text ? { text } : {}) }] };
}

function readEvent(fields: XmlFields, senderId: string): AppCallback {
  const name = textOf(fields, 'Event')?.toLowerCase() ?? '';
  const key = textOf(fields, 'EventKey');
  // WeCom gives events no id: who, when and what it was tells them apart.
  const id = ['event', senderId, textOf(fields, 'CreateTime') ?? '', name, key].filter(Boolean).join('/');
  switch (name) {
    case 'subscribe':
    case 'enter_agent':
      return { welcome: true };
    case 'click':
      // A menu entry says what its key says, so a menu can hold commands and ready questions.
      return key ? { event: { ...base(fields, senderId, id), text: key.trim() } } : {};
    case 'template_card_event':
      return pressed(base(fields, senderId, id), key);
    default:
      return {};
  }
}

function pressed(event: InboundEvent, key = ''): AppCallback {
  const [action, ...target] = key.split(':');
  if (!isCardAction(action) || target.length === 0) return {};
  return { event: { ...event, kind: 'action', action, target: target.join(':') } };
}
