import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row, rows } from './database';

export interface AuditActor {
  readonly type: 'admin' | 'key' | 'system' | 'unknown';
  readonly id: string | null;
  readonly name: string;
  readonly email?: string;
}

export interface AuditTarget {
  readonly type: string;
  readonly id: string;
  readonly name?: string;
}

/** One thing an administrator did. What it holds of settings and answers is masked before it comes here. */
export interface AuditEntry {
  readonly action: string;
  readonly tenantId: string | null;
  readonly organizationId: string | null;
  readonly actor: AuditActor;
  /** The main one first. */
  readonly targets: readonly AuditTarget[];
  readonly context: { readonly ip?: string; readonly ua?: string; readonly session?: string; readonly reason?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly change?: { readonly before: unknown; readonly after: unknown };
  readonly outcome: { readonly status: 'ok' | 'refused' | 'failed'; readonly errorCode?: string };
}

export interface AuditRecord extends AuditEntry {
  readonly v: number;
  readonly id: string;
  readonly seq: number;
  readonly ts: Date;
  readonly kind: string;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  /** Any of its targets. */
  readonly target?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** Whose records are meant: of an organization, of a whole tenant, or of what belongs to none. */
export type AuditReach = { readonly organizationId: string } | { readonly tenantId: string } | 'platform';

/** The record of what administrators did. The database itself refuses to change or delete it. */
export const audit = (db: Knex) => ({
  async record(entry: AuditEntry, now = new Date()): Promise<void> {
    const { action, tenantId, organizationId, actor, targets, context, change, outcome } = entry;
    await db.raw(
      `INSERT INTO audit (id, ts, kind, action, tenant_id, organization_id, actor_id, actor, target_id, targets, context, change, outcome)
       VALUES (?, ?, 'administration', ?, ?, ?, ?, ?::jsonb, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb)`,
      [
        ...[randomUUID(), now, action, tenantId, organizationId, actor.id, json(actor), targets[0]?.id ?? null],
        ...[json(targets), json(context), change ? json(change) : null, json(outcome)],
      ],
    );
  },

  /** Whether the same was recorded of the same actor, organization, target and reason a moment ago: a page that looks every second is one look. */
  isFresh: async ({ action, organizationId, actor, targets, context }: AuditEntry, since: Date): Promise<boolean> =>
    (await row(
      db,
      `SELECT 1 FROM audit WHERE target_id = ? AND action = ? AND actor_id IS NOT DISTINCT FROM ? AND actor->>'name' = ? AND ts > ?
       AND context->>'reason' IS NOT DISTINCT FROM ?::text AND organization_id IS NOT DISTINCT FROM ?::uuid LIMIT 1`,
      [targets[0]?.id ?? '', action, actor.id, actor.name, since, context.reason ?? null, organizationId],
    )) !== undefined,

  /** Newest first. */
  list(reach: AuditReach, filter: AuditFilter, beforeSeq: number, limit: number): Promise<AuditRecord[]> {
    const conditions: [string, Knex.RawBinding | undefined][] = [
      reach === 'platform'
        ? ['tenant_id IS NOT DISTINCT FROM ?', null]
        : 'organizationId' in reach
          ? ['organization_id = ?', reach.organizationId]
          : ['tenant_id = ?', reach.tenantId],
      ['seq < ?', beforeSeq],
      ['actor_id = ?', filter.actor],
      ['action = ?', filter.action],
      ["targets @> jsonb_build_array(jsonb_build_object('id', ?::text))", filter.target],
      ['ts >= ?', filter.from],
      ['ts < ?', filter.to],
    ];
    const given = conditions.filter((one): one is [string, Knex.RawBinding] => one[1] !== undefined);
    return rows(db, `SELECT ${COLUMNS} FROM audit WHERE ${given.map(([where]) => where).join(' AND ')} ORDER BY seq DESC LIMIT ?`, [
      ...given.map(([, binding]) => binding),
      limit,
    ]);
  },
});

const json = (value: unknown): string => JSON.stringify(value);
const COLUMNS = `v, id, seq, ts, kind, action, tenant_id AS "tenantId", organization_id AS "organizationId", actor, targets, context, change, outcome`;
