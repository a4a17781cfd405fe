import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { TriggerSettings } from '../domain/trigger';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';

export interface Trigger {
  readonly id: string;
  readonly integrationId: string;
  readonly enabled: boolean;
  readonly settings: TriggerSettings;
  readonly createdAt: Date;
}

export type TriggerFields = Pick<Trigger, 'integrationId' | 'enabled' | 'settings'>;

/** The drafts; what dispatch reads is written by publishing the expert. */
export const triggers = (db: Knex) => ({
  get: (scope: Scope, expertId: string, id: string): Promise<Trigger | undefined> =>
    row<Trigger>(db, `${SELECT} WHERE organization_id = ? AND expert_id = ? AND id = ?`, [scope.organizationId, expertId, id]),

  list: (scope: Scope, expertId: string, page: Page): Promise<Listed<Trigger>[]> =>
    rows<Listed<Trigger>>(
      db,
      `${LIST} WHERE organization_id = ? AND expert_id = ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
      [...[scope.organizationId, expertId, page.afterTime, page.afterId, page.limit]],
    ),

  async create(scope: Scope, expertId: string, fields: TriggerFields): Promise<Trigger> {
    const id = randomUUID();
    await db.raw(
      'INSERT INTO triggers (id, tenant_id, organization_id, expert_id, integration_id, enabled, settings) VALUES (?, ?, ?, ?, ?, ?, ?::jsonb)',
      [...[id, scope.tenantId, scope.organizationId, expertId, fields.integrationId, fields.enabled, JSON.stringify(fields.settings)]],
    );
    return (await this.get(scope, expertId, id))!;
  },

  async save(scope: Scope, expertId: string, id: string, fields: TriggerFields): Promise<Trigger | undefined> {
    await db.raw(
      'UPDATE triggers SET integration_id = ?, enabled = ?, settings = ?::jsonb, updated_at = now() WHERE organization_id = ? AND expert_id = ? AND id = ?',
      [...[fields.integrationId, fields.enabled, JSON.stringify(fields.settings), scope.organizationId, expertId, id]],
    );
    return this.get(scope, expertId, id);
  },

  /** Changes the draft under its lock, so that two changes at once do not undo each other. */
  change: (scope: Scope, expertId: string, id: string, change: (current: Trigger) => TriggerFields): Promise<Trigger | undefined> =>
    db.transaction(async (tx) => {
      const current = await row<Trigger>(tx, `${SELECT} WHERE organization_id = ? AND expert_id = ? AND id = ? FOR UPDATE`, [
        scope.organizationId,
        expertId,
        id,
      ]);
      return current && (await triggers(tx).save(scope, expertId, id, change(current)));
    }),

  async remove(scope: Scope, expertId: string, id: string): Promise<void> {
    await db.raw('DELETE FROM triggers WHERE organization_id = ? AND expert_id = ? AND id = ?', [scope.organizationId, expertId, id]);
  },
});

const COLUMNS = `id, integration_id AS "integrationId", enabled, settings, created_at AS "createdAt"`;
const SELECT = `SELECT ${COLUMNS} FROM triggers`;
const LIST = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM triggers`;
