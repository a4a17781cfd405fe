import type { Knex } from 'knex';
import { row } from './database';

/** Counts sign-ins that may be guesses, for all gateways together. A window begins with the first one and does not move. */
export const attempts = (db: Knex) => ({
  /**
   * Counts one before it is looked at, so that many at once cannot slip through.
   * @returns how long to wait in milliseconds; 0 lets it through
   */
  async take(key: string, { limit, windowMs }: { readonly limit: number; readonly windowMs: number }, now: Date): Promise<number> {
    const until = new Date(now.getTime() + windowMs);
    const found = await row<{ count: number; until: Date }>(db, TAKE, [key, until, now, now, until]);
    return found && found.count > limit ? Math.max(1, found.until.getTime() - now.getTime()) : 0;
  },

  /** It was no guess. */
  async giveBack(key: string): Promise<void> {
    await db.raw('UPDATE sign_in_attempts SET count = GREATEST(0, count - 1) WHERE key = ?', [key]);
  },

  async forget(key: string): Promise<void> {
    await db.raw('DELETE FROM sign_in_attempts WHERE key = ?', [key]);
  },

  /** Windows that are over. */
  async tidy(now: Date): Promise<void> {
    await db.raw('DELETE FROM sign_in_attempts WHERE until < ?', [now]);
  },
});

const TAKE = `
INSERT INTO sign_in_attempts AS a (key, count, until) VALUES (?, 1, ?)
ON CONFLICT (key) DO UPDATE SET count = CASE WHEN a.until <= ? THEN 1 ELSE a.count + 1 END, until = CASE WHEN a.until <= ? THEN ? ELSE a.until END
RETURNING count, until`;
