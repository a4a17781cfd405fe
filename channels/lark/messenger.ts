import type { Messenger, Ports } from '../channel';
import type { Account } from './account';
import { createCaller } from './calls';
import type { Company } from './company';
import { fetchFile, react, sendFile } from './files';
import { missedIn } from './history';
import { quiet } from './markup';
import type { Desk } from './painting';
import { personOf } from './person';
import { keyOf, type Progress, progressOf, refOf } from './reply';
import { createSending } from './sending';
import { createWriter } from './writer';

export type MessengerOptions = Pick<Desk, 'reopenAfterMs' | 'maxTextBytes'>;

/** The way out: replies as cards that grow, notices as plain messages. */
export function createMessenger(account: Account, company: Company, ports: Ports, options: MessengerOptions): Messenger {
  const call = createCaller(account, ports);
  const sending = createSending(call, ports.budget);
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
    owners: async ({ chatId, kind }) => (kind === 'group' ? await sending.owners(chatId) : []),
    react: (to) => react(call, to),
    person: (openId) => personOf(call, openId),
    fetchFile: (attachment, _, maxBytes) => fetchFile(call, attachment, maxBytes),
    sendFile: (to, file, key) => sendFile(call, sending, to, file, key),
    missed: async (chat, sinceMs) => missedIn(account, call, await company.of(account, ports.memory), chat, sinceMs),
  };
}
