import type { Messenger, ReplyRef } from '../channels/channel';
import { split } from '../channels/split';
import type { ReplyView } from '../domain/answer';
import { perhapsAgain, referenceText } from '../domain/phrases';

type ReplyShower = Pick<Messenger, 'beginReply' | 'updateReply' | 'finishReply'>;

/** Whether a reply that was begun earlier is of this kind. */
export const isPlain = (reply: ReplyRef): boolean => reply.data.plain === true;

/**
 * Replies without a card: nothing until the end, then one message, or several where it is longer than one holds.
 * What was said is saved after each message; where the platform knows the key again, none is said twice.
 */
export const inPlainMessages = (messenger: Pick<Messenger, 'say'>, maxTextBytes: number): ReplyShower => ({
  async beginReply(to, turn, _view, saved, save) {
    const reply: ReplyRef = { turn, to, data: { plain: true, said: 0, ...saved?.data } };
    await save(reply);
    return reply;
  },
  updateReply: async (reply) => reply,
  async finishReply(reply, view, save) {
    const again = perhapsAgain[view.language];
    const parts = split(plainText(view), maxTextBytes - Buffer.byteLength(`${again}\n\n`), Buffer.byteLength);
    let now = reply;
    for (let n = Number(reply.data.said); n < parts.length; n++) {
      await messenger.say(reply.to, parts[n]!, `reply:${reply.turn.id}:${n}`, again);
      now = { ...reply, data: { ...reply.data, said: n + 1 } };
      await save(now);
    }
    return now;
  },
});

function plainText({ text, reason, reference, footer, language }: ReplyView): string {
  const parts = [text.trim(), [reason, reference && referenceText(reference, language)].filter(Boolean).join('\n'), footer];
  return parts.filter(Boolean).join('\n\n');
}
