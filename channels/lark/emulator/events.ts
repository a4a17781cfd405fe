import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { LarkEvent } from '../inbound';
import { buttonsOf, buttonValue } from './cardkit';
import type { Forwarded, Pressed, Said } from './face';
import { newId, type World } from './world';

export const ENCRYPT_KEY = 'emulated encrypt key';
export const VERIFICATION_TOKEN = 'emulated-verification-token';

const header = (appId: string, type: string, createTime: string) => ({
  event_id: newId('ev').slice(3),
  event_type: type,
  create_time: createTime,
  token: VERIFICATION_TOKEN,
  app_id: appId,
  tenant_key: 'tenant',
});

/** A person's message, known to the platform from now on. */
export function messageEvent(world: World, said: Said): { readonly messageId: string; readonly event: LarkEvent } {
  const messageId = said.messageId ?? newId('om');
  const at = said.createTime ?? Date.now();
  const group = said.chatType === 'group';
  const named = group && said.mentionsBot !== false;
  const bot = { open_id: world.botOpenId, union_id: 'on_bot' };
  const content = said.content ?? { text: named ? `@_user_1 ${said.text}` : said.text };
  const thread = said.threadId ? { thread_id: said.threadId } : {};
  const parent = said.parentId ? { root_id: said.parentId, parent_id: said.parentId } : {};
  world.messages.set(messageId, {
    id: messageId,
    chatId: said.chatId,
    fromBot: false,
    type: said.messageType ?? 'text',
    content: content as Record<string, unknown>,
    senderId: said.senderId ?? 'ou_person',
    tenantKey: said.tenantKey ?? 'tenant',
    mentions: named ? [{ key: '@_user_1', id: world.botOpenId, id_type: 'open_id', name: 'Parley' }] : [],
    ...(said.parentId ? { parentId: said.parentId } : {}),
    reactions: [],
    ...(said.threadId ? { threadId: said.threadId } : {}),
    at,
    recalled: false,
  });
  for (const [key, file] of Object.entries(said.files ?? {})) world.files.set(`${messageId}/${key}`, file);
  for (const inner of said.forwarded ?? []) keepForwarded(world, said.chatId, messageId, inner);
  const message = {
    message_id: messageId,
    ...parent,
    ...thread,
    create_time: String(at),
    update_time: String(at),
    chat_id: said.chatId,
    chat_type: group ? 'group' : 'p2p',
    message_type: said.messageType ?? 'text',
    content: JSON.stringify(content),
    ...(named ? { mentions: [{ key: '@_user_1', id: bot, mentioned_type: 'bot', name: 'Parley', tenant_key: 'tenant' }] } : {}),
  };
  const sender = {
    sender_id: { open_id: said.senderId ?? 'ou_person', union_id: 'on_person' },
    sender_type: 'user',
    tenant_key: said.tenantKey ?? 'tenant',
  };
  const event = {
    schema: '2.0',
    header: header(said.appId ?? world.options.appId, 'im.message.receive_v1', String(at)),
    event: { sender, message },
  };
  return { messageId, event };
}

function keepForwarded(world: World, chatId: string, within: string, { text, messageType, content }: Forwarded): void {
  const id = newId('om');
  world.messages.set(id, {
    id,
    chatId,
    within,
    fromBot: false,
    type: messageType ?? 'text',
    content: (content ?? { text }) as Record<string, unknown>,
    senderId: 'ou_somebody',
    at: Date.now(),
    recalled: false,
    reactions: [],
  });
}

export function actionEvent(world: World, pressed: Pressed): LarkEvent {
  const message =
    [...world.messages.values()].find(({ id, card }) => (pressed.messageId ? id === pressed.messageId : card?.id === pressed.cardId)) ??
    undefined;
  const values = message?.card ? buttonsOf(message.card.json).map(buttonValue) : [];
  const value = pressed.value ?? (pressed.action ? values.find((each) => each?.action === pressed.action) : values[0]);
  if (!message || value === undefined) throw new Error('There is no such card, or no button on it.');
  const event = {
    operator: { open_id: pressed.senderId ?? 'ou_person', union_id: 'on_person', tenant_key: 'tenant' },
    token: `c-${randomBytes(8).toString('hex')}`,
    action: pressed.option ? { value, tag: 'select_static', option: pressed.option } : { value, tag: 'button' },
    host: 'im_message',
    context: { open_message_id: message.id, open_chat_id: message.chatId },
  };
  return { schema: '2.0', header: header(message.card?.appId ?? world.options.appId, 'card.action.trigger', `${Date.now()}000`), event };
}

export function recallEvent(world: World, messageId: string): LarkEvent {
  const message = world.messages.get(messageId);
  if (!message) throw new Error('There is no such message.');
  message.recalled = true;
  const now = String(Date.now());
  const event = { message_id: messageId, chat_id: message.chatId, recall_time: now, recall_type: 'message_owner' };
  return { schema: '2.0', header: header(world.options.appId, 'im.message.recalled_v1', now), event };
}

/** Encrypts and signs as Lark does. */
export function webhookBody(event: unknown, now: number): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> } {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(ENCRYPT_KEY).digest(), iv);
  const encrypt = Buffer.concat([iv, cipher.update(JSON.stringify(event)), cipher.final()]).toString('base64');
  return signed(Buffer.from(JSON.stringify({ encrypt })), now);
}

/** Any bytes, signed as Lark signs. */
export function signed(body: Buffer, now: number): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> } {
  const timestamp = String(Math.floor(now / 1000));
  const nonce = randomBytes(8).toString('hex');
  const signature = createHash('sha256')
    .update(timestamp + nonce + ENCRYPT_KEY)
    .update(body)
    .digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-lark-request-timestamp': timestamp,
      'x-lark-request-nonce': nonce,
      'x-lark-signature': signature,
    },
  };
}
