import type { Attachment, Quote } from '../../domain/event';

export type Fields = Readonly<Record<string, unknown>>;

export interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly quote?: Quote;
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
export const fields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : parsed(value));

/** The text and attachments of a message; a kind without words becomes its name in brackets, `[image]`. */
export function readContent(message: Fields): Content {
  const content = fields(message.content);
  switch (message.msgtype) {
    case 'text':
      return readText(fields(message.text), content);
    case 'richText':
      return readRichText(content);
    case 'picture':
      return named('image', content);
    case 'audio':
      return readAudio(content);
    case 'video':
      return named('video', content);
    case 'file':
      return named('file', content, text(content.fileName));
    default:
      return { text: message.errorCode === undefined ? unknownKind(message.msgtype) : withheld(message.errorCode), attachments: [] };
  }
}

const unknownKind = (kind: unknown): string => `[${text(kind)?.replace(/[^\w-]/g, '') || 'message'}]`;

/** DingTalk delivers who spoke but not what, once the quota of the organization is used up. */
const withheld = (code: unknown): string => `[message withheld by DingTalk, error ${String(code).slice(0, 20)}]`;

function readText(said: Fields, content: Fields): Content {
  const quoted = said.isReplyMsg === true ? fields(said.repliedMsg) : {};
  const words = (text(said.content) ?? text(content.content) ?? '').trim();
  return { text: words, attachments: [], ...(Object.keys(quoted).length > 0 ? readQuote(quoted) : {}) };
}

/** A quoted picture or file counts as attached. */
function readQuote(quoted: Fields): Required<Pick<Content, 'quote' | 'attachments'>> {
  const messageId = text(quoted.msgId);
  const sender = text(quoted.senderId);
  // The quoted message keeps the shape of its kind, save that plain text lies one level higher.
  const inner = fields(quoted.content);
  const type = text(quoted.msgType) ?? 'text';
  const { text: said, attachments } =
    type === 'text'
      ? { text: text(inner.text) ?? text(inner.content) ?? text(quoted.content) ?? '', attachments: [] }
      : readContent({ msgtype: type, content: inner });
  const quote = { ...(messageId ? { messageId } : {}), ...(sender ? { sender } : {}), ...(said.trim() ? { text: said.trim() } : {}) };
  return { quote, attachments };
}

function readRichText(content: Fields): Content {
  const attachments: Attachment[] = [];
  const nodes = (Array.isArray(content.richText) ? content.richText : []).map((each: unknown) => {
    const node = fields(each);
    if (node.type !== 'picture' && !text(node.downloadCode)) return text(node.text) ?? '';
    attachments.push(attachment('image', node));
    return '[image]';
  });
  return { text: nodes.join('').trim(), attachments };
}

function readAudio(content: Fields): Content {
  const words = text(content.recognition)?.trim();
  return { text: words ?? '[audio]', attachments: [{ ...attachment('audio', content), ...(words ? { text: words } : {}) }] };
}

const named = (kind: Attachment['kind'], content: Fields, name?: string): Content => ({
  text: `[${kind}${name ? `: ${name}` : ''}]`,
  attachments: [attachment(kind, content, name)],
});

const attachment = (kind: Attachment['kind'], content: Fields, name?: string): Attachment => ({
  kind,
  ref: text(content.downloadCode) ?? text(content.pictureDownloadCode) ?? '',
  ...(name ? { name } : {}),
});

function parsed(value: unknown): Fields {
  if (typeof value !== 'string' || !value.startsWith('{')) return {};
  try {
    return JSON.parse(value) as Fields;
  } catch {
    return {};
  }
}
