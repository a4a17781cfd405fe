import { isEnd, type ReplyView } from '../../domain/answer';
import { statusWords } from '../status-words';
import { shortened, unformatted } from './markup';
import { WORDS } from './words';

/** One line on how the reply stands; empty for an answer that is complete. */
export function statusLine(view: ReplyView): string {
  const { language, state } = view;
  if (state === 'done') return view.reason ? unformatted(view.reason) : view.text.trim() === '' ? WORDS.empty[language] : '';
  return [statusWords[state][language], ...details(view)].join(' · ');
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
  const elapsed = state === 'streaming' ? 0 : ticked(view.seconds ?? 0);
  return [
    ...(step ? [unformatted(shortened(step.title))] : []),
    ...(elapsed > 0 ? [language === 'zh' ? `${elapsed} 秒` : `${elapsed} s`] : []),
  ];
}

/** Seconds tick singly at first, then in longer steps: each tick is a call of the allowance that all cards share. */
const ticked = (seconds: number): number => {
  const step = seconds < 10 ? 1 : seconds < 60 ? 5 : 10;
  return Math.floor(seconds / step) * step;
};

function queuedDetails({ language, queuePlace, messages }: ReplyView): readonly string[] {
  const zh = language === 'zh';
  return [
    ...(queuePlace ? [zh ? `第 ${queuePlace} 位` : `number ${queuePlace}`] : []),
    ...(messages && messages > 1 ? [zh ? `共 ${messages} 条消息` : `${messages} messages`] : []),
  ];
}
