import type { Knex } from 'knex';
import { row } from './database';
import { type Accepted, type NewEvent, newEvents } from './new-event';
import type { Route } from './routes';

/** Counts that decide about one event. What is counted is kept only together with the event. */
export interface Counts {
  /**
   * Counts one more and resolves with how many there are. A count begins anew, with 1, once `lastsMs` have passed since it began; without it never.
   * @param subject a person's or a chat's platform id
   * @param at of the event, in milliseconds
   */
  use(kind: string, subject: string, at: number, lastsMs?: number): Promise<number>;
  clear(kind: string, subject: string): Promise<void>;
}

export interface Weighed<Event extends NewEvent> {
  readonly event: Event;
  /** Undefined for an event that was there already. */
  readonly accepted: Accepted | undefined;
}

/** Decisions that depend on what came before: exact however many processes decide at once. */
export const policies = (db: Knex) => ({
  /** Lets counts decide what becomes of an event and writes it, all or nothing: an event that was there already counts for nothing. */
  async insert<Event extends NewEvent>(route: Route, decide: (counts: Counts) => Promise<Event>): Promise<Weighed<Event>> {
    const known = new Error('This event is in the ledger already.');
    let event: Event | undefined;
    try {
      return await db.transaction(async (tx) => {
        event = await decide(countsOf(tx, route));
        const accepted = await newEvents(tx).insert(event);
        if (!accepted) throw known;
        return { event, accepted };
      });
    } catch (error) {
      if (error === known && event) return { event, accepted: undefined };
      throw error;
    }
  },
});

const countsOf = (tx: Knex.Transaction, { integrationId, tenantId, organizationId }: Route): Counts => ({
  async use(kind, subject, at, lastsMs = FOR_EVER_MS) {
    const given = [integrationId, tenantId, organizationId, kind, subject, new Date(at), lastsMs, lastsMs];
    return (await row<{ used: number }>(tx, USE, given))!.used;
  },
  async clear(kind, subject) {
    await tx.raw('DELETE FROM policy_counts WHERE integration_id = ? AND kind = ? AND subject = ?', [integrationId, kind, subject]);
  },
});

const FOR_EVER_MS = 1e12;

const OVER = `EXCLUDED.since >= policy_counts.since + ?::float8 * interval '1 millisecond'`;
const USE = `
INSERT INTO policy_counts (integration_id, tenant_id, organization_id, kind, subject, since, used) VALUES (?, ?, ?, ?, ?, ?, 1)
ON CONFLICT (integration_id, kind, subject) DO UPDATE SET
  used = CASE WHEN ${OVER} THEN 1 ELSE policy_counts.used + 1 END,
  since = CASE WHEN ${OVER} THEN EXCLUDED.since ELSE policy_counts.since END
RETURNING used`;
