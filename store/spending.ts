import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { SpendingLevel, SpendingLimit, SpendingPeriod } from '../domain/spending';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';

export interface StoredLimit extends SpendingLimit {
  readonly createdAt: Date;
  /** Of the person it is for. */
  readonly person: string | null;
}

export type SpendingLimitFields = Omit<SpendingLimit, 'id'>;

/** Limits on what is used, and what was used: counted from the turns themselves. */
export const spending = (db: Knex) => ({
  get: (scope: Scope, id: string): Promise<StoredLimit | undefined> =>
    row(db, `SELECT ${SHOWN} FROM spending_limits l WHERE l.organization_id = ? AND l.id = ?`, [scope.organizationId, id]),

  /** The same; until the caller's transaction ends nobody else changes it. */
  hold: (scope: Scope, id: string): Promise<StoredLimit | undefined> =>
    row(db, `SELECT ${SHOWN} FROM spending_limits l WHERE l.organization_id = ? AND l.id = ? FOR UPDATE OF l`, [scope.organizationId, id]),

  /** Oldest first. */
  list: (scope: Scope, page: Page): Promise<Listed<StoredLimit>[]> =>
    rows(
      db,
      `SELECT ${SHOWN}, ${exactTime('l.created_at')} AS "listedAt" FROM spending_limits l
       WHERE l.organization_id = ? AND (l.created_at, l.id) > (?, ?) ORDER BY l.created_at, l.id LIMIT ?`,
      [scope.organizationId, page.afterTime, page.afterId, page.limit],
    ),

  async create(scope: Scope, fields: SpendingLimitFields): Promise<StoredLimit> {
    const id = randomUUID();
    await db.raw(
      `INSERT INTO spending_limits (name, measure, amount, period, time_zone, action, expert_id, integration_id, department, person_id, each_person, enabled,
         id, tenant_id, organization_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [...values(fields), id, scope.tenantId, scope.organizationId],
    );
    return (await this.get(scope, id))!;
  },

  /** Counts anew, and has administrators told anew. */
  async save(scope: Scope, id: string, fields: SpendingLimitFields): Promise<StoredLimit | undefined> {
    await db.raw(
      `UPDATE spending_limits SET name = ?, measure = ?, amount = ?, period = ?, time_zone = ?, action = ?, expert_id = ?, integration_id = ?, department = ?,
         person_id = ?, each_person = ?, enabled = ?, counted_from = NULL, counted_to = NULL, counted = 0, level = 0, level_until = NULL, updated_at = now()
       WHERE organization_id = ? AND id = ?`,
      [...values(fields), scope.organizationId, id],
    );
    return await this.get(scope, id);
  },

  async remove(scope: Scope, id: string): Promise<void> {
    await db.raw('DELETE FROM spending_limits WHERE organization_id = ? AND id = ?', [scope.organizationId, id]);
  },

  /** Those that may concern a question: of its organization, its integration and the expert of its version; who asks is not looked at. */
  around: (question: { readonly organizationId: string; readonly integrationId: string; readonly versionId: string | null }) =>
    rows<SpendingLimit>(db, AROUND, [question.organizationId, question.integrationId, question.versionId]),

  /** What was used in a period, by everybody a limit counts together. What lies back some minutes is counted once and kept. */
  async used({ organizationId }: Pick<Scope, 'organizationId'>, limit: SpendingLimit, { from, to }: SpendingPeriod): Promise<number> {
    const { where, given } = conditionsOf(organizationId, limit);
    const bindings = [to, from, from, from, organizationId, limit.id, organizationId, to, ...given];
    const found = await row<Used>(db, usedSql(limit, where), bindings);
    if (!found) return 0;
    if (found.until.getTime() - found.since.getTime() > KEPT_ANEW_MS)
      await db.raw(KEEP, [from, found.until, found.settled, organizationId, limit.id, found.version, from, found.until]);
    return found.used;
  },

  /** The same for one person alone, with all identities of the user. */
  async usedBy(
    { organizationId }: Pick<Scope, 'organizationId'>,
    limit: SpendingLimit,
    { from, to }: SpendingPeriod,
    personId: string,
  ): Promise<number> {
    const { where, given } = conditionsOf(organizationId, { ...limit, personId });
    const sql = `SELECT ${sumOf(limit)} AS used FROM turns t WHERE t.organization_id = ? AND t.ended_at >= ? AND t.ended_at < ? ${where}`;
    return (await row<{ used: number }>(db, sql, [organizationId, from, to, ...given]))!.used;
  },

  /** The same for whoever used most. */
  async mostUsed({ organizationId }: Pick<Scope, 'organizationId'>, limit: SpendingLimit, { from, to }: SpendingPeriod): Promise<number> {
    const { where, given } = conditionsOf(organizationId, limit);
    const sql = `
      SELECT ${sumOf(limit)} AS used FROM turns t LEFT JOIN people p ON p.id = t.person_id
      WHERE t.organization_id = ? AND t.ended_at >= ? AND t.ended_at < ? ${where} GROUP BY COALESCE(p.user_id, t.person_id) ORDER BY 1 DESC LIMIT 1`;
    return (await row<{ used: number }>(db, sql, [organizationId, from, to, ...given]))?.used ?? 0;
  },

  /** Keeps that a limit has come to a level, for those who are told of it: once in a period. */
  async reached(limitId: string, level: SpendingLevel, used: number, { to }: SpendingPeriod): Promise<void> {
    await db.raw(
      `UPDATE spending_limits SET level = ?, level_used = ?, level_since = now(), level_until = ?
       WHERE id = ? AND (level < ? OR level_until IS DISTINCT FROM ?::timestamptz)`,
      [level, used, to, limitId, level, to],
    );
  },
});

/** For a limit that now names somebody else: what was counted until now was another's. */
export const COUNT_ANEW = 'counted_from = NULL, counted_to = NULL, counted = 0, updated_at = now()';

/** A user goes: limits for them are for this user or person from now on. */
export const moveLimits = async (db: Knex, { organizationId }: Scope, from: string, to: string): Promise<void> => {
  await db.raw(`UPDATE spending_limits SET person_id = ?, ${COUNT_ANEW} WHERE organization_id = ? AND person_id = ?`, [
    ...[to, organizationId, from],
  ]);
};

/** Users or people go, and nothing is left that limits for them could count. Resolves with these limits. */
export const removeLimits = (db: Knex, { organizationId }: Scope, personIds: readonly string[]): Promise<StoredLimit[]> =>
  rows<StoredLimit>(db, `DELETE FROM spending_limits l WHERE l.organization_id = ? AND l.person_id = ANY(?) RETURNING ${SHOWN}`, [
    ...[organizationId, personIds as string[]],
  ]);

interface Used {
  readonly used: number;
  /** What of it ended before `until`. */
  readonly settled: number;
  readonly since: Date;
  readonly until: Date;
  readonly version: string;
}

/** What is settled is kept when it has come so far. */
const KEPT_ANEW_MS = 5 * 60_000;

const AMOUNTS = { tokens: 'COALESCE(t.input_tokens, 0) + COALESCE(t.output_tokens, 0)', answers: "(t.state = 'done')::int" } as const;
const sumOf = ({ measure }: SpendingLimit): string => `COALESCE(sum(${AMOUNTS[measure]}), 0)::bigint`;

/** A turn's end is stamped a moment before others can see it, so the newest minutes are counted again each time. */
const usedSql = ({ measure }: SpendingLimit, where: string): string => `
WITH base AS (
  SELECT b.*, GREATEST(b.since, LEAST(?::timestamptz, date_trunc('milliseconds', now() - interval '5 minutes'))) AS until FROM (
    SELECT updated_at::text AS version, CASE WHEN counted_from = ?::timestamptz THEN counted ELSE 0 END AS counted,
           CASE WHEN counted_from = ?::timestamptz THEN counted_to ELSE ?::timestamptz END AS since
    FROM spending_limits WHERE organization_id = ? AND id = ?) b)
SELECT b.version, b.since, b.until, (b.counted + s.settled)::bigint AS settled, (b.counted + s.settled + s.fresh)::bigint AS used
FROM base b CROSS JOIN LATERAL (
  SELECT COALESCE(sum(${AMOUNTS[measure]}) FILTER (WHERE t.ended_at < b.until), 0) AS settled,
         COALESCE(sum(${AMOUNTS[measure]}) FILTER (WHERE t.ended_at >= b.until), 0) AS fresh
  FROM turns t WHERE t.organization_id = ? AND t.ended_at >= b.since AND t.ended_at < ? ${where}) s`;

/** Unless somebody changed the limit, or another process came further. */
const KEEP = `
UPDATE spending_limits SET counted_from = ?, counted_to = ?, counted = ? WHERE organization_id = ? AND id = ? AND updated_at = ?::timestamptz
  AND (counted_from IS DISTINCT FROM ?::timestamptz OR counted_to < ?)`;

function conditionsOf(organizationId: string, { expertId, integrationId, personId, department }: SpendingLimit) {
  const all: readonly (readonly [string, ...(string | null)[]])[] = [
    ['t.expert_id = ?', expertId],
    ['t.integration_id = ?', integrationId],
    [
      't.person_id IN (SELECT p.id FROM people p WHERE p.organization_id = ? AND p.user_id = ? UNION ALL SELECT ?::uuid)',
      ...[organizationId, personId, personId],
    ],
    [
      't.person_id IN (SELECT p.id FROM people p JOIN directory_users u ON u.id = p.user_id WHERE p.organization_id = ? AND u.department = ?)',
      ...[organizationId, department],
    ],
  ];
  const meant = all.filter((one) => one.at(-1) !== null);
  return { where: meant.map(([sql]) => `AND ${sql}`).join(' '), given: meant.flatMap(([, ...given]) => given as string[]) };
}

const values = ({ name, measure, amount, period, timeZone, action, eachPerson, enabled, ...whose }: SpendingLimitFields) => [
  ...[name, measure, amount, period, timeZone, action],
  ...[whose.expertId, whose.integrationId, whose.department, whose.personId, eachPerson, enabled],
];

const COLUMNS = `l.id, l.name, l.measure, l.amount, l.period, l.time_zone AS "timeZone", l.action, l.expert_id AS "expertId", l.integration_id AS "integrationId",
  l.department, l.person_id AS "personId", l.each_person AS "eachPerson", l.enabled`;
const SHOWN = `${COLUMNS}, l.created_at AS "createdAt",
  COALESCE((SELECT COALESCE(u.name, u.username) FROM directory_users u WHERE u.organization_id = l.organization_id AND u.id = l.person_id),
    (SELECT COALESCE(p.name, p.platform_id) FROM people p WHERE p.organization_id = l.organization_id AND p.id = l.person_id)) AS person`;

const AROUND = `
SELECT ${COLUMNS} FROM spending_limits l
WHERE l.organization_id = ? AND l.enabled AND (l.integration_id IS NULL OR l.integration_id = ?)
  AND (l.expert_id IS NULL OR l.expert_id = (SELECT v.expert_id FROM expert_versions v WHERE v.id = ?)) ORDER BY l.created_at, l.id`;
