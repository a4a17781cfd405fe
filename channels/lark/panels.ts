import type { ReplyView, Step } from '../../domain/answer';
import type { CardAction } from '../../domain/event';
import type { Language } from '../../domain/language';
import { shortened, unformatted, unformattedLines } from './markup';
import { jsonBytes } from './split';
import { BUTTONS, REASONS, WORDS } from './words';

type Json = Readonly<Record<string, unknown>>;

/** Most bytes of reasoning in a card, as they stand in its JSON. */
export const REASONING_BYTES = 4500;
const STEPS_MOST = 10;
const ICONS: Readonly<Record<Step['status'], string>> = { running: '⏳', done: '✅', failed: '❌' };

export const markdown = (elementId: string, content: string, more: Json = {}): Json => ({
  tag: 'markdown',
  element_id: elementId,
  content,
  ...more,
});

/** Folded away; what the reader opens stays open while the content grows. */
const panel = (elementId: string, title: string, content: string): Json => ({
  tag: 'collapsible_panel',
  element_id: elementId,
  expanded: false,
  header: { title: { tag: 'plain_text', content: title } },
  elements: [markdown(`${elementId}_text`, content, { text_size: 'notation' })],
});

/** The latest steps, each with its state and how long it took. */
export function stepsPanel({ steps, language }: ReplyView): Json {
  const shown = steps.slice(-STEPS_MOST);
  const left = steps.length - shown.length;
  const lines = shown.map(({ status, title, seconds }) =>
    [`${ICONS[status]} ${unformatted(shortened(title))}`, ...(seconds === undefined ? [] : [duration(seconds, language)])].join(' · '),
  );
  const total = steps.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const count = language === 'zh' ? `🛠 ${steps.length} 步` : `🛠 ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`;
  const title = total > 0 ? `${count} · ${duration(total, language)}` : count;
  return panel('steps', title, [...(left > 0 ? [`… +${left}`] : []), ...lines].join('\n'));
}

/** What the expert thought; of much, the end. */
export const reasoningPanel = ({ reasoning = '', language }: ReplyView): Json =>
  panel('reasoning', WORDS.reasoning[language], tail(unformattedLines(reasoning.trim()), REASONING_BYTES));

function tail(text: string, bytes: number): string {
  if (jsonBytes(text) <= bytes) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (jsonBytes(text.slice(middle)) <= bytes) high = middle;
    else low = middle + 1;
  }
  // Not in the middle of an escaped sign.
  const cut = text.slice(low).search(/[\s，。]/);
  return `…${text.slice(cut >= 0 && cut < 100 ? low + cut : low)}`;
}

const duration = (seconds: number, language: Language): string =>
  language === 'zh' ? `${seconds.toFixed(1)} 秒` : `${seconds.toFixed(1)} s`;

/** The buttons in one row; behind 👎 a list of reasons. Each carries what is to be done and to which turn. */
export function buttonRow(buttons: readonly CardAction[], turnId: string, language: Language): Json {
  const column = (element: Json): Json => ({ tag: 'column', width: 'auto', elements: [element] });
  return {
    tag: 'column_set',
    element_id: 'buttons',
    flex_mode: 'flow',
    horizontal_spacing: '8px',
    columns: buttons.map((action) => column(action === 'bad' ? reasons(turnId, language) : button(action, turnId, language))),
  };
}

const behaviors = (action: CardAction, turnId: string): readonly Json[] => [{ type: 'callback', value: { action, turnId } }];
const words = (content: string): Json => ({ tag: 'plain_text', content });

const button = (action: CardAction, turnId: string, language: Language): Json => ({
  tag: 'button',
  element_id: action,
  size: 'small',
  text: words(BUTTONS[action][language]),
  behaviors: behaviors(action, turnId),
});

const reasons = (turnId: string, language: Language): Json => ({
  tag: 'select_static',
  element_id: 'bad',
  // As narrow as its words.
  type: 'text',
  placeholder: words(BUTTONS.bad[language]),
  options: Object.entries(REASONS).map(([value, text]) => ({ text: words(text[language]), value })),
  behaviors: behaviors('bad', turnId),
});
