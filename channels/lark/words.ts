import type { badReasons } from '../../domain/card';
import type { CardAction } from '../../domain/event';
import type { LocalizedText } from '../../domain/language';

export const BUTTONS: Readonly<Record<CardAction, LocalizedText>> = {
  stop: { en: '⏹ Stop', zh: '⏹ 停止' },
  good: { en: '👍', zh: '👍' },
  bad: { en: '👎', zh: '👎' },
  regenerate: { en: '🔄 Regenerate', zh: '🔄 重新生成' },
  retry: { en: '🔄 Try again', zh: '🔄 重试' },
  new: { en: '🆕 New conversation', zh: '🆕 新会话' },
};

/** Why an answer was bad: what the list behind 👎 offers, by what comes back. */
export const REASONS = {
  wrong: { en: 'Not correct', zh: '内容有误' },
  incomplete: { en: 'Not complete', zh: '内容不完整' },
  unsafe: { en: 'Harmful or unsafe', zh: '有害或不安全' },
  slow: { en: 'Too slow', zh: '太慢' },
  other: { en: 'Something else', zh: '其他' },
} satisfies Readonly<Record<(typeof badReasons)[number], LocalizedText>>;

export const WORDS = {
  empty: { en: 'The expert gave no answer.', zh: '专家没有给出回答。' },
  reference: { en: 'Reference', zh: '编号' },
  continued: { en: 'continued in the next card', zh: '下一张卡片继续' },
  reasoning: { en: '💭 Reasoning', zh: '💭 思考过程' },
  superseded: { en: 'Nothing here any more; the answer is in the cards above.', zh: '此处已无内容，回答见上方卡片。' },
  gone: { en: 'The card of this answer no longer exists; here it is again.', zh: '原回答卡片已失效，内容重新发送如下。' },
} satisfies Record<string, LocalizedText>;
