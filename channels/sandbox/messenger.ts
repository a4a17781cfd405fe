import type { ReplyView } from '../../domain/answer';
import { ChannelError } from '../../domain/errors';
import type { Address } from '../../domain/event';
import type { Memory, Messenger, Ports, ReplyRef, TurnRef } from '../channel';
import { cardKey, type FeedCard, type FeedFile, type FeedMessage, messageKey } from './feed';
import { fetchFile, keepSent } from './files';

const SEQUENCES_PER_EPOCH = 1_000_000;
const TRIES = 5;

/** The way out of the sandbox: a card is one entry of the channel's memory, which the page follows live. */
export function createMessenger(ports: Ports): Messenger {
  const { memory, called } = ports;
  /** Cards as this process wrote them last: what it need not read again. */
  const written = new WeakMap<TurnRef, FeedCard>();
  /** A card knows its sequence: whoever has an older epoch cannot overwrite what its successor wrote. */
  async function show(to: Address, turn: TurnRef, view: ReplyView): Promise<ReplyRef> {
    const key = cardKey(to.chatId, turn.id);
    for (let left = TRIES; left > 0; left--) {
      const isFirstTry = left === TRIES;
      const before = isFirstTry ? written.get(turn) : await memory.get<FeedCard>(key);
      const floor = turn.epoch * SEQUENCES_PER_EPOCH;
      if (before && before.sequence >= floor + SEQUENCES_PER_EPOCH)
        throw new ChannelError('superseded', 'A newer writer has this card.', { retryable: true });
      const sequence = Math.max(floor, before?.sequence ?? 0) + 1;
      const card = toCard(to, turn, view, sequence, before?.at);
      if (await memory.compareAndSet(key, before, card)) {
        written.set(turn, card);
        called('ok');
        return { turn, to, data: { sequence } };
      }
    }
    throw new ChannelError('busy', 'The card changed at the same time; try again.', { retryable: true });
  }

  return {
    beginReply: (to, turn, view) => show(to, turn, view),
    updateReply: (reply, view) => show(reply.to, reply.turn, view()),
    finishReply: (reply, view) => show(reply.to, reply.turn, view),
    say: (to, text, key) => say(memory, to, text, key),
    fetchFile: (attachment, _, maxBytes) => fetchFile(ports, attachment, maxBytes),
    sendFile: async (to, file, key) => await say(memory, to, `📎 ${file.name}`, key, [await keepSent(ports, file, key)]),
  };
}

/** The same key says the same message, however often. */
async function say(memory: Memory, to: Address, text: string, key: string, files?: readonly FeedFile[]): Promise<void> {
  const message: FeedMessage = {
    type: 'message',
    chat: to.chatId,
    messageId: key,
    from: 'bot',
    sender: 'bot',
    text,
    group: to.kind === 'group',
    ...(files && { files }),
    at: new Date().toISOString(),
  };
  await memory.compareAndSet(messageKey(to.chatId, key), undefined, message);
}

function toCard(to: Address, turn: TurnRef, view: ReplyView, sequence: number, at: string | undefined): FeedCard {
  const { state, text, queuePlace, messages, reason, reference, seconds, usage, steps, reasoning, footer, buttons } = view;
  return {
    ...{ type: 'card', chat: to.chatId, replyId: turn.id, turnId: turn.id, state, text, sequence, at: at ?? new Date().toISOString() },
    ...(queuePlace !== undefined && { queuePlace }),
    ...(messages !== undefined && { messages }),
    ...(reason !== undefined && { reason }),
    ...(reference !== undefined && { reference }),
    ...(seconds !== undefined && { seconds }),
    ...(usage?.model !== undefined && { model: usage.model }),
    ...(steps.length > 0 && { steps }),
    ...(reasoning && { reasoning }),
    ...(footer && { footer }),
    ...(buttons && { buttons }),
  };
}
