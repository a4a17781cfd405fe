export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** When nobody is answered, by the wall clock of a place. */
export interface QuietHours {
  /** IANA name, such as `Asia/Shanghai`. */
  readonly timeZone: string;
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, at most `24:00`; not later than `from` means on the next day. */
  readonly to: string;
  /** Days on which they begin. */
  readonly days: readonly Weekday[];
  /** Whoever writes is told, once per quiet period. */
  readonly notice: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The day on which the quiet period began that a moment falls into, as milliseconds of its midnight read as UTC; undefined outside of quiet hours.
 * By the calendar of the place, so that a change of its clocks moves nothing.
 */
export function quietSince({ timeZone, from, to, days }: QuietHours, at: number): number | undefined {
  const local = wallClock(timeZone, at);
  if (!local) return undefined;
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  const beginsOn = (day: number): boolean => days.includes(weekdays[(new Date(day).getUTCDay() + 6) % 7]!);
  const { day, minutes } = local;
  if (ends > begins) return minutes >= begins && minutes < ends && beginsOn(day) ? day : undefined;
  if (minutes >= begins && beginsOn(day)) return day;
  return minutes < ends && beginsOn(day - DAY_MS) ? day - DAY_MS : undefined;
}

export function isTimeZone(name: string): boolean {
  try {
    return name !== '' && clockOf(name) !== undefined;
  } catch {
    return false;
  }
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** A day, as its midnight read as UTC, and minutes since then, as clocks show them. Undefined for places and moments that no calendar knows. */
export function wallClock(timeZone: string, at: number): { readonly day: number; readonly minutes: number } | undefined {
  if (!Number.isFinite(at) || Math.abs(at) > 8e15 || !isTimeZone(timeZone)) return undefined;
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return { day: Date.UTC(of('year'), of('month') - 1, of('day')), minutes: of('hour') * 60 + of('minute') };
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one is slow, using it is not. @throws RangeError for an unknown place */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  clocks.set(timeZone, made);
  return made;
}
