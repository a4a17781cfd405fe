import { isEnd, type ReplyState, type ReplyView, type Step } from '../../domain/answer';
import type { LocalizedText } from '../../domain/language';

/** The elements that change while the expert speaks. */
export const ELEMENT = { status: 'status', answer: 'answer' } as const;

/** Which part of a long answer a card is. */
export interface Place {
  readonly number: number;
  /** Known at the end only. */
  readonly of?: number;
  /** Only the last part has a status, a stop button and a footer. */
  readonly last: boolean;
}

export interface CardOptions {
  readonly turnId: string;
  /** The part's text, exactly as it shall be shown. */
  readonly text: string;
  readonly place: Place;
  /** False for cards that are patched as a whole. */
  readonly streaming: boolean;
  /** Shows the text unformatted: what is left when Lark refuses its Markdown (too many tables, for one). */
  readonly plain?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const STATUS: Readonly<Record<Exclude<ReplyState, 'done'>, LocalizedText>> = {
  queued: { en: '⏳ Waiting in line', zh: '⏳ 排队中' },
  thinking: { en: '💭 Thinking…', zh: '💭 思考中…' },
  streaming: { en: '✍️ Answering…', zh: '✍️ 回答中…' },
  waiting: { en: '🙋 Waiting for a reply', zh: '🙋 等待回应' },
  recovering: { en: '🔄 Recovering, one moment…', zh: '🔄 正在恢复，请稍候…' },
  failed: { en: '⚠️ This did not work', zh: '⚠️ 未能完成' },
  stopped: { en: '⏹ Stopped', zh: '⏹ 已停止' },
  expired: { en: '⌛ Expired', zh: '⌛ 已过期' },
};

const WORDS = {
  stop: { en: '⏹ Stop', zh: '⏹ 停止' },
  generated: { en: 'AI generated', zh: '由 AI 生成' },
  empty: { en: 'The expert gave no answer.', zh: '专家没有给出回答。' },
  reference: { en: 'Reference', zh: '编号' },
  continued: { en: 'continued in the next card', zh: '下一张卡片继续' },
  superseded: { en: 'Nothing here any more; the answer is in the cards above.', zh: '此处已无内容，回答见上方卡片。' },
  gone: { en: 'The card of this answer no longer exists; here it is again.', zh: '原回答卡片已失效，内容重新发送如下。' },
} satisfies Record<string, LocalizedText>;

/** The whole card for one part of a reply, as Card JSON 2.0. */
export function replyCard(view: ReplyView, options: CardOptions): Json {
  const { place, text, turnId } = options;
  const running = place.last && !isEnd(view.state);
  const streaming = options.streaming && running;
  const status = place.last ? statusLine(view) : '';
  const elements = [
    ...(status ? [markdown(ELEMENT.status, status, { text_size: 'notation' })] : []),
    ...(text || running ? [options.plain ? plainText(text) : markdown(ELEMENT.answer, harmless(text))] : []),
    ...(place.last && !running && view.steps.length > 0 ? [stepsPanel(view)] : []),
    ...(running ? [stopButton(view, turnId)] : [markdown('footer', footer(view, place), { text_size: 'notation' })]),
  ];
  return {
    schema: '2.0',
    config: {
      update_multi: true,
      streaming_mode: streaming,
      summary: { content: preview(running ? status : text || status) },
      ...(streaming
        ? { streaming_config: { print_frequency_ms: { default: 50 }, print_step: { default: 4 }, print_strategy: 'fast' } }
        : {}),
    },
    ...headerOf(view, place),
    body: { elements },
  };
}

/** A card that is no longer needed because the answer became shorter. */
export function emptiedCard(view: ReplyView): Json {
  return noteCard(WORDS.superseded[view.language]);
}

function noteCard(note: string): Json {
  return {
    schema: '2.0',
    config: { update_multi: true, streaming_mode: false, summary: { content: note } },
    body: { elements: [markdown('footer', grey(note), { text_size: 'notation' })] },
  };
}

/** The same card in a new message, with a sentence that says why there is another one. */
export function againCard(view: ReplyView, options: CardOptions): Json {
  const card = replyCard(view, { ...options, streaming: false });
  const { elements } = card.body as { readonly elements: readonly Json[] };
  return { ...card, body: { elements: [markdown('again', grey(WORDS.gone[view.language]), { text_size: 'notation' }), ...elements] } };
}

/** The text as it may be shown: an expert's words format as they like but must not ring everybody's phone. Code is left alone. */
export const harmless = (text: string): string =>
  text
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/<(?=at[\s>/])/gi, '&#60;')))
    .join('');

/** The same for plain messages, in which there is no way to write "<at" without meaning it. */
export const quiet = (text: string): string => text.replace(/<(?=at[\s>/])/gi, '＜');

