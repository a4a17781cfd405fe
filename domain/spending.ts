import { wallClock } from './quiet-hours';

export const spendingMeasures = ['tokens', 'answers'] as const;
export const spendingPeriods = ['day', 'month'] as const;
export const spendingActions = ['warn', 'refuse'] as const;

/** How much may be used in a day or month, and of whose use it is the limit: of all that fits everything that is given, of everything where nothing is. */
export interface SpendingLimit {
  readonly id: string;
  readonly name: string;
  /** Tokens both ways, or answers that were given. */
  readonly measure: (typeof spendingMeasures)[number];
  readonly amount: number;
  readonly period: (typeof spendingPeriods)[number];
  /** IANA name: where days and months begin. */
  readonly timeZone: string;
  /** Administrators are told in either case. */
  readonly action: (typeof spendingActions)[number];
  readonly expertId: string | null;
  readonly integrationId: string | null;
  readonly department: string | null;
  /** A user, or one identity on a platform. */
  readonly personId: string | null;
  /** Counted for everybody alone rather than for all together. */
  readonly eachPerson: boolean;
  readonly enabled: boolean;
}

/** A day or month of a place, from its first moment to the first moment of the next. */
export interface SpendingPeriod {
  readonly from: Date;
  readonly to: Date;
}

/** Who asks, as limits know people. */
export interface Spender {
  readonly personId: string;
  readonly userId: string;
  readonly department?: string | undefined;
}

/** Percent of the amount at which somebody is told; 0 below all of them. */
export type SpendingLevel = 0 | 80 | 100;

/** Whether a limit counts what this person uses; expert and integration fit already. */
export function isCounted({ personId, department }: SpendingLimit, spender: Spender): boolean {
  const isMeant = personId === null || personId === spender.personId || personId === spender.userId;
  return isMeant && (department === null || department === spender.department);
}

export function levelOf(used: number, amount: number): SpendingLevel {
  if (used >= amount) return 100;
  return used >= amount * 0.8 ? 80 : 0;
}

/** The day or month that a moment belongs to, by the calendar of the place; of a place that no calendar knows, by UTC. */
export function periodOf({ period, timeZone }: Pick<SpendingLimit, 'period' | 'timeZone'>, at: Date): SpendingPeriod {
  const local = wallClock(timeZone, at.getTime());
  const zone = local ? timeZone : 'UTC';
  const day = new Date(local?.day ?? at.getTime());
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()];
  const [first, next] =
    period === 'day'
      ? [Date.UTC(year, month, date), Date.UTC(year, month, date + 1)]
      : [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
  return { from: new Date(beginOf(first, zone)), to: new Date(beginOf(next, zone)) };
}

const DAY_MS = 86_400_000;

/** The first moment of a day, which is not always midnight. @param day its midnight read as UTC */
function beginOf(day: number, timeZone: string): number {
  const offsetAt = (at: number): number => {
    const { day: date, minutes } = wallClock(timeZone, at)!;
    return date + minutes * 60_000 - Math.floor(at / 60_000) * 60_000;
  };
  const candidates = [day - offsetAt(day - DAY_MS), day - offsetAt(day + DAY_MS)].sort((a, b) => a - b);
  return candidates.find((at) => wallClock(timeZone, at)!.day === day) ?? candidates[1]!;
}

/** When a period is over, by the clock of its place: `2026-12-01 00:00 (Asia/Shanghai)`. */
export function resetText({ to }: SpendingPeriod, timeZone: string): string {
  const local = wallClock(timeZone, to.getTime());
  const text = new Date(local ? local.day + local.minutes * 60_000 : to).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} (${local ? timeZone : 'UTC'})`;
}
