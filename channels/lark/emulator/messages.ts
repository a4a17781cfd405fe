import { checked, contentOf, newCard, record } from './cardkit';
import { type Card, type Json, type Message, newId, parseJson, Refused, type World } from './world';

const UUID_LIVES_MS = 3_600_000;
const MOST_TEXT_BYTES = 150 * 1024;
const PATCHES_PER_SECOND = 5;

interface Target {
  readonly chatId: string;
  readonly replyTo?: string;
  readonly threadId?: string;
}

export function sendMessage(world: World, appId: string, body: Json): Json {
  const chatId = body.receive_id;
  if (typeof chatId !== 'string' || chatId === '') throw new Refused(230034);
  return post(world, appId, { chatId }, body);
}

export function replyTo(world: World, appId: string, messageId: string, body: Json): Json {
  const to = world.messages.get(messageId);
  if (!to) throw new Refused(230001);
  if (to.recalled) throw new Refused(230011);
  const threadId = to.threadId ?? (body.reply_in_thread === true ? newId('omt') : undefined);
  return post(world, appId, { chatId: to.chatId, replyTo: messageId, ...(threadId ? { threadId } : {}) }, body);
}

/** Whatever was sent with this uuid in the last hour is what is answered. */
function post(world: World, appId: string, target: Target, body: Json): Json {
  const uuid = typeof body.uuid === 'string' ? body.uuid : undefined;
  if (uuid && uuid.length > 50) throw new Refused(230001);
  if (world.withoutBot.has(target.chatId)) throw new Refused(230002);
  spaced(world, target);
  const known = uuid ? world.byUuid.get(`${appId}/${uuid}`) : undefined;
  if (known && Date.now() - known.at < UUID_LIVES_MS) return answered(world.messages.get(known.messageId)!);

  const type = String(body.msg_type);
  const content = parseJson(body.content, 230001);
  if (Buffer.byteLength(String(body.content)) > (type === 'text' ? MOST_TEXT_BYTES : 30 * 1024)) throw new Refused(230025);
  if ((type === 'image' || type === 'file') && !world.files.has(String(content.image_key ?? content.file_key))) throw new Refused(230001);
  const card = type === 'interactive' ? cardOf(world, appId, content) : undefined;
  const message: Message = {
    id: newId('om'),
    ...target,
    fromBot: true,
    type,
    content,
    ...(card ? { card } : {}),
    ...(uuid ? { uuid } : {}),
    at: Date.now(),
    recalled: false,
    reactions: [],
  };
  if (card) card.messageId = message.id;
  world.messages.set(message.id, message);
  if (uuid) world.byUuid.set(`${appId}/${uuid}`, { messageId: message.id, at: Date.now() });
  return answered(message);
}

/** Refuses what is more than a chat takes in a second. */
function spaced(world: World, { chatId, replyTo: parent }: Target): void {
  const { limits } = world.options;
  if (limits === 'off') return;
  const now = Date.now();
  const times = (world.sends.get(chatId) ?? []).filter((at) => now - at < 1000);
  world.sends.set(chatId, times);
  if (times.length >= limits.perChatPerSecond) {
    world.violations.push({ api: parent ? 'message.reply' : 'message.send', at: now, limit: 'chat' });
    throw new Refused(230020);
  }
  times.push(now);
}

function cardOf(world: World, appId: string, content: Json): Card {
  if (content.type !== 'card') {
    const card = newCard(world, appId, cardContent(content));
    // A card that is a message has no entity to operate on.
    world.cards.delete(card.id);
    return card;
  }
  const card = world.cards.get(String((content.data as Json | undefined)?.card_id));
  if (!card) throw new Refused(230099);
  if (card.appId !== appId) throw new Refused(300311);
  // A card entity is sent once.
  if (card.messageId) throw new Refused(230099);
  return card;
}

function cardContent(json: Json): Json {
  try {
    return checked(json);
  } catch (error) {
    throw error instanceof Refused && error.code === 200860 ? new Refused(230025) : new Refused(230099);
  }
}

