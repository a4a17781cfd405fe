import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ConnectionRecord, IncidentKind, LastError } from '../domain/connection';
import { row, rows } from './database';
import { exactTime, type Listed } from './scope';

export interface Incident {
  readonly id: string;
  readonly at: Date;
  readonly kind: IncidentKind;
  readonly reason: string | null;
  readonly by: string | null;
  readonly durationSeconds: number | null;
}

/** The live links as they report themselves, and the story of what befell them. */
export const connections = (db: Knex) => ({
  find: (integrationId: string): Promise<ConnectionRecord | undefined> => row<ConnectionRecord>(db, FIND, [integrationId]),

  /** Every link there is, for the metrics. */
  all: () => rows<ConnectionRecord & { integrationId: string; channel: string; mode: string }>(db, ALL),

  /**
   * A process begins to hold the link: from now on only writes with this epoch count.
   * @param since when it was told to. Resolves undefined when another process began after that: then its task reached it too late
   */
  async acquire(integrationId: string, owner: string, since?: Date): Promise<number | undefined> {
    return (await row<{ epoch: number }>(db, ACQUIRE, [owner, integrationId, since ?? 'infinity']))?.epoch;
  },

  /** The link was proven alive by something received. False when another process holds it now. */
  async prove(integrationId: string, epoch: number): Promise<boolean> {
    return (
      (await row(db, 'UPDATE connections SET proven_at = now() WHERE integration_id = ? AND epoch = ? RETURNING epoch', [
        integrationId,
        epoch,
      ])) !== undefined
    );
  },

  /** The platform let us in. Resolves how long the link had been lost, in seconds, if it had. */
  async connected(integrationId: string, epoch: number): Promise<{ lostSeconds: number | null } | undefined> {
    return row(db, CONNECTED, [integrationId, epoch]);
  },

  async eventReceived(integrationId: string): Promise<void> {
    await db.raw('UPDATE connections SET last_event_at = now() WHERE integration_id = ?', [integrationId]);
  },

  /** The link is gone: counts the failure and remembers why. */
  async failed(
    integrationId: string,
    error: LastError,
    parked: boolean,
    countsAsFailure: boolean,
  ): Promise<{ failures: number; logins: Date[]; wasConnected: boolean } | undefined> {
    return row(db, FAILED, [integrationId, JSON.stringify(error), parked, countsAsFailure]);
  },

  async setState(integrationId: string, state: 'connecting' | 'disabled'): Promise<void> {
    await db.raw(SET_STATE, [state, integrationId]);
  },

  async addIncident(
    integrationId: string,
    kind: IncidentKind,
    details: { reason?: string; by?: string; durationSeconds?: number } = {},
  ): Promise<void> {
    await db.raw(INCIDENT, [
      randomUUID(),
      kind,
      details.reason ?? null,
      details.by ?? null,
      details.durationSeconds ?? null,
      integrationId,
    ]);
  },

  /** Newest first, after the given one. */
  incidents: (
    organizationId: string,
    integrationId: string,
    before: { time: Date | string; id: string },
    limit: number,
  ): Promise<Listed<Incident>[]> =>
    rows<Listed<Incident>>(
      db,
      `SELECT id, at, kind, reason, by, duration_seconds AS "durationSeconds", ${exactTime('at')} AS "listedAt" FROM incidents
       WHERE organization_id = ? AND integration_id = ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`,
      [organizationId, integrationId, before.time, before.id, limit],
    ),
});

const RECORD = `
SELECT c.integration_id AS "integrationId", c.epoch, c.owner, c.state, c.parked, c.since, c.proven_at AS "provenAt", c.last_event_at AS "lastEventAt",
       c.last_error AS "lastError", c.failures, now() AS now FROM connections c`;
const FIND = `${RECORD} WHERE c.integration_id = ?`;
const ALL = `SELECT record.*, i.channel, i.mode FROM (${RECORD}) record JOIN integrations i ON i.id = record."integrationId" WHERE i.deleted_at IS NULL`;

const ACQUIRE = `
UPDATE connections SET epoch = epoch + 1, owner = ?, logins = (logins || now())[greatest(1, cardinality(logins) - 1):]
WHERE integration_id = ? AND (cardinality(logins) = 0 OR logins[cardinality(logins)] <= ?::timestamptz) RETURNING epoch`;

const CONNECTED = `
UPDATE connections c SET since = CASE WHEN c.state = 'connected' THEN c.since ELSE now() END, state = 'connected', parked = false, proven_at = now(), lost_at = NULL
FROM (SELECT lost_at, integration_id FROM connections WHERE integration_id = ? AND epoch = ?) old
WHERE c.integration_id = old.integration_id RETURNING extract(epoch FROM now() - old.lost_at)::float8 AS "lostSeconds"`;

const FAILED = `
WITH old AS (SELECT * FROM connections WHERE integration_id = ? FOR UPDATE)
UPDATE connections c SET state = 'connecting', last_error = ?::jsonb, parked = ?::boolean, lost_at = COALESCE(old.lost_at, now()), proven_at = NULL,
  since = CASE WHEN old.state = 'connected' OR NOT old.parked THEN now() ELSE old.since END,
  failures = CASE WHEN NOT ?::boolean THEN old.failures
                  WHEN old.state = 'connected' AND old.since < now() - interval '1 minute' THEN 1 ELSE old.failures + 1 END
FROM old WHERE c.integration_id = old.integration_id
RETURNING c.failures, c.logins, (old.state = 'connected') AS "wasConnected"`;

const SET_STATE = `
UPDATE connections SET state = ?, parked = false, since = now(), proven_at = NULL, lost_at = NULL, failures = 0 WHERE integration_id = ?`;

const INCIDENT = `
INSERT INTO incidents (id, tenant_id, organization_id, integration_id, kind, reason, by, duration_seconds)
SELECT ?, tenant_id, organization_id, id, ?, ?, ?, ? FROM integrations WHERE id = ?`;