/** One line on how the reply stands; empty for an answer that is complete. Seconds move in steps of ten, to save calls. */
export function statusLine(view: ReplyView): string {
  const { language, state } = view;
  if (state === 'done') return view.text.trim() === '' ? WORDS.empty[language] : '';
  const parts = [STATUS[state][language], ...details(view)];
  return parts.join(' · ');
}

function details(view: ReplyView): readonly string[] {
  const { language, state } = view;
  if (state === 'queued') return queuedDetails(view);
  if (isEnd(state)) {
    const reference =
      state === 'failed' && view.reference ? `${WORDS.reference[language]}${language === 'zh' ? '：' : ': '}${view.reference}` : '';
    return [unformatted(view.reason ?? ''), reference].filter(Boolean);
  }
  const step = view.steps.findLast(({ status }) => status === 'running');
  const tens = state === 'streaming' ? 0 : Math.floor((view.seconds ?? 0) / 10) * 10;
  return [...(step ? [unformatted(shortened(step.title))] : []), ...(tens > 0 ? [language === 'zh' ? `${tens} 秒` : `${tens} s`] : [])];
}

function queuedDetails({ language, queuePlace, messages }: ReplyView): readonly string[] {
  const zh = language === 'zh';
  return [
    ...(queuePlace ? [zh ? `第 ${queuePlace} 位` : `number ${queuePlace}`] : []),
    ...(messages && messages > 1 ? [zh ? `共 ${messages} 条消息` : `${messages} messages`] : []),
  ];
}

/** The same reply where no card can be shown: text, then how it ended. */
export const asText = (view: ReplyView, text: string, place: Place): string =>
  [text, ...(place.last ? [statusLine(view)] : []), ...(place.of && place.of > 1 ? [`(${place.number}/${place.of})`] : [])]
    .filter(Boolean)
    .join('\n\n');

function footer(view: ReplyView, { number, of, last }: Place): string {
  const { language, usage, seconds } = view;
  const numbered = of ? (of > 1 ? `(${number}/${of})` : '') : `(${number})`;
  if (!last) return grey([numbered, WORDS.continued[language]].filter(Boolean).join(' · '));
  const tokens = [usage?.inputTokens && `↑${short(usage.inputTokens)}`, usage?.outputTokens && `↓${short(usage.outputTokens)}`];
  const facts = [
    number > 1 ? numbered : '',
    view.text ? WORDS.generated[language] : '',
    seconds === undefined ? '' : language === 'zh' ? `${seconds.toFixed(1)} 秒` : `${seconds.toFixed(1)} s`,
    unformatted(shortened(usage?.model ?? '')),
    tokens.filter(Boolean).join(' '),
  ];
  return grey(facts.filter(Boolean).join(' · ') || 'Parley');
}

function headerOf(view: ReplyView, place: Place): Json {
  if (!place.last || !isEnd(view.state) || view.state === 'done') return {};
  const content = STATUS[view.state][view.language];
  return { header: { title: { tag: 'plain_text', content }, template: view.state === 'failed' ? 'red' : 'grey' } };
}

const stopButton = ({ language }: ReplyView, turnId: string): Json => ({
  tag: 'button',
  element_id: 'stop',
  size: 'small',
  text: { tag: 'plain_text', content: WORDS.stop[language] },
  behaviors: [{ type: 'callback', value: { action: 'stop', turnId } }],
});

const STEPS_MOST = 10;
const ICONS: Readonly<Record<Step['status'], string>> = { running: '⏺', done: '✓', failed: '✗' };

function stepsPanel({ steps, language }: ReplyView): Json {
  const content = steps
    .slice(-STEPS_MOST)
    .map(({ status, title }) => `${ICONS[status]} ${unformatted(shortened(title))}`)
    .join('\n');
  const title = language === 'zh' ? `🛠 ${steps.length} 步` : `🛠 ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`;
  return {
    tag: 'collapsible_panel',
    element_id: 'steps',
    expanded: false,
    header: { title: { tag: 'plain_text', content: title } },
    elements: [markdown('steps_list', content, { text_size: 'notation' })],
  };
}

const markdown = (elementId: string, content: string, more: Json = {}): Json => ({
  tag: 'markdown',
  element_id: elementId,
  content,
  ...more,
});
const plainText = (content: string): Json => ({ tag: 'div', text: { tag: 'plain_text', element_id: ELEMENT.answer, content } });
const grey = (text: string): string => `<font color='grey'>${text}</font>`;
const shortened = (text: string): string => (text.length > 60 ? `${[...text].slice(0, 59).join('')}…` : text);
const short = (count: number): string => (count < 1000 ? String(count) : `${(count / 1000).toFixed(1)}k`);
const preview = (text: string): string => [...text.slice(0, 300).replace(/\s+/g, ' ').trim()].slice(0, 120).join('');

// Titles and reasons are words, not Markdown; and nothing of theirs may mention people.
const unformatted = (text: string): string => text.replace(/[<>*_~`[\]]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ');
