import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { AlertChannel, AlertEnd, AlertKind, AlertPhase } from '../domain/alert';
import type { Language } from '../domain/language';
import { type Watching, watchAlerts } from './alert-watch';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { type Opened, opened, type Secrets } from './secrets';

/** Who is told, of what, and when it counts. */
export interface Alert extends Opened {
  readonly id: string;
  readonly name: string;
  readonly channel: AlertChannel;
  readonly kinds: readonly AlertKind[];
  readonly language: Language;
  /** An integration that is not connected for so long is down. */
  readonly downAfterSeconds: number;
  /** An expert whose last so many answers all failed is failing. */
  readonly failuresInRow: number;
  readonly enabled: boolean;
  readonly createdAt: Date;
}

export type AlertFields = Omit<Alert, 'id' | 'createdAt' | 'unreadable'>;
/** Without `config` the settings stay as they were, sealed. */
export type SavedAlert = Omit<AlertFields, 'config'> & Partial<Pick<AlertFields, 'config'>>;

/** One message about one incident. */
export interface AlertDelivery {
  readonly id: string;
  readonly phase: AlertPhase;
  readonly state: 'pending' | 'sent' | 'failed';
  readonly attempts: number;
  /** What went wrong last. */
  readonly error: string | null;
  /** The next try, while it is pending. */
  readonly nextAt: Date;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly kind: AlertKind | null;
  readonly subjectId: string | null;
  readonly subjectName: string | null;
  readonly since: Date | null;
  readonly endedAt: Date | null;
}

/** The same with the rule that sends it. */
export interface RuledDelivery extends AlertDelivery {
  readonly alertId: string;
  readonly rule: string;
  readonly channel: AlertChannel;
  /** Opened settings of the rule as they are now; empty where they cannot be opened, for that is what the error tells of. */
  readonly config: Alert['config'];
}

/** A delivery with everything that is needed to make it. */
export interface DueDelivery extends Pick<AlertDelivery, 'id' | 'phase' | 'attempts' | 'createdAt' | 'kind' | 'subjectId' | 'subjectName'> {
  readonly rule: string;
  readonly channel: AlertChannel;
  /** Opens the rule's settings. Throws a ConfigError where the key is gone that they were sealed with. */
  readonly config: () => Alert['config'];
  /** Another process would have to send it, for the link is not held by this one; it has waited for that too long. */
  readonly linkAway: boolean;
  readonly language: Language;
  readonly organizationId: string;
  readonly organization: string;
  readonly incidentId: string | null;
  readonly reason: string | null;
  readonly since: Date | null;
  readonly endedAt: Date | null;
  readonly endedBy: AlertEnd | null;
}

