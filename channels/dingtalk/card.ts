import { isEnd, type ReplyView, type Step } from '../../domain/answer';
import type { CardAction } from '../../domain/event';
import type { LocalizedText } from '../../domain/language';
import { duration, emptyAnswer, referenceText } from '../../domain/phrases';
import { statusWords } from '../status-words';
import { PUBLIC_TEMPLATE } from './config';

/** Which part of a long answer a card is. */
export interface Place {
  readonly number: number;
  /** Known at the end only. */
  readonly of?: number;
  /** Only the last part has a status, buttons and a footer. */
  readonly last: boolean;
}

/** The variables of a card: DingTalk takes nothing but strings. */
export type Params = Readonly<Record<string, string>>;

/** How a template is filled: the streamed variable by itself, and all the others. */
export interface Template {
  readonly id: string;
  /** The variable with the answer, the only one that streams. */
  readonly textKey: string;
  rest(view: ReplyView, place: Place): Params;
}

const BUTTONS: Readonly<Record<CardAction, LocalizedText>> = {
  stop: { en: '⏹ Stop', zh: '⏹ 停止' },
  good: { en: '👍', zh: '👍' },
  bad: { en: '👎', zh: '👎' },
  regenerate: { en: '🔄 Regenerate', zh: '🔄 重新生成' },
  retry: { en: '🔄 Try again', zh: '🔄 重试' },
  new: { en: '✨ New conversation', zh: '✨ 新会话' },
};

const WORDS = {
  continued: { en: 'continued in the next card', zh: '下一张卡片继续' },
  superseded: { en: 'Nothing here any more; the answer is in the cards above.', zh: '此处已无内容，回答见上方卡片。' },
} satisfies Record<string, LocalizedText>;

/** DingTalk's states of an AI card. */
export const FLOW = { waiting: '1', writing: '2', finished: '3', failed: '5' } as const;

function flowOf(view: ReplyView, place: Place): string {
  if (!place.last) return FLOW.finished;
  if (isEnd(view.state)) return view.state === 'failed' ? FLOW.failed : FLOW.finished;
  return view.text === '' ? FLOW.waiting : FLOW.writing;
}

/** The template that the settings name, or DingTalk's own. @param buttons whether presses can reach us */
export function templateOf(id: string | undefined, buttons: boolean): Template {
  return !id || id === PUBLIC_TEMPLATE ? publicTemplate(buttons) : ownTemplate(id, buttons);
}

const publicTemplate = (buttons: boolean): Template => ({
  id: PUBLIC_TEMPLATE,
  textKey: 'msgContent',
  rest: (view, place) => ({
    msgTitle: place.last ? statusLine(view) : '',
    staticMsgContent: [place.last ? stepLines(view) : '', place.last ? thoughts(view) : '', footnote(view, place)]
      .filter(Boolean)
      .join('\n\n'),
    flowStatus: flowOf(view, place),
    sys_full_json_obj: JSON.stringify({
      order: ['msgTitle', 'msgContent', 'staticMsgContent', 'msgButtons'],
      msgButtons: shownButtons(view, place, buttons).map((name) => ({
        text: BUTTONS[name][view.language],
        color: 'gray',
        id: name,
        request: true,
      })),
    }),
  }),
});

const ownTemplate = (id: string, buttons: boolean): Template => ({
  id,
  textKey: 'content',
  rest: (view, place) => {
    const shown = shownButtons(view, place, buttons);
    const labels = Object.entries(BUTTONS).map(([name, label]) => [
      `button_${name}`,
      shown.some((each) => each === name) ? label[view.language] : '',
    ]);
    return {
      status: place.last ? statusLine(view) : '',
      steps: place.last ? stepLines(view) : '',
      reasoning: place.last ? thoughts(view) : '',
      footer: footnote(view, place),
      flowStatus: flowOf(view, place),
      ...Object.fromEntries(labels),
    };
  },
});

const shownButtons = ({ buttons = [] }: ReplyView, { last }: Place, work: boolean): readonly CardAction[] => (last && work ? buttons : []);

