import type { Language, LocalizedText } from './language';

/** Why a file of a question did not reach the expert, or not all of it. */
export type LeftOutWhy =
  | 'too_large'
  | 'too_many'
  | 'too_much'
  | 'unsupported'
  | 'not_taken'
  | 'too_large_for_expert'
  | 'cut'
  | 'empty'
  | 'gone'
  | 'failed'
  | 'unreadable';

export interface LeftOut {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly why: LeftOutWhy;
}

export interface AttachmentBounds {
  readonly maxFileBytes: number;
  readonly maxTurnBytes: number;
  readonly maxTurnFiles: number;
}

/** What was left out of a question, for the person in the chat: one sentence for each reason. Empty where nothing was. */
export function leftOutText(leftOut: readonly LeftOut[], language: Language, bounds: AttachmentBounds): string {
  const whys = [...new Set(leftOut.map(({ why }) => why))];
  const sentences = whys.map((why) => {
    const names = leftOut.filter((one) => one.why === why).map((one) => naming(one, language));
    const said = REASONS[why][language].replace('{limit}', limitOf(why, bounds));
    return language === 'zh' ? `${names.join('、')}：${said}。` : `${names.join(', ')}: ${said}.`;
  });
  return sentences.length === 0 ? '' : `${OPENING[language]}${sentences.join(language === 'zh' ? '' : ' ')}`;
}

/** The same for one file, for the expert: it shall not guess what it never saw. */
export const leftOutNote = (one: LeftOut, language: Language, bounds: AttachmentBounds): string =>
  `[${attachmentLabel(one)}: ${REASONS[one.why][language].replace('{limit}', limitOf(one.why, bounds))}]`;

/** `image: plan.png`, as experts are told of files. */
export const attachmentLabel = ({ kind, name }: { readonly kind: string; readonly name?: string | undefined }): string =>
  name === undefined || name === '' ? kind : `${kind}: ${name}`;

/** Files of an answer that did not reach the chat. */
export function notSentText(names: readonly string[], language: Language): string {
  if (names.length === 0) return '';
  const quoted = names.map((name) => quote(name));
  return language === 'zh' ? `未能在此发送文件：${quoted.join('、')}。` : `Could not be sent here: ${quoted.join(', ')}.`;
}

/** A message that is answered, as it stands before the answer to it. */
export function quoteText({ sender, text }: { readonly sender?: string; readonly text?: string }, language: Language): string {
  const said = text?.trim() || UNREADABLE_QUOTE[language];
  const from = sender ? `${sender}${language === 'zh' ? '：' : ': '}` : '';
  return `${from}${said}`
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

const quote = (name: string): string => `“${name}”`;

const naming = ({ kind, name }: LeftOut, language: Language): string => (name ? quote(name) : (KINDS[kind] ?? KINDS.file!)[language]);

function limitOf(why: LeftOutWhy, { maxFileBytes, maxTurnBytes, maxTurnFiles }: AttachmentBounds): string {
  if (why === 'too_many') return String(maxTurnFiles);
  return sizeText(why === 'too_much' ? maxTurnBytes : maxFileBytes);
}

/** `20 MB`, with at most one decimal. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [amount, unit] = bytes < 2 ** 20 ? [bytes / 1024, 'KB'] : [bytes / 2 ** 20, 'MB'];
  return `${Math.round(amount * 10) / 10} ${unit}`;
}

const OPENING: LocalizedText = { en: 'Not everything you sent was read. ', zh: '部分内容未读取。' };
const UNREADABLE_QUOTE: LocalizedText = { en: '(an earlier message that cannot be read)', zh: '（无法读取的引用消息）' };

const REASONS: Readonly<Record<LeftOutWhy, LocalizedText>> = {
  too_large: { en: 'larger than {limit}', zh: '超过 {limit} 上限' },
  too_many: { en: 'more than {limit} files in one question', zh: '一次提问最多 {limit} 个文件' },
  too_much: { en: 'more than {limit} in one question', zh: '一次提问的文件合计不得超过 {limit}' },
  unsupported: { en: 'files of this type are not accepted', zh: '不接受此类型的文件' },
  not_taken: { en: 'this expert cannot read files of this type', zh: '该专家无法读取此类型的文件' },
  too_large_for_expert: { en: 'too large for this expert', zh: '超出该专家可读取的大小' },
  cut: { en: 'only the beginning was read', zh: '仅读取了开头部分' },
  empty: { en: 'the file is empty', zh: '文件为空' },
  gone: { en: 'the platform no longer has it; please send it again', zh: '平台上的文件已失效，请重新发送' },
  failed: { en: 'could not be fetched; please send it again', zh: '获取失败，请重新发送' },
  unreadable: { en: 'its content cannot be read here', zh: '此处无法读取其内容' },
};

const KINDS: Readonly<Record<string, LocalizedText>> = {
  image: { en: 'the image', zh: '图片' },
  file: { en: 'the file', zh: '文件' },
  audio: { en: 'the voice message', zh: '语音' },
  video: { en: 'the video', zh: '视频' },
  sticker: { en: 'the sticker', zh: '表情' },
  location: { en: 'the location', zh: '位置' },
  card: { en: 'the card', zh: '卡片' },
};