/** Rules, what befell, and every message about it. */
export const alerts = (db: Knex, secrets: Secrets) => {
  const open = <T extends { readonly config: string }>(found: T) => opened(secrets, found);
  return {
    get: async (scope: Scope, id: string): Promise<Alert | undefined> => {
      const found = await row<Row>(db, `SELECT ${COLUMNS} FROM alerts WHERE organization_id = ? AND id = ?`, [scope.organizationId, id]);
      return found && open(found);
    },

    list: async (scope: Scope, page: Page): Promise<Listed<Alert>[]> => {
      const sql = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM alerts
        WHERE organization_id = ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`;
      return (await rows<Listed<Row>>(db, sql, [scope.organizationId, page.afterTime, page.afterId, page.limit])).map(open);
    },

    /** The same; until the caller's transaction ends nobody else changes it. */
    hold: async (scope: Scope, id: string): Promise<Alert | undefined> => {
      const found = await row<Row>(db, `SELECT ${COLUMNS} FROM alerts WHERE organization_id = ? AND id = ? FOR UPDATE`, [
        ...[scope.organizationId, id],
      ]);
      return found && open(found);
    },

    async create(scope: Scope, fields: AlertFields): Promise<Alert> {
      const id = randomUUID();
      await db.raw(
        `INSERT INTO alerts (name, channel, config, through, kinds, language, down_after_seconds, failures_in_row, enabled, id, tenant_id, organization_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [...values(secrets, fields), id, scope.tenantId, scope.organizationId],
      );
      return (await this.get(scope, id))!;
    },

    async save(scope: Scope, id: string, fields: SavedAlert): Promise<Alert | undefined> {
      await db.raw(
        `UPDATE alerts SET name = ?, channel = ?, config = COALESCE(?, config), through = COALESCE(?, through), kinds = ?, language = ?, down_after_seconds = ?, failures_in_row = ?, enabled = ?, updated_at = now()
         WHERE organization_id = ? AND id = ?`,
        [...values(secrets, fields), scope.organizationId, id],
      );
      return await this.get(scope, id);
    },

    async remove(scope: Scope, id: string): Promise<void> {
      await db.raw('DELETE FROM alerts WHERE organization_id = ? AND id = ?', [scope.organizationId, id]);
    },

    /** Newest first. */
    deliveries: (scope: Scope, alertId: string, before: { time: Date | string; id: string }, limit: number) =>
      rows<Listed<AlertDelivery>>(
        db,
        `${DELIVERY} AND d.alert_id = ? AND (d.created_at, d.id) < (?, ?) ORDER BY d.created_at DESC, d.id DESC LIMIT ?`,
        [scope.organizationId, alertId, before.time, before.id, limit],
      ),

    /** Of all rules, newest first. @param state only those that stand so */
    async everyDelivery(
      scope: Scope,
      state: AlertDelivery['state'] | undefined,
      before: { time: Date | string; id: string },
      limit: number,
    ): Promise<Listed<RuledDelivery>[]> {
      const { organizationId } = scope;
      const found = await rows<Sealed<Listed<RuledDelivery>>>(db, EVERY_DELIVERY, [
        ...[organizationId, state ?? null, state ?? null, before.time, before.id, limit, organizationId, limit],
      ]);
      return found.map(open);
    },

    delivery: (scope: Scope, id: string) => row<Listed<AlertDelivery>>(db, `${DELIVERY} AND d.id = ?`, [scope.organizationId, id]),

    /** Has a message sent that says nothing but that it arrives. Resolves with its id. */
    async test(scope: Scope, alertId: string): Promise<string> {
      const id = randomUUID();
      await db.raw("INSERT INTO alert_deliveries (id, tenant_id, organization_id, alert_id, phase) VALUES (?, ?, ?, ?, 'test')", [
        ...[id, scope.tenantId, scope.organizationId, alertId],
      ]);
      return id;
    },

    /** Opens an incident, with its message, for every trouble that has none, and ends those that are over. Safe to call from anywhere at any time. */
    watch: (watching: Watching): Promise<void> => watchAlerts(db, watching),

    /**
     * Takes messages that are due for a minute, so that nobody else sends them meanwhile.
     * @param linked `channel/mode` of what can only be said by the process that holds the link
     * @param longestMs how long a message waits for such a process; then anybody takes it
     */
    async due(processName: string, linked: readonly string[], longestMs: number, limit: number): Promise<DueDelivery[]> {
      const found = await rows<Sealed<DueDelivery>>(db, DUE, [linked as string[], processName, longestMs, limit]);
      // Each on its own, when it is sent: one that cannot be opened must hold up no other.
      return found.map((one) => ({ ...one, config: () => secrets.open<Alert['config']>(one.config) }));
    },

    async sent(id: string): Promise<void> {
      await db.raw("UPDATE alert_deliveries SET state = 'sent', error = NULL, sent_at = now() WHERE id = ?", [id]);
    },

    /** @param againInMs undefined = never */
    async failed(id: string, error: string, againInMs: number | undefined): Promise<void> {
      await db.raw("UPDATE alert_deliveries SET state = ?, error = ?, next_at = now() + ? * interval '1 millisecond' WHERE id = ?", [
        ...[againInMs === undefined ? 'failed' : 'pending', error, againInMs ?? 0, id],
      ]);
    },
  };
};

