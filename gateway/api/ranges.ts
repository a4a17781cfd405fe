import { z } from 'zod';
import type { Range } from '../../store/stats';
import { moment, unfit } from './checking';

const DAY_MS = 86_400_000;
/** Nothing is counted before. */
const EARLIEST = new Date(0);

export const rangeQuery = z.object({
  from: moment.optional().meta({ description: 'A day before `to` unless given' }),
  to: moment.optional().meta({ description: 'Now unless given; not part of it' }),
});

/** @throws Refusal 422 where it ends before it begins, or is longer than `mostDays` */
export function rangeOf({ from, to }: z.output<typeof rangeQuery>, now: Date, mostDays: number): Range {
  const until = to === undefined ? now : new Date(to);
  const since = from === undefined ? new Date(until.getTime() - DAY_MS) : new Date(from);
  if (since < EARLIEST) throw unfit([{ path: 'from', message: 'must not be before 1970' }]);
  if (since >= until) throw unfit([{ path: 'from', message: 'must be before `to`' }]);
  if (until.getTime() - since.getTime() > mostDays * DAY_MS)
    throw unfit([{ path: 'from', message: `may be at most ${mostDays} days before \`to\`` }]);
  return { from: since, to: until };
}
