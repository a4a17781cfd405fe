import type { Budget, Priority } from '../channel';

/** Says when a message may go into a chat. */
export interface Allowance {
  /** Rejects with the reason of `signal` when that aborts: then nothing was taken. */
  take(chatId: string, priority: Priority, signal?: AbortSignal): Promise<void>;
  /** WeCom refused for now: nothing goes into this chat for so long. */
  pause(chatId: string, ms: number): Promise<void>;
}

/** WeCom grants 30 messages a minute and 1000 an hour in each chat. Ten may go out at once: with what follows in the same minute or hour, both hold. */
const PER_SECOND = 1000 / 3600;
const BURST = 10;

const limitOf = (chatId: string): string => `message/${chatId}`;

export const createAllowance = (budget: Budget): Allowance => ({
  take: (chatId, priority, signal) => budget.take(limitOf(chatId), PER_SECOND, priority, { burst: BURST, ...(signal && { signal }) }),
  pause: (chatId, ms) => budget.pause(limitOf(chatId), ms),
});
