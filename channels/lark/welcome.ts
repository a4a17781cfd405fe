import type { Address } from '../../domain/event';
import type { Memory } from '../channel';
import { isFirstToday } from '../first-today';
import type { LarkEvent } from './inbound';

/** Somebody opened the chat with the bot, and the bot came into a group. */
export const ARRIVALS = { 'im.chat.access_event.bot_p2p_chat_entered_v1': 'private', 'im.chat.member.bot.added_v1': 'group' } as const;

/** The chat that an event begins; undefined for what begins none. */
export function arrivedIn({ header, event }: LarkEvent): Address | undefined {
  const type = header?.event_type;
  const kind = typeof type === 'string' && Object.hasOwn(ARRIVALS, type) ? ARRIVALS[type as keyof typeof ARRIVALS] : undefined;
  const chatId = event?.chat_id;
  return kind && typeof chatId === 'string' && chatId !== '' ? { chatId, kind } : undefined;
}

/**
 * Says the welcome text in a chat, at most once a day. A courtesy: when it fails nobody tries again.
 * @param say idempotent by its key
 */
export async function welcomeTo(
  to: Address,
  text: string,
  memory: Memory,
  say: (to: Address, text: string, key: string) => Promise<void>,
  now = Date.now(),
): Promise<void> {
  if (await isFirstToday(memory, to.chatId, now)) await say(to, text, `welcomed/${to.chatId}/${now}`);
}
