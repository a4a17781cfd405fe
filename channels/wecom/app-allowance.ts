import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import type { Memory } from '../channel';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** WeCom drops in silence what is beyond 30 messages a minute and 1000 an hour from one application to one person. */
const A_MINUTE = 30;
const AN_HOUR = 1000;
/** How long WeCom compares a message with earlier ones where it is asked to. */
export const COMPARED_SECONDS = 1800;
// WeCom counts a message when it arrives, which is a little later than when its place is taken here.
const WINDOW_MS = MINUTE_MS + 5000;
const TRIES = 8;

interface SentOnce {
  readonly at: number;
  readonly print: string;
  readonly key: string;
}

interface Allowance {
  /** The messages of the last half hour. */
  readonly recent: readonly SentOnce[];
  /** How many were sent in each minute of the last hour, by the minute's number. */
  readonly minutes: Readonly<Record<string, number>>;
}

/**
 * Takes a place for one message to one person, shared by all processes. Throws `rate_limited` with the time to wait when there is none.
 * Resolves with whether WeCom may be asked to drop the message as a repetition: not when the same words went out for something else lately.
 */
export async function takePlace(
  memory: Memory,
  personId: string,
  message: { key: string; content: string },
  now: number,
): Promise<boolean> {
  const at = `member/${personId}`;
  const print = createHash('sha256').update(message.content).digest('base64url').slice(0, 16);
  for (let left = TRIES; left > 0; left--) {
    const known = await memory.get<Allowance>(at);
    const recent = (known?.recent ?? []).filter((each) => now - each.at < COMPARED_SECONDS * 1000);
    const minutes = Object.fromEntries(
      Object.entries(known?.minutes ?? {}).filter(([minute]) => (Number(minute) + 1) * MINUTE_MS > now - HOUR_MS),
    );
    checkLimits(recent, minutes, now);
    const minute = String(Math.floor(now / MINUTE_MS));
    const next: Allowance = {
      recent: [...recent, { at: now, print, key: message.key }],
      minutes: { ...minutes, [minute]: (minutes[minute] ?? 0) + 1 },
    };
    if (await memory.compareAndSet(at, known, next)) return !recent.some((each) => each.print === print && each.key !== message.key);
  }
  throw new ChannelError('busy', 'Too many messages go to this person at the same time; try again.', { retryable: true });
}

function checkLimits(recent: readonly SentOnce[], minutes: Readonly<Record<string, number>>, now: number): void {
  const inMinute = recent.filter((each) => now - each.at < WINDOW_MS);
  if (inMinute.length >= A_MINUTE) throw tooMany(inMinute[inMinute.length - A_MINUTE]!.at + WINDOW_MS - now);
  const inHour = Object.values(minutes).reduce((sum, count) => sum + count, 0);
  if (inHour >= AN_HOUR) throw tooMany((Math.min(...Object.keys(minutes).map(Number)) + 1) * MINUTE_MS + HOUR_MS - now);
}

const tooMany = (waitMs: number): ChannelError =>
  new ChannelError('rate_limited', 'WeCom takes 30 messages a minute and 1000 an hour from one application to one person.', {
    retryable: true,
    retryAfterMs: Math.max(1, waitMs),
  });
