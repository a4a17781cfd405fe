import type { Messenger, Ports } from '../channel';
import type { Account } from './account';
import { createCaller } from './calls';
import { quiet } from './card';
import type { Desk } from './painting';
import { keyOf, type Progress, progressOf, refOf } from './reply';
import { createSending } from './sending';
import { createWriter } from './writer';

export type MessengerOptions = Pick<Desk, 'reopenAfterMs' | 'maxTextBytes'>;

/** The way out: replies as cards that grow, notices as plain messages. */
export function createMessenger(account: Account, ports: Ports, options: MessengerOptions): Messenger {
  const sending = createSending(createCaller(account, ports));
  return {
    beginReply: async (to, turn, view, saved, save) => {
      const progress: Progress = saved ? progressOf(saved, turn.epoch, true) : { way: 'card', n: 0, parts: [] };
      const keep = () => save(refOf(turn, to, progress));
      await createWriter({ ...options, sending, to, turn, progress, view: () => view, priority: 'first', save: keep }).showAll();
      return refOf(turn, to, progress);
    },
    updateReply: async (reply, view, save) => {
      const { turn, to } = reply;
      const progress = progressOf(reply, turn.epoch);
      const keep = () => save(refOf(turn, to, progress));
      await createWriter({ ...options, sending, to, turn, progress, view, priority: 'frame', save: keep }).showNext();
      return refOf(turn, to, progress);
    },
    finishReply: async (reply, view, save) => {
      const { turn, to } = reply;
      const progress = progressOf(reply, turn.epoch);
      const keep = () => save(refOf(turn, to, progress));
      await createWriter({ ...options, sending, to, turn, progress, view: () => view, priority: 'last', save: keep }).showAll();
      sending.settled(...progress.parts.flatMap(({ cardId, messageId }) => [cardId, messageId]));
      return refOf(turn, to, progress);
    },
    say: async (to, text, key) => {
      await sending.sendMessage(to, 'text', () => ({ text: quiet(text) }), keyOf(key), 'first');
    },
    owners: async ({ chatId, kind }) => {
      const owner = kind === 'group' ? await sending.owner(chatId) : undefined;
      return owner ? [owner] : [];
    },
  };
}
