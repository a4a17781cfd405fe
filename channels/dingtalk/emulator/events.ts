import { createHmac } from 'node:crypto';
import { encrypted } from '../webhook';
import { buttonsOf } from './cards';
import type { Payload, Posted, Pressed, Said } from './face';
import { newId, type World } from './world';

export const TOKEN = 'emulated-token';
export const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
export const ROUTE_KEY = 'parley';
const BOT = '$:LWCP_v1:$bot';

/** A person's message, known to the platform from now on. */
export function messagePayload(world: World, said: Said): { readonly messageId: string; readonly event: Payload } {
  const messageId = said.messageId ?? newId('msg');
  const group = said.chatType === 'group';
  const staffId = said.senderId ?? (group ? 'manager1' : `staff-${said.chatId}`);
  if (!group && !said.external) world.privateChats.set(staffId, said.chatId);
  const session = newId('session');
  const now = Date.now();
  const until = now + world.options.sessionWebhookMs;
  world.sessions.set(session, { chatId: said.chatId, until });
  const named = group && said.mentionsBot !== false;
  const event = {
    senderPlatform: 'Mac',
    conversationId: said.chatId,
    conversationType: group ? '2' : '1',
    ...(group ? { conversationTitle: 'group', isInAtList: named, atUsers: named ? [{ dingtalkId: BOT }] : [] } : {}),
    chatbotCorpId: world.corpId,
    chatbotUserId: BOT,
    robotCode: world.options.clientId,
    msgId: messageId,
    createAt: said.createTime ?? now,
    senderId: `$:LWCP_v1:$${staffId}`,
    senderNick: 'Person',
    ...(said.external ? {} : { senderStaffId: staffId, senderCorpId: world.corpId }),
    isAdmin: false,
    sessionWebhook: `${world.url}/robot/sendBySession?session=${session}`,
    sessionWebhookExpiredTime: until,
    msgtype: said.messageType ?? 'text',
    ...(said.content === undefined ? { text: { content: group ? ` ${said.text}` : said.text } } : { content: said.content }),
    ...said.more,
  };
  return { messageId, event };
}

export function actionPayload(world: World, { cardId, senderId, button, params = {} }: Pressed): Payload {
  const card = world.cards.get(cardId);
  const pressed = button ?? (card ? buttonsOf(card)[0] : undefined);
  if (!card || !pressed) throw new Error('There is no such card, or no button on it.');
  return {
    type: 'actionCallback',
    outTrackId: cardId,
    corpId: world.corpId,
    userId: senderId ?? 'manager1',
    userIdType: 1,
    spaceType: 'im',
    spaceId: card.chatId,
    extension: '{}',
    content: JSON.stringify({ cardPrivateData: { actionIds: [pressed], params } }),
  };
}

const posted = (body: unknown, headers: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}): Posted => ({
  body: Buffer.from(JSON.stringify(body)),
  headers: { 'content-type': 'application/json', ...headers },
  query,
});

const hmac = (key: string, data: string): string => createHmac('sha256', key).update(data).digest('base64');

export function robotCall({ options: { clientSecret } }: World, event: unknown, now: number): Posted {
  return posted(event, { timestamp: String(now), sign: hmac(clientSecret, `${now}\n${clientSecret}`) });
}

export const cardCall = (event: unknown, now: number): Posted =>
  posted(event, { 'x-ddpaas-signature-timestamp': String(now), 'x-ddpaas-signature': hmac(TOKEN, String(now)) });

export function eventCall(world: World, event: unknown, now: number, owner = world.options.clientId): Posted {
  const sealed = encrypted({ clientId: owner }, TOKEN, AES_KEY, JSON.stringify(event), String(now));
  const query = { msg_signature: sealed.msg_signature, signature: sealed.msg_signature, timestamp: sealed.timeStamp, nonce: sealed.nonce };
  return posted({ encrypt: sealed.encrypt }, {}, query);
}
