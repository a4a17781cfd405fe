import type { Attachment } from '../../domain/event';

export interface Mention {
  /** Stands in the text in place of the name: `@_user_1`. */
  readonly key: string;
  readonly name: string;
  readonly isUs: boolean;
}

export interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

type Fields = Readonly<Record<string, unknown>>;
type AttachmentKind = Attachment['kind'];

const KINDS: Readonly<Record<string, AttachmentKind>> = {
  image: 'image',
  file: 'file',
  folder: 'file',
  audio: 'audio',
  media: 'video',
  sticker: 'sticker',
  location: 'location',
  interactive: 'card',
};

/** The text and attachments of a message; a kind without words becomes its name in brackets, `[image]`. */
export function readContent(messageId: string, type: string, json: string, mentions: readonly Mention[]): Content {
  const content = parse(json);
  if (type === 'text') return { text: named(str(content.text), mentions), attachments: [] };
  if (type === 'post') return readPost(messageId, content, mentions);
  const kind = KINDS[type];
  const name = str(content.file_name);
  return {
    text: `[${kind ?? (type.replaceAll('_', ' ') || 'message')}${name ? `: ${name}` : ''}]`,
    attachments: kind
      ? [attachment(kind, messageId, str(content.image_key) && kind === 'image' ? content.image_key : content.file_key, name)]
      : [],
  };
}

// Lark hands out a file only together with the message that carried it, so the handle names both.
const attachment = (kind: AttachmentKind, messageId: string, key: unknown, name = ''): Attachment => ({
  kind,
  ref: str(key) ? `${messageId}/${str(key)}` : messageId,
  ...(name ? { name } : {}),
});

/** Takes the bot's own mention out and shows the others by name. */
function named(text: string, mentions: readonly Mention[]): string {
  const byKey = new Map(mentions.map((mention) => [mention.key, mention]));
  return text
    .replace(/([^\S\n]?)(@_user_\d+)/g, (all, space: string, key: string) => {
      const mention = byKey.get(key);
      if (!mention) return all;
      return mention.isUs ? '' : `${space}@${mention.name}`;
    })
    .replaceAll('@_all', '@all')
    .trim();
}

function readPost(messageId: string, content: Fields, mentions: readonly Mention[]): Content {
  const attachments: Attachment[] = [];
  const lines = (Array.isArray(content.content) ? content.content : []).map((line: unknown) =>
    (Array.isArray(line) ? line : []).map((node: unknown) => readNode(messageId, asFields(node), attachments)).join(''),
  );
  const text = [str(content.title), ...lines].filter((line, index) => line !== '' || index > 0).join('\n');
  return { text: named(text, mentions), attachments };
}

function readNode(messageId: string, node: Fields, attachments: Attachment[]): string {
  switch (node.tag) {
    case 'a':
      return str(node.href) && node.href !== node.text ? `[${str(node.text)}](${str(node.href)})` : str(node.text);
    case 'at':
      return str(node.user_id) || `@${str(node.user_name)}`;
    case 'img':
      attachments.push(attachment('image', messageId, node.image_key));
      return '[image]';
    case 'media':
      attachments.push(attachment('video', messageId, node.file_key));
      return '[video]';
    case 'emotion':
      return `[${str(node.emoji_type)}]`;
    case 'code_block':
      return `\`\`\`${str(node.language).toLowerCase()}\n${str(node.text).replace(/\n$/, '')}\n\`\`\``;
    case 'hr':
      return '---';
    default:
      return str(node.text);
  }
}

const str = (value: unknown): string => (typeof value === 'string' ? value : '');
const asFields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});

function parse(json: string): Fields {
  try {
    return asFields(JSON.parse(json));
  } catch {
    return {};
  }
}
