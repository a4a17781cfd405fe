import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../domain/event';
import type { Priority } from '../channel';
import type { Caller } from './calls';
import { isLark, TARGET_GONE } from './errors';

type Json = Readonly<Record<string, unknown>>;

/** Lark's calls as the messenger needs them: one function per endpoint, each spaced as the endpoint asks per card or message. */
export interface Sending {
  createCard(card: () => Json, priority: Priority): Promise<string>;
  replaceCard(cardId: string, card: () => Json, sequence: number, priority: Priority): Promise<void>;
  setStreaming(cardId: string, sequence: number, priority: Priority): Promise<void>;
  setContent(cardId: string, element: string, content: () => string, sequence: number, priority: Priority): Promise<void>;
  /** Under the message it answers, in its thread, or into the chat; the same `uuid` is the same message for an hour. */
  sendMessage(to: Address, type: 'text' | 'interactive', content: () => Json, uuid: string, priority: Priority): Promise<string>;
  patchMessage(messageId: string, card: () => Json, priority: Priority): Promise<void>;
  owner(chatId: string): Promise<string | undefined>;
  /** Forgets the spacing of cards and messages that will not change again. */
  settled(...ids: readonly (string | undefined)[]): void;
}

// Lark takes 10 operations per second and card, and 5 patches per second and message.
const CARD_GAP_MS = 110;
const PATCH_GAP_MS = 250;

export function createSending(call: Caller): Sending {
  const freeAt = new Map<string, number>();
  const spaced = async <T>(id: string, gapMs: number, run: () => Promise<T>): Promise<T> => {
    const wait = (freeAt.get(id) ?? 0) - Date.now();
    if (wait > 0) await sleep(wait);
    try {
      return await run();
    } finally {
      freeAt.set(id, Date.now() + gapMs);
    }
  };
  const path = (cardId: string): string => `/cardkit/v1/cards/${encodeURIComponent(cardId)}`;
  const entity = (card: Json): Json => ({ type: 'card_json', data: JSON.stringify(card) });

  return {
    createCard: async (card, priority) => {
      const data = await call('card.create', priority, () => ({ method: 'POST', path: '/cardkit/v1/cards', body: entity(card()) }));
      return String(data.card_id);
    },
    replaceCard: (cardId, card, sequence, priority) =>
      spaced(cardId, CARD_GAP_MS, async () => {
        await call('card.update', priority, () => ({ method: 'PUT', path: path(cardId), body: { card: entity(card()), sequence } }));
      }),
    setStreaming: (cardId, sequence, priority) =>
      spaced(cardId, CARD_GAP_MS, async () => {
        const settings = JSON.stringify({ config: { streaming_mode: true } });
        await call('card.settings', priority, () => ({ method: 'PATCH', path: `${path(cardId)}/settings`, body: { settings, sequence } }));
      }),
    setContent: (cardId, element, content, sequence, priority) =>
      spaced(cardId, CARD_GAP_MS, async () => {
        const to = `${path(cardId)}/elements/${element}/content`;
        // An empty content is refused; the frame after this one replaces the whole card.
        await call('card.content', priority, () => ({ method: 'PUT', path: to, body: { content: content() || ' ', sequence } }));
      }),
    sendMessage: (to, type, content, uuid, priority) => sendMessage(call, to, type, content, uuid, priority),
    patchMessage: (messageId, card, priority) =>
      spaced(messageId, PATCH_GAP_MS, async () => {
        const to = `/im/v1/messages/${encodeURIComponent(messageId)}`;
        await call('message.patch', priority, () => ({ method: 'PATCH', path: to, body: { content: JSON.stringify(card()) } }));
      }),
    owner: async (chatId) => {
      const to = `/im/v1/chats/${encodeURIComponent(chatId)}?user_id_type=open_id`;
      const { owner_id: owner } = await call('chat.get', 'first', () => ({ method: 'GET', path: to }));
      return typeof owner === 'string' ? owner : undefined;
    },
    settled: (...ids) => {
      for (const id of ids) if (id) freeAt.delete(id);
    },
  };
}

async function sendMessage(
  call: Caller,
  to: Address,
  type: string,
  content: () => Json,
  uuid: string,
  priority: Priority,
): Promise<string> {
  const message = (): Json => ({ msg_type: type, content: JSON.stringify(content()), uuid });
  if (to.replyTo) {
    const path = `/im/v1/messages/${encodeURIComponent(to.replyTo)}/reply`;
    try {
      const body = (): Json => ({ ...message(), reply_in_thread: to.threadId !== undefined });
      return String((await call('message.reply', priority, () => ({ method: 'POST', path, body: body() }))).message_id);
    } catch (error) {
      // The question was taken back or its thread is gone: the answer still belongs to the chat.
      if (!isLark(error, ...TARGET_GONE)) throw error;
    }
  }
  const path = '/im/v1/messages?receive_id_type=chat_id';
  const data = await call('message.send', priority, () => ({ method: 'POST', path, body: { receive_id: to.chatId, ...message() } }));
  return String(data.message_id);
}
