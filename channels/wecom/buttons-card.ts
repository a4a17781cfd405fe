import { isEnd, type ReplyView } from '../../domain/answer';
import type { CardAction } from '../../domain/event';
import type { LocalizedText } from '../../domain/language';

const LABELS: Readonly<Record<CardAction, LocalizedText>> = {
  stop: { en: 'Stop', zh: '停止' },
  good: { en: '👍 Good', zh: '👍 有帮助' },
  bad: { en: '👎 Bad', zh: '👎 没帮助' },
  regenerate: { en: 'Regenerate', zh: '重新生成' },
  retry: { en: 'Try again', zh: '重试' },
  new: { en: 'New conversation', zh: '新会话' },
};
const TITLE: LocalizedText = { en: 'What next?', zh: '接下来' };
const MOST_BUTTONS = 6;

type Card = Readonly<Record<string, unknown>>;

/**
 * What may be pressed under an ended answer, as a card of its own; undefined when there is nothing. A key reads `action:turn id`.
 * @param natively actions that the platform offers by itself
 */
export function buttonsCard(
  { state, buttons = [], language }: ReplyView,
  turnId: string,
  natively: readonly CardAction[] = [],
): Card | undefined {
  const pressable = isEnd(state) ? buttons.filter((action) => action !== 'stop' && !natively.includes(action)) : [];
  if (pressable.length === 0) return undefined;
  return {
    ...cardOf(TITLE[language], `${turnId}-next`),
    button_list: pressable.slice(0, MOST_BUTTONS).map((action, index) => ({
      text: LABELS[action][language],
      style: index === 0 ? 1 : 2,
      key: `${action}:${turnId}`,
    })),
  };
}

/** What a card becomes once one of its buttons was pressed. */
export const pressedCard = ({ en, zh }: LocalizedText, taskId: string): Card => ({
  // Who pressed is known, the language they read is not.
  ...cardOf(`${zh} ${en}`, taskId),
  button_list: [{ text: '✓', style: 2, key: 'pressed' }],
});

const cardOf = (title: string, taskId: string): Card => ({ card_type: 'button_interaction', main_title: { title }, task_id: taskId });
