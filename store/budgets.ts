import type { Knex } from 'knex';
import { row } from './database';

/**
 * One allowance per integration and API, as slots in time: the row holds when the next call may go out, a lease moves it on.
 * All processes lease from the same row, so together they never exceed the rate, whatever window is looked at.
 */
export const budgets = (db: Knex) => ({
  /** Leases `count` consecutive slots, `spacingMs` apart. Resolves with how long to wait for the first of them, in milliseconds. */
  async lease(integrationId: string, api: string, count: number, spacingMs: number): Promise<number> {
    const leased = await row<{ wait: number }>(db, LEASE, [integrationId, api, count * spacingMs, count * spacingMs, count * spacingMs]);
    return leased!.wait;
  },

  /** Nobody calls this API for so long. */
  async pause(integrationId: string, api: string, ms: number): Promise<void> {
    await db.raw(PAUSE, [integrationId, api, ms]);
  },
});

const LEASE = `
INSERT INTO budgets AS b (integration_id, api, next_at) VALUES (?, ?, clock_timestamp() + ? * interval '1 millisecond')
ON CONFLICT (integration_id, api) DO UPDATE SET next_at = GREATEST(b.next_at, clock_timestamp()) + ? * interval '1 millisecond'
RETURNING GREATEST(0, extract(epoch FROM next_at - clock_timestamp()) * 1000 - ?::float8)::float8 AS wait`;

const PAUSE = `
INSERT INTO budgets AS b (integration_id, api, next_at) VALUES (?, ?, clock_timestamp() + ? * interval '1 millisecond')
ON CONFLICT (integration_id, api) DO UPDATE SET next_at = GREATEST(b.next_at, EXCLUDED.next_at)`;
