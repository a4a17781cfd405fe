import type { Memory } from './channel';

const DAY_MS = 86_400_000;

/**
 * Whether somebody came into a chat for the first time in a day: platforms tell of every visit. True once, whichever processes ask.
 * @param now in milliseconds since the epoch
 */
export async function isFirstToday(memory: Memory, chatId: string, now: number): Promise<boolean> {
  const key = `welcomed/${chatId}`;
  const before = await memory.get<number>(key);
  return (before === undefined || now - before >= DAY_MS) && (await memory.compareAndSet(key, before, now));
}
