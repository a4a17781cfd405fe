import { checked, newCard, record } from './cardkit';
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
  const known = uuid ? world.byUuid.get(`${appId}/${uuid}`) : undefined;
  if (known && Date.now() - known.at < UUID_LIVES_MS) return answered(world.messages.get(known.messageId)!);

  const type = String(body.msg_type);
  const content = parseJson(body.content, 230001);
  if (Buffer.byteLength(String(body.content)) > (type === 'text' ? MOST_TEXT_BYTES : 30 * 1024)) throw new Refused(230025);
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
  };
  if (card) card.messageId = message.id;
  world.messages.set(message.id, message);
  if (uuid) world.byUuid.set(`${appId}/${uuid}`, { messageId: message.id, at: Date.now() });
  return answered(message);
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

export const getMessage = (world: World, messageId: string): Json => {
  const message = own(world, messageId);
  return { items: [{ ...answered(message), body: { content: JSON.stringify(message.content) }, create_time: String(message.at) }] };
};
