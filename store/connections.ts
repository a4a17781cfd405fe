import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ConnectionRecord, IncidentKind, LastError } from '../domain/connection';
import { row, rows } from './database';
import { exactTime, type Listed, type Scope } from './scope';

export interface Incident {
  readonly id: string;
  readonly at: Date;
  readonly kind: IncidentKind;
  readonly reason: string | null;
  readonly by: string | null;
  readonly durationSeconds: number | null;
}

/** A link with the integration that it belongs to. */
export interface LinkRow extends ConnectionRecord {
  readonly integrationId: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly enabled: boolean;
  /** Of the integration's settings. */
  readonly changedAt: Date;
  readonly lastIncidentId: string | null;
}

/** The live links as they report themselves, and the story of what befell them. Whoever listens on `status` hears whose have changed. */
export const connections = (db: Knex) => ({
  find: (integrationId: string): Promise<ConnectionRecord | undefined> => row<ConnectionRecord>(db, FIND, [integrationId]),

  /** Every link there is, for the metrics. */
  all: () => rows<ConnectionRecord & { integrationId: string; channel: string; mode: string }>(db, ALL),

  /** Every link of an organization, the oldest integration first. */
  ofOrganization: (scope: Scope): Promise<LinkRow[]> => rows<LinkRow>(db, OF_ORGANIZATION, [scope.organizationId]),

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
    const was = await row<{ lostSeconds: number | null }>(db, CONNECTED, [integrationId, epoch]);
    return was && { lostSeconds: was.lostSeconds };
  },

  async eventReceived(integrationId: string): Promise<void> {
    await db.raw('UPDATE connections SET last_event_at = now() WHERE integration_id = ?', [integrationId]);
  },

  /** The platform called, and the channel verified the call with the settings of this version; a call that ends late does not outdo newer settings. */
  async called(integrationId: string, version: number): Promise<void> {
    await db.raw(
      'UPDATE connections SET last_call_at = now(), last_call_version = ? WHERE integration_id = ? AND COALESCE(last_call_version, 0) <= ?',
      [version, integrationId, version],
    );
  },

  /** The link is gone: counts the failure and remembers why. Undefined when another process holds it now. */
  async failed(
    integrationId: string,
    epoch: number,
    error: LastError,
    parked: boolean,
  ): Promise<{ failures: number; logins: Date[]; wasConnected: boolean } | undefined> {
    return row(db, FAILED, [integrationId, epoch, JSON.stringify(error), parked, parked]);
  },

  /** Chats in which something was said lately, the liveliest first. `key` is what the trigger told them apart by. */
  recentChats: (integrationId: string, withinSeconds: number, limit: number) =>
    rows<{ key: string; chatId: string; kind: 'private' | 'group' }>(
      db,
      `SELECT key, platform_chat_id AS "chatId", kind FROM chats
       WHERE integration_id = ? AND last_event_at > now() - ? * interval '1 second' ORDER BY last_event_at DESC LIMIT ?`,
      [integrationId, withinSeconds, limit],
    ),

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
       c.last_call_at AS "lastCallAt", c.last_call_version AS "lastCallVersion", c.last_error AS "lastError", c.failures, now() AS now FROM connections c`;
const FIND = `${RECORD} WHERE c.integration_id = ?`;
const ALL = `SELECT record.*, i.channel, i.mode FROM (${RECORD}) record JOIN integrations i ON i.id = record."integrationId" WHERE i.deleted_at IS NULL`;

const OF_ORGANIZATION = `
SELECT record.*, i.name, i.channel, i.mode, i.enabled, i.updated_at AS "changedAt",
       (SELECT n.id FROM incidents n WHERE n.integration_id = i.id ORDER BY n.at DESC, n.id DESC LIMIT 1) AS "lastIncidentId"
FROM (${RECORD}) record JOIN integrations i ON i.id = record."integrationId"
WHERE i.organization_id = ? AND i.deleted_at IS NULL ORDER BY i.created_at, i.id`;

/** @param organization the column that holds it */
const announce = (organization: string): string => `pg_notify('status', ${organization}::text)`;

const ACQUIRE = `
UPDATE connections SET epoch = epoch + 1, owner = ?, logins = (logins || now())[greatest(1, cardinality(logins) - 1):]
WHERE integration_id = ? AND (cardinality(logins) = 0 OR logins[cardinality(logins)] <= ?::timestamptz) RETURNING epoch`;

const CONNECTED = `
UPDATE connections c SET since = CASE WHEN c.state = 'connected' THEN c.since ELSE now() END, state = 'connected', parked = false, proven_at = now(), lost_at = NULL
FROM (SELECT lost_at, integration_id FROM connections WHERE integration_id = ? AND epoch = ?) old
WHERE c.integration_id = old.integration_id RETURNING extract(epoch FROM now() - old.lost_at)::float8 AS "lostSeconds", ${announce('c.organization_id')}`;

const FAILED = `
WITH old AS (SELECT * FROM connections WHERE integration_id = ? AND epoch = ? FOR UPDATE)
UPDATE connections c SET state = 'connecting', last_error = ?::jsonb, parked = ?::boolean, lost_at = COALESCE(old.lost_at, now()), proven_at = NULL,
  since = CASE WHEN old.state = 'connected' OR (?::boolean AND NOT old.parked) THEN now() ELSE old.since END,
  failures = CASE WHEN old.state = 'connected' AND old.since < now() - interval '1 minute' THEN 1 ELSE old.failures + 1 END
FROM old WHERE c.integration_id = old.integration_id
RETURNING c.failures, c.logins, (old.state = 'connected') AS "wasConnected", ${announce('c.organization_id')}`;

const SET_STATE = `
UPDATE connections SET state = ?, parked = false, since = now(), proven_at = NULL, lost_at = NULL, failures = 0 WHERE integration_id = ?
RETURNING ${announce('organization_id')}`;

const INCIDENT = `
INSERT INTO incidents (id, tenant_id, organization_id, integration_id, kind, reason, by, duration_seconds)
SELECT ?, tenant_id, organization_id, id, ?, ?, ?, ? FROM integrations WHERE id = ? RETURNING ${announce('organization_id')}`;
