import type { ReplyState } from '../domain/answer';
import type { LocalizedText } from '../domain/language';

/** How a reply stands, as its status line begins: the same on every platform. An answer that is complete has none. */
export const statusWords: Readonly<Record<Exclude<ReplyState, 'done'>, LocalizedText>> = {
  queued: { en: '⏳ Waiting in line', zh: '⏳ 排队中' },
  thinking: { en: '💭 Thinking…', zh: '💭 思考中…' },
  streaming: { en: '✍️ Answering…', zh: '✍️ 回答中…' },
  waiting: { en: '🙋 Waiting for a reply', zh: '🙋 等待回应' },
  recovering: { en: '🔄 Recovering, one moment…', zh: '🔄 正在恢复，请稍候…' },
  failed: { en: '⚠️ This did not work', zh: '⚠️ 未能完成' },
  stopped: { en: '⏹ Stopped', zh: '⏹ 已停止' },
  expired: { en: '⌛ Expired', zh: '⌛ 已过期' },
};
