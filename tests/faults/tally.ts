import type { Shows } from './platform';

/** What people said, by chat, in order; no two texts are alike. */
export type Said = ReadonlyMap<string, readonly string[]>;

/** What is wrong with the answers; all lists are empty when nothing is. */
export interface Tally {
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** Replies that are open or whose text is not the whole answer to its question. */
  readonly broken: readonly string[];
  /** Chats in which questions were not answered in the order of `said`. */
  readonly outOfOrder: readonly string[];
}

export const perfect: Tally = { lost: [], twice: [], broken: [], outOfOrder: [] };

/**
 * Holds what was said against the replies of each chat. Answers begin with their question and a line break and go on with `1. line 1`.
 * @param whole the whole answer to a question
 */
export function tallyOf(platform: Shows, said: Said, whole: (question: string) => string): Tally {
  const tally = { lost: [] as string[], twice: [] as string[], broken: [] as string[], outOfOrder: [] as string[] };
  for (const [chatId, texts] of said) {
    const replies = [...platform.replies(chatId)].sort((a, b) => a.begunAt - b.begunAt);
    for (const { text, ended } of replies)
      if (!ended || text !== whole(questionOf(text)))
        tally.broken.push(`${chatId}: ${ended ? '' : 'open, '}${text.length}: ${text.slice(0, 60)}`);
    const asked = replies.flatMap(({ text }) => questionOf(text).split('\n'));
    tally.lost.push(...texts.filter((text) => !asked.includes(text)));
    tally.twice.push(...texts.filter((text) => asked.filter((one) => one === text).length > 1));
    if (asked.filter((text) => texts.includes(text)).join() !== texts.filter((text) => asked.includes(text)).join())
      tally.outOfOrder.push(`${chatId}: ${asked.join()}`);
  }
  return tally;
}

/** The question a reply answers: all that stands before the first line of the answer. */
export const questionOf = (text: string): string => text.split('\n1. line ')[0]!;

/** How many of the messages said have been answered to the end. */
export function answeredOf(platform: Shows, said: Said): number {
  let count = 0;
  for (const [chatId, texts] of said) {
    const done = new Set(
      platform
        .replies(chatId)
        .filter(({ ended }) => ended)
        .flatMap(({ text }) => questionOf(text).split('\n')),
    );
    count += texts.filter((text) => done.has(text)).length;
  }
  return count;
}

export const sizeOf = (said: Said): number => [...said.values()].reduce((sum, texts) => sum + texts.length, 0);

/** Median, 95th percentile and maximum, for a line of figures. */
export function figures(values: readonly number[]): { readonly p50: number; readonly p95: number; readonly max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** A line of what was measured. */
export const report = (line: string): void => void process.stdout.write(`${line}\n`);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
