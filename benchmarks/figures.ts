/** One line of the report. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  /** What it should be, and whether it is. */
  readonly target?: string;
  readonly met?: boolean;
}

/** Between an answer and the next message of a chat, in milliseconds: long enough that the turn is over, as it is before anybody has read an answer. */
export const THINK_MS = 200;

/** Between two messages of which each is measured alone, in milliseconds. */
export const PAUSE_MS = 100;

/** The value below which a share of all lies; `values` need not be sorted. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
