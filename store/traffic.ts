import type { Knex } from 'knex';
import { THIS_HOUR } from './budgets';
import { row, rows } from './database';
import type { Scope } from './scope';

/** What came in and went out through one integration in an hour. */
export interface TrafficHour {
  readonly at: Date;
  /** Accepted ones. */
  readonly messages: number;
  /** Answers by how they ended. */
  readonly done: number;
  readonly failed: number;
  readonly stopped: number;
  readonly expired: number;
}

/** What platforms grant for calls, as far as it is leased: each API, and sometimes each chat, has a limit of its own. */
export interface Allowance {
  readonly limits: number;
  /** Of these, used up for the moment. */
  readonly usedUp: number;
  /** Until the last of them is free again, in milliseconds. */
  readonly longestWaitMs: number;
  /** Calls that were granted in this hour of UTC and in the one before; a crash of the database forgets them. */
  readonly callsThisHour: number;
  readonly callsLastHour: number;
}

/** What goes through one integration, counted from the rows themselves. */
export const traffic = (db: Knex) => ({
  /** Whole hours of UTC, oldest first. @param hours the one under way among them */
  byHour: ({ organizationId }: Scope, integrationId: string, hours: number, now: Date): Promise<TrafficHour[]> => {
    // Told as a value: from a subquery Postgres would expect a third of all rows, and read them all.
    const first = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - (hours - 1) * HOUR_MS);
    const of = [organizationId, integrationId, first];
    return rows(db, BY_HOUR, [first, now, ...of, ...of]);
  },

  /** Answers that the platform refused for good in these hours. */
  async undeliverable({ organizationId }: Scope, integrationId: string, since: Date): Promise<number> {
    return (await row<{ count: number }>(db, UNDELIVERABLE, [organizationId, integrationId, since]))!.count;
  },

  async allowance({ organizationId }: Scope, integrationId: string): Promise<Allowance> {
    return (await row<Allowance>(db, ALLOWANCE, [organizationId, integrationId]))!;
  },
});

const HOUR_MS = 3_600_000;

const BY_HOUR = `
WITH hours AS (SELECT at FROM generate_series(?::timestamptz, ?::timestamptz, interval '1 hour') at),
came AS (
  SELECT date_trunc('hour', received_at, 'UTC') AS at, count(*) AS messages FROM events
  WHERE organization_id = ? AND integration_id = ? AND kind = 'message' AND decision = 'accepted' AND received_at >= ? GROUP BY 1),
ended AS (
  SELECT date_trunc('hour', ended_at, 'UTC') AS at, count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'failed') AS failed,
         count(*) FILTER (WHERE state = 'stopped') AS stopped, count(*) FILTER (WHERE state = 'expired') AS expired
  FROM turns WHERE organization_id = ? AND integration_id = ? AND ended_at >= ? GROUP BY 1)
SELECT at, COALESCE(messages, 0) AS messages, COALESCE(done, 0) AS done, COALESCE(failed, 0) AS failed, COALESCE(stopped, 0) AS stopped,
       COALESCE(expired, 0) AS expired
FROM hours LEFT JOIN came USING (at) LEFT JOIN ended USING (at) ORDER BY at`;

const UNDELIVERABLE = `
SELECT count(*) AS count FROM replies WHERE organization_id = ? AND integration_id = ? AND undeliverable AND finished_at >= ?`;

/** A limit beside that of the API which is called: the call is counted there. */
const BESIDE = "b.api LIKE 'chat/%'";

/** Slots of the next second are leased all the time; what lies further ahead has to be waited for. */
const ALLOWANCE = `
SELECT count(*) AS limits, count(*) FILTER (WHERE b.next_at > now() + interval '1 second') AS "usedUp",
       COALESCE(greatest(0, extract(epoch FROM max(b.next_at) - now()) * 1000), 0)::bigint AS "longestWaitMs",
       COALESCE(sum(b.calls) FILTER (WHERE b.counted_hour = ${THIS_HOUR} AND NOT ${BESIDE}), 0)::bigint AS "callsThisHour",
       COALESCE(sum(CASE b.counted_hour WHEN ${THIS_HOUR} THEN b.calls_before WHEN ${THIS_HOUR} - interval '1 hour' THEN b.calls END)
         FILTER (WHERE NOT ${BESIDE}), 0)::bigint AS "callsLastHour"
FROM budgets b JOIN integrations i ON i.id = b.integration_id WHERE i.organization_id = ? AND i.id = ?`;
