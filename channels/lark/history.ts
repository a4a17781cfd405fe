import type { Address, InboundEvent } from '../../domain/event';
import type { Account } from './account';
import type { Caller } from './calls';
import { isExternal } from './inbound';
import { fetchHistory, fetchMessage, forwardedText, type KnownMessage, ownId, withQuoted } from './messages';

/** At most so many pages of 50 messages. */
const MOST_PAGES = 4;
/** Quoted messages and forwarded bundles that are asked for. */
const MOST_LOOK_UPS = 20;

/**
 * What people wrote in a chat since then, oldest first, as the events that Lark would have pushed: with the same ids, so that what is known
 * already changes nothing. Notices of the platform and what programs wrote are left out.
 * @param company the app's own, where it is known: whoever is of another one is external
 */
export async function missedIn(
  account: Account,
  call: Caller,
  company: string | undefined,
  chat: Address,
  sinceMs: number,
): Promise<readonly InboundEvent[]> {
  const botId = await ownId(account);
  const { chatId, threadId } = chat;
  const found: KnownMessage[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const read = await fetchHistory(call, { chatId, sinceMs, ...(threadId ? { threadId } : {}) }, botId, next);
    found.push(...read.messages);
    next = read.next;
    if (!next || (threadId && read.messages.some(({ at }) => at < sinceMs))) break;
  }
  const theirs = found.filter(({ byPerson, type, at, senderId }) => byPerson && senderId && type !== 'system' && at >= sinceMs);
  theirs.sort((one, other) => one.at - other.at);
  const events: InboundEvent[] = [];
  let asked = 0;
  const ask: Asking = async (messageId) => (asked++ < MOST_LOOK_UPS ? fetchMessage(call, messageId).catch(() => []) : []);
  for (const message of theirs) events.push(await eventOf(ask, company, chat, message));
  return events;
}

type Asking = (messageId: string) => Promise<readonly KnownMessage[]>;

async function eventOf(ask: Asking, company: string | undefined, chat: Address, message: KnownMessage): Promise<InboundEvent> {
  const { id, at, content, threadId, parentId, senderId, tenantKey, namesUs } = message;
  const inside = content.forwards ? forwardedText(await ask(id)) : '';
  const event: InboundEvent = {
    kind: 'message',
    id,
    at,
    address: { chatId: chat.chatId, kind: chat.kind, ...(threadId ? { threadId } : {}), replyTo: id },
    sender: { id: senderId, ...(isExternal(tenantKey, company) ? { external: true } : {}) },
    text: inside ? `${content.text}\n${inside}` : content.text,
    forBot: chat.kind === 'private' || namesUs,
    ...(content.forAll ? { forAll: true } : {}),
    attachments: content.attachments,
  };
  return parentId ? withQuoted(event, parentId, await ask(parentId)) : event;
}