const values = (secrets: Secrets, { name, channel, config, kinds, language, downAfterSeconds, failuresInRow, enabled }: SavedAlert) => [
  ...[name, channel, config ? secrets.seal(config) : null, through(config ?? {}), [...kinds], language],
  ...[downAfterSeconds, failuresInRow, enabled],
];

/** The integration in whose chat it is said. */
const through = ({ integrationId }: Alert['config']): string | null => (typeof integrationId === 'string' ? integrationId : null);

type Sealed<T> = Omit<T, keyof Opened> & { readonly config: string };
type Row = Sealed<Alert>;

const COLUMNS = `id, name, channel, config, kinds, language, down_after_seconds AS "downAfterSeconds", failures_in_row AS "failuresInRow", enabled, created_at AS "createdAt"`;

const DELIVERY = `
SELECT d.id, d.phase, d.state, d.attempts, d.error, d.next_at AS "nextAt", d.created_at AS "createdAt", d.sent_at AS "sentAt", ${exactTime('d.created_at')} AS "listedAt",
       n.kind, n.subject_id AS "subjectId", n.subject_name AS "subjectName", n.since, n.ended_at AS "endedAt"
FROM alert_deliveries d LEFT JOIN alert_incidents n ON n.id = d.incident_id WHERE d.organization_id = ?`;

/** Rule by rule, for there is an index of each rule's messages. */
const EVERY_DELIVERY = `
SELECT m.*, a.id AS "alertId", a.name AS rule, a.channel, a.config FROM alerts a CROSS JOIN LATERAL (
  ${DELIVERY} AND d.alert_id = a.id AND (?::text IS NULL OR d.state = ?) AND (d.created_at, d.id) < (?, ?) ORDER BY d.created_at DESC, d.id DESC LIMIT ?) m
WHERE a.organization_id = ? ORDER BY m."listedAt" DESC, m.id DESC LIMIT ?`;

/** What an incident's beginning waits for, its end waits for too. */
const DUE = `
WITH taken AS (
  SELECT d.id, l.away FROM alert_deliveries d JOIN alerts a ON a.id = d.alert_id CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT 1 FROM integrations i JOIN connections c ON c.integration_id = i.id
    WHERE i.id = a.through AND i.enabled AND i.deleted_at IS NULL AND i.channel || '/' || i.mode = ANY(?)
      AND (c.state <> 'connected' OR c.owner IS DISTINCT FROM ?)) AS away) l
  WHERE d.state = 'pending' AND d.next_at <= now()
    AND NOT EXISTS (SELECT 1 FROM alert_deliveries e WHERE e.incident_id = d.incident_id AND e.phase = 'raised' AND d.phase = 'recovered' AND e.state = 'pending')
    AND (NOT l.away OR d.created_at < now() - ? * interval '1 millisecond')
  ORDER BY d.next_at LIMIT ? FOR UPDATE OF d SKIP LOCKED),
made AS (
  UPDATE alert_deliveries d SET attempts = d.attempts + 1, next_at = now() + interval '1 minute' FROM taken WHERE d.id = taken.id RETURNING d.*, taken.away)
SELECT d.id, d.phase, d.away AS "linkAway", d.attempts, d.created_at AS "createdAt", d.organization_id AS "organizationId", d.incident_id AS "incidentId",
       a.name AS rule, a.channel, a.config, a.language, o.name AS organization, n.kind, n.subject_id AS "subjectId", n.subject_name AS "subjectName",
       n.reason, n.since, n.ended_at AS "endedAt", n.ended_by AS "endedBy"
FROM made d JOIN alerts a ON a.id = d.alert_id JOIN organizations o ON o.id = d.organization_id LEFT JOIN alert_incidents n ON n.id = d.incident_id
ORDER BY d.created_at`;