/** What is left of a card that is no longer needed because the answer became shorter. */
export const emptied = (template: Template, view: ReplyView): Params => ({
  ...template.rest({ state: 'done', text: ' ', steps: [], language: view.language }, { number: 1, of: 1, last: true }),
  [template.textKey]: WORDS.superseded[view.language],
});

/** One line on how the reply stands; empty for an answer that is complete. Seconds move in steps of ten, to save calls. */
export function statusLine(view: ReplyView): string {
  const { language, state } = view;
  if (state === 'done') return view.reason ? unformatted(view.reason) : view.text.trim() === '' ? emptyAnswer[language] : '';
  // The reason says who stopped it, and that it was stopped.
  if (state === 'stopped' && view.reason) return `⏹ ${unformatted(view.reason)}`;
  return [statusWords[state][language], ...details(view)].join(' · ');
}

function details(view: ReplyView): readonly string[] {
  const { language, state } = view;
  const zh = language === 'zh';
  if (state === 'queued')
    return [
      ...(view.queuePlace ? [zh ? `第 ${view.queuePlace} 位` : `number ${view.queuePlace}`] : []),
      ...(view.messages && view.messages > 1 ? [zh ? `共 ${view.messages} 条消息` : `${view.messages} messages`] : []),
    ];
  if (isEnd(state)) {
    const reference = state === 'failed' && view.reference ? referenceText(view.reference, language) : '';
    return [unformatted(view.reason ?? ''), reference].filter(Boolean);
  }
  const step = view.steps.findLast(({ status }) => status === 'running');
  const tens = state === 'streaming' ? 0 : Math.floor((view.seconds ?? 0) / 10) * 10;
  return [...(step ? [unformatted(shortened(step.title))] : []), ...(tens > 0 ? [zh ? `${tens} 秒` : `${tens} s`] : [])];
}

const STEPS_MOST = 10;
const ICONS: Readonly<Record<Step['status'], string>> = { running: '⏺', done: '✓', failed: '✗' };

const stepLines = ({ steps, language }: ReplyView): string =>
  steps
    .slice(-STEPS_MOST)
    .map(({ status, title, seconds }) => {
      const took = seconds === undefined ? '' : ` · ${duration(seconds, language)}`;
      return `${ICONS[status]} ${unformatted(shortened(title))}${took}`;
    })
    .join('  \n');

const THOUGHTS_MOST = 600;

/** The latest thoughts, as a quotation. */
function thoughts({ reasoning = '' }: ReplyView): string {
  const letters = [...reasoning.trim()];
  const shown = letters.length > THOUGHTS_MOST ? `…${letters.slice(-THOUGHTS_MOST).join('')}` : letters.join('');
  return shown === '' ? '' : `💭\n${shown.replace(/^/gm, '> ')}`;
}

function footnote(view: ReplyView, { number, of, last }: Place): string {
  const numbered = of ? (of > 1 ? `(${number}/${of})` : '') : number > 1 || !last ? `(${number})` : '';
  if (!last) return [numbered, WORDS.continued[view.language]].filter(Boolean).join(' · ');
  return [numbered, isEnd(view.state) ? (view.footer ?? '') : ''].filter(Boolean).join(' · ');
}

/** The same reply where no card can be shown: text, then how it ended. @param note said before it */
export const asText = (view: ReplyView, text: string, { number, of, last }: Place, note = ''): string =>
  [note, text, ...(last ? [statusLine(view), view.footer ?? ''] : []), of && of > 1 ? `(${number}/${of})` : '']
    .filter(Boolean)
    .join('\n\n');

/** What the list of chats shows of a message. */
export const titleOf = (text: string): string => [...text.replace(/[#*`>|\s]+/g, ' ').trim()].slice(0, 20).join('') || '…';

const shortened = (text: string): string => (text.length > 60 ? `${[...text].slice(0, 59).join('')}…` : text);

// Titles and reasons are words, not Markdown.
const unformatted = (text: string): string =>
  text
    .replace(/[<>*~`]/g, '')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/\s+/g, ' ')
    .trim();
