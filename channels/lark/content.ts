import type { Attachment } from '../../domain/event';
import { readCard } from './card-words';

export interface Mention {
  /** Stands in the text in place of the name: `@_user_1`. */
  readonly key: string;
  readonly name: string;
  readonly isUs: boolean;
}

export interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Everybody was named. */
  readonly forAll?: boolean;
  /** Other messages, which Lark tells only when asked. */
  readonly forwards?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type AttachmentKind = Attachment['kind'];

/** The text and attachments of a message. A kind without words of its own becomes its name in brackets, `[image]`; so does one nobody knows yet. */
export function readContent(messageId: string, type: string, json: string, mentions: readonly Mention[]): Content {
  const content = parse(json);
  if (!content) return { text: inWords(type, {}), attachments: [] };
  switch (type) {
    case 'text':
      return { text: named(str(content.text), mentions), attachments: [], ...all(/@_all\b/.test(str(content.text))) };
    case 'post':
      return readPost(messageId, localized(content), mentions);
    case 'image':
      return carrying(file('image', messageId, content.image_key));
    case 'file':
      return carrying(file('file', messageId, content.file_key, str(content.file_name)));
    case 'audio':
      return carrying(file('audio', messageId, content.file_key));
    case 'media':
      return carrying({ ...file('video', messageId, content.file_key, str(content.file_name)), mime: 'video/mp4' });
    case 'sticker':
      // Lark hands out no stickers.
      return carrying({ kind: 'sticker', ref: '' });
    case 'location':
      return telling('location', placeOf(content));
    case 'interactive':
      return telling('card', readCard(content));
    case 'merge_forward':
      return { text: '[forwarded messages]', attachments: [], forwards: true };
    default:
      return { text: inWords(type, content), attachments: [] };
  }
}

const carrying = (attachment: Attachment): Content => ({
  text: `[${attachment.kind}${attachment.name ? `: ${attachment.name}` : ''}]`,
  attachments: [attachment],
});

const telling = (kind: AttachmentKind, words: string): Content => ({
  text: `[${kind}]${words ? ` ${words}` : ''}`,
  attachments: [{ kind, ref: '', ...(words ? { text: words } : {}) }],
});

// Lark hands out a file only together with the message that carried it, so the handle names both.
const file = (kind: 'image' | 'file' | 'audio' | 'video', messageId: string, key: unknown, name = ''): Attachment => ({
  kind,
  ref: str(key) ? `${kind === 'image' ? 'image' : 'file'}/${messageId}/${str(key)}` : '',
  ...(name ? { name } : {}),
});

function placeOf({ name, latitude, longitude }: Fields): string {
  const at = [latitude, longitude].filter((each) => typeof each === 'string' || typeof each === 'number').join(', ');
  return [str(name), at && `(${at})`].filter(Boolean).join(' ');
}

/** What has no file and no text of its own, said in a few words. */
function inWords(type: string, content: Fields): string {
  switch (type) {
    case 'share_chat':
      return '[shared group]';
    case 'share_user':
      return '[shared contact]';
    case 'folder':
      return bracketed('folder', str(content.file_name));
    case 'hongbao':
      return '[red packet]';
    case 'todo':
      return bracketed('task', readPost('', asFields(content.summary), []).text, time(content.due_time));
    case 'vote':
      return bracketed('poll', str(content.topic), list(content.options).map(str).join(' / '));
    case 'share_calendar_event':
    case 'calendar':
    case 'general_calendar':
      return bracketed(
        'calendar event',
        str(content.summary),
        [time(content.start_time), time(content.end_time)].filter(Boolean).join(' – '),
      );
    case 'video_chat':
      return bracketed('meeting', str(content.topic), time(content.start_time));
    case 'system':
      return bracketed('system', filled(str(content.template), content));
    default:
      return `[${type.replaceAll('_', ' ') || 'message'}]`;
  }
}

const bracketed = (kind: string, ...words: readonly string[]): string => {
  const said = words.filter(Boolean).join(', ');
  return `[${kind}${said ? `: ${said}` : ''}]`;
};

/** Milliseconds as text, to a readable moment. */
function time(value: unknown): string {
  const at = new Date(Number(str(value) || Number.NaN));
  return Number.isNaN(at.getTime()) ? '' : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `{from_user} invited {to_chatters}` with the names that come beside it. */
const filled = (template: string, content: Fields): string =>
  template
    .replace(/\{(\w+)\}/g, (_, key: string) =>
      list(content[key])
        .map((each) => str(each))
        .join(', '),
    )
    .trim();

/** Takes the bot's own mention out and shows the others by name. */
function named(text: string, mentions: readonly Mention[]): string {
  const byKey = new Map(mentions.map((mention) => [mention.key, mention]));
  return text
    .replace(/([^\S\n]?)(@_user_\d+)/g, (whole, space: string, key: string) => {
      const mention = byKey.get(key);
      if (!mention) return whole;
      return mention.isUs ? '' : `${space}@${mention.name}`;
    })
    .replaceAll('@_all', '@all')
    .trim();
}

const all = (forAll: boolean): { forAll?: true } => (forAll ? { forAll } : {});

/** Received posts stand by themselves; sent ones, which history may give back, stand below their language. */
const localized = (content: Fields): Fields =>
  Array.isArray(content.content)
    ? content
    : (Object.values(content)
        .map(asFields)
        .find((each) => Array.isArray(each.content)) ?? content);

function readPost(messageId: string, content: Fields, mentions: readonly Mention[]): Content {
  const attachments: Attachment[] = [];
  const nodes = list(content.content).map((line) => list(line).map(asFields));
  const lines = nodes.map((line) => line.map((node) => readNode(messageId, node, attachments)).join(''));
  const text = [str(content.title), ...lines].filter((line, index) => line !== '' || index > 0).join('\n');
  const everybody = nodes.flat().some(({ tag, user_id: id }) => tag === 'at' && (id === 'all' || id === '@_all'));
  return { text: named(text, mentions), attachments, ...all(everybody) };
}

function readNode(messageId: string, node: Fields, attachments: Attachment[]): string {
  switch (node.tag) {
    case 'a':
      return str(node.href) && node.href !== node.text ? `[${str(node.text)}](${str(node.href)})` : str(node.text);
    case 'at':
      if (node.user_id === 'all') return '@all';
      return /^@_(user_\d+|all)$/.test(str(node.user_id)) ? str(node.user_id) : `@${str(node.user_name)}`;
    case 'img':
      attachments.push(file('image', messageId, node.image_key));
      return '[image]';
    case 'media':
      attachments.push({ ...file('video', messageId, node.file_key), mime: 'video/mp4' });
      return '[video]';
    case 'emotion':
      return `[${str(node.emoji_type)}]`;
    case 'code_block':
      return `\`\`\`${str(node.language).toLowerCase()}\n${str(node.text).replace(/\n$/, '')}\n\`\`\``;
    case 'hr':
      return '---';
    default:
      return str(node.text) || str(node.content);
  }
}

const str = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asFields = (value: unknown): Fields => (value !== null && typeof value === 'object' ? (value as Fields) : {});

function parse(json: string): Fields | undefined {
  try {
    return asFields(JSON.parse(json));
  } catch {
    return undefined;
  }
}