const answered = ({ id, chatId, threadId, replyTo: parent, type }: Message): Json => ({
  message_id: id,
  chat_id: chatId,
  msg_type: type,
  ...(threadId ? { thread_id: threadId } : {}),
  ...(parent ? { root_id: parent, parent_id: parent } : {}),
});

export function own(world: World, messageId: string): Message {
  const message = world.messages.get(messageId);
  if (!message) throw new Refused(230110);
  if (message.recalled) throw new Refused(230011);
  return message;
}

export function patchMessage(world: World, messageId: string, body: Json): Json {
  const message = own(world, messageId);
  if (!message.fromBot) throw new Refused(230017);
  const { card } = message;
  if (!card || world.cards.has(card.id)) throw new Refused(230001);
  const second = card.frames.filter(({ kind, at }) => kind === 'patch' && Date.now() - at < 1000).length;
  if (world.options.limits !== 'off' && second >= PATCHES_PER_SECOND) {
    world.violations.push({ api: 'message.patch', at: Date.now(), limit: 'message' });
    throw new Refused(230020);
  }
  card.json = cardContent(parseJson(body.content, 230001));
  record(card, 'patch');
  return {};
}

/** As it was said, or as somebody else's card is shown to bots: reduced to its words. */
function told(message: Message): Json {
  const { at, content, card, senderId, tenantKey, mentions, parentId, within, fromBot, recalled } = message;
  const words = card ? { title: null, elements: [[{ tag: 'text', text: contentOf(card.json, 'answer') }]] } : content;
  return {
    ...answered(message),
    ...(parentId ? { root_id: parentId, parent_id: parentId } : {}),
    ...(within ? { upper_message_id: within } : {}),
    create_time: String(at),
    update_time: String(at),
    deleted: recalled,
    updated: false,
    sender: fromBot
      ? { id: 'cli_0123456789abcdef', id_type: 'app_id', sender_type: 'app', tenant_key: 'tenant' }
      : { id: senderId ?? '', id_type: 'open_id', sender_type: 'user', tenant_key: tenantKey ?? 'tenant' },
    mentions: mentions ?? [],
    body: { content: JSON.stringify(words) },
  };
}

/** The message, and after it what it forwards. */
export const getMessage = (world: World, messageId: string): Json => {
  const message = own(world, messageId);
  const inside = [...world.messages.values()].filter(({ within }) => within === messageId);
  return { items: [message, ...inside].map(told) };
};

/** One page of a chat's or thread's history. Threads know no times. */
export function listMessages(world: World, query: URLSearchParams): Json {
  const [type, id] = [query.get('container_id_type'), query.get('container_id') ?? ''];
  const size = Number(query.get('page_size') ?? 20);
  if ((type !== 'chat' && type !== 'thread') || size < 1 || size > 50) throw new Refused(230001);
  if (type === 'thread' && query.has('start_time')) throw new Refused(230001);
  if (world.withoutBot.has(id)) throw new Refused(230002);
  const since = Number(query.get('start_time') ?? 0) * 1000;
  const messages = [...world.messages.values()]
    .filter(({ chatId, threadId, within, at }) => !within && (type === 'chat' ? chatId : threadId) === id && at >= since)
    .sort((one, other) => one.at - other.at);
  if (query.get('sort_type') === 'ByCreateTimeDesc') messages.reverse();
  const from = Number(query.get('page_token') ?? 0);
  const more = messages.length > from + size;
  return { items: messages.slice(from, from + size).map(told), has_more: more, ...(more ? { page_token: String(from + size) } : {}) };
}

export function react(world: World, messageId: string, body: Json): Json {
  const message = world.messages.get(messageId);
  if (!message || message.recalled) throw new Refused(231003);
  const emoji = (body.reaction_type as Json | undefined)?.emoji_type;
  if (emoji !== 'OnIt' && emoji !== 'OK') throw new Refused(231001);
  message.reactions.push(emoji);
  return { reaction_id: newId('r'), reaction_type: { emoji_type: emoji } };
}
