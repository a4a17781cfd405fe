import type { Knex } from 'knex';
import { row } from './database';

/**
 * One allowance per integration and API, as slots in time: the row holds when the next call may go out, a lease moves it on.
 * All processes lease from the same row, so together they never exceed the rate, whatever window is looked at.
 */
export const budgets = (db: Knex) => ({
  /** Leases consecutive slots. Resolves with how far off the first of them is, in milliseconds: below 0 for one that was missed and may be made up for. */
  async lease(integrationId: string, api: string, { count, spacingMs, missed = 0, calls = count }: Lease): Promise<number> {
    const [whole, madeUp] = [count * spacingMs, missed * spacingMs];
    const leased = await row<{ wait: number }>(db, LEASE, [integrationId, api, whole - madeUp, calls, madeUp, whole, whole]);
    return leased!.wait;
  },

  /** Forgets the allowances of single chats in which nothing was said for so long. */
  async forgetChats(untouchedMs: number): Promise<void> {
    await db.raw(
      `DELETE FROM budgets WHERE (api LIKE 'chat/%' OR api LIKE 'message/%') AND next_at < now() - ? * interval '1 millisecond'`,
      [untouchedMs],
    );
  },

  /** Nobody calls this API for so long. */
  async pause(integrationId: string, api: string, ms: number): Promise<void> {
    await db.raw(PAUSE, [integrationId, api, ms]);
  },
});

export interface Lease {
  readonly count: number;
  /** From one slot to the next. */
  readonly spacingMs: number;
  /** So many slots that nobody used may be made up for; default: none. */
  readonly missed?: number;
  /** What is counted for the hour under way; default: all. Less where slots leased before were not used. */
  readonly calls?: number;
}

/** Begins of hours, as calls are counted by. */
export const THIS_HOUR = "date_trunc('hour', now(), 'UTC')";

/** Calls are counted in the write that grants them, so that the count costs no write of its own. */
const LEASE = `
INSERT INTO budgets AS b (integration_id, api, next_at, counted_hour, calls) VALUES (?, ?, clock_timestamp() + ? * interval '1 millisecond', ${THIS_HOUR}, ?)
ON CONFLICT (integration_id, api) DO UPDATE SET next_at = GREATEST(b.next_at, clock_timestamp() - ? * interval '1 millisecond') + ? * interval '1 millisecond',
  counted_hour = EXCLUDED.counted_hour, calls = EXCLUDED.calls + CASE WHEN b.counted_hour = EXCLUDED.counted_hour THEN b.calls ELSE 0 END,
  calls_before = CASE b.counted_hour WHEN EXCLUDED.counted_hour THEN b.calls_before WHEN EXCLUDED.counted_hour - interval '1 hour' THEN b.calls ELSE 0 END
RETURNING (extract(epoch FROM next_at - clock_timestamp()) * 1000 - ?::float8)::float8 AS wait`;

const PAUSE = `
INSERT INTO budgets AS b (integration_id, api, next_at) VALUES (?, ?, clock_timestamp() + ? * interval '1 millisecond')
ON CONFLICT (integration_id, api) DO UPDATE SET next_at = GREATEST(b.next_at, EXCLUDED.next_at)`;
