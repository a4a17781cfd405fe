import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../domain/event';
import type { Budget, Priority } from '../channel';
import type { Caller } from './calls';
import { isLark, TARGET_GONE } from './errors';
import type { Request } from './http';

type Json = Readonly<Record<string, unknown>>;

/** New values for some properties of one element. */
export interface ElementChange {
  readonly element: string;
  readonly properties: Json;
}

/** Lark's calls as the messenger needs them: one function per endpoint, each spaced as the endpoint asks per card or message. */
export interface Sending {
  createCard(card: () => Json, priority: Priority): Promise<string>;
  replaceCard(cardId: string, card: () => Json, sequence: number, priority: Priority): Promise<void>;
  setStreaming(cardId: string, sequence: number, priority: Priority): Promise<void>;
  /** Writes one text of a card, by whichever of the two APIs for it is free sooner: the one that types it on, or the one that just shows it. */
  setContent(cardId: string, element: string, content: () => string, sequence: number, priority: Priority): Promise<void>;
  /** Changes properties of several elements at once. */
  setElements(cardId: string, changes: () => readonly ElementChange[], sequence: number, priority: Priority): Promise<void>;
  /** Under the message it answers, in its thread, or into the chat; the same `uuid` is the same message for an hour. */
  sendMessage(
    to: Address,
    type: 'text' | 'interactive' | 'image' | 'file',
    content: () => Json,
    uuid: string,
    priority: Priority,
  ): Promise<string>;
  patchMessage(messageId: string, card: () => Json, priority: Priority): Promise<void>;
  /** A group's owner and administrators, as far as Lark tells: an owner may be a bot. */
  owners(chatId: string): Promise<readonly string[]>;
  /** Forgets the spacing of cards and messages that will not change again. */
  settled(...ids: readonly (string | undefined)[]): void;
}

// Lark takes 10 operations per second and card, and 5 patches per second and message. Each operation is sent after the answer to the one before
// it, so eleven of them take at least nine of these gaps.
const CARD_GAP_MS = 112;
const PATCH_GAP_MS = 250;

/** What one chat takes in a second, from all bots together. */
const MESSAGES_PER_SECOND = 5;

export function createSending(call: Caller, budget: Pick<Budget, 'take'>): Sending {
  const freeAt = new Map<string, number>();
  /** Counts from when the call went out: waiting for the budget is distance enough. */
  const spaced = async (
    id: string,
    gapMs: number,
    api: () => string,
    priority: Priority,
    make: () => Request,
  ): Promise<Readonly<Record<string, unknown>>> => {
    const wait = (freeAt.get(id) ?? 0) - Date.now();
    if (wait > 0) await sleep(wait);
    return call(api(), priority, () => {
      freeAt.set(id, Date.now() + gapMs);
      return make();
    });
  };
  return {
    createCard: async (card, priority) => {
      const data = await call('card.create', priority, () => ({ method: 'POST', path: '/cardkit/v1/cards', body: entity(card()) }));
      return String(data.card_id);
    },
    replaceCard: async (cardId, card, sequence, priority) => {
      const body = (): Json => ({ card: entity(card()), sequence });
      await spaced(
        cardId,
        CARD_GAP_MS,
        () => 'card.update',
        priority,
        () => ({ method: 'PUT', path: path(cardId), body: body() }),
      );
    },
    setStreaming: async (cardId, sequence, priority) => {
      const body = { settings: JSON.stringify({ config: { streaming_mode: true } }), sequence };
      await spaced(
        cardId,
        CARD_GAP_MS,
        () => 'card.settings',
        priority,
        () => ({ method: 'PATCH', path: `${path(cardId)}/settings`, body }),
      );
    },
    setContent: async (cardId, element, content, sequence, priority) => {
      const to = `${path(cardId)}/elements/${element}`;
      let api = 'card.content';
      const choose = (): string => {
        api = call.quickest('card.content', 'card.element');
        return api;
      };
      await spaced(cardId, CARD_GAP_MS, choose, priority, () => {
        // An empty content is refused; the frame after this one replaces the whole card.
        const text = content() || ' ';
        return api === 'card.content'
          ? { method: 'PUT', path: `${to}/content`, body: { content: text, sequence } }
          : { method: 'PATCH', path: to, body: { partial_element: JSON.stringify({ content: text }), sequence } };
      });
    },
    setElements: async (cardId, changes, sequence, priority) => {
      const to = `${path(cardId)}/batch_update`;
      const action = ({ element, properties }: ElementChange): Json => ({
        action: 'partial_update_element',
        params: { element_id: element, partial_element: properties },
      });
      const body = (): Json => ({ sequence, actions: JSON.stringify(changes().map(action)) });
      await spaced(
        cardId,
        CARD_GAP_MS,
        () => 'card.batch',
        priority,
        () => ({ method: 'POST', path: to, body: body() }),
      );
    },
    sendMessage: async (to, type, content, uuid, priority) => {
      await budget.take(`chat/${to.chatId}`, MESSAGES_PER_SECOND, priority);
      return sendMessage(call, to, type, content, uuid, priority);
    },
    patchMessage: async (messageId, card, priority) => {
      const to = `/im/v1/messages/${encodeURIComponent(messageId)}`;
      const body = (): Json => ({ content: JSON.stringify(card()) });
      await spaced(
        messageId,
        PATCH_GAP_MS,
        () => 'message.patch',
        priority,
        () => ({ method: 'PATCH', path: to, body: body() }),
      );
    },
    owners: async (chatId) => {
      const to = `/im/v1/chats/${encodeURIComponent(chatId)}?user_id_type=open_id`;
      const { owner_id: owner, user_manager_id_list: managers } = await call('chat.get', 'first', () => ({ method: 'GET', path: to }));
      return [owner, ...(Array.isArray(managers) ? managers : [])].filter((id) => typeof id === 'string');
    },
    settled: (...ids) => {
      for (const id of ids) if (id) freeAt.delete(id);
    },
  };
}

const path = (cardId: string): string => `/cardkit/v1/cards/${encodeURIComponent(cardId)}`;
const entity = (card: Json): Json => ({ type: 'card_json', data: JSON.stringify(card) });

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
