import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { Refusal } from '../domain/errors';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import type { Secrets } from './secrets';
import type { Trigger } from './triggers';

export interface Expert {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  /** Opened settings, secrets included. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly publishedVersion: number | null;
  readonly createdAt: Date;
}

export interface ExpertVersion {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly backend: string;
  readonly publishedAt: Date;
}

export type ExpertFields = Pick<Expert, 'name' | 'backend' | 'config'>;

/** Experts: the draft is the row, published versions never change. */
export const experts = (db: Knex, secrets: Secrets) => {
  const open = (found: Row | undefined): Expert | undefined =>
    found && { ...found, config: secrets.open<Record<string, unknown>>(found.config) };
  return {
    get: async (scope: Scope, id: string): Promise<Expert | undefined> =>
      open(await row<Row>(db, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`, [scope.organizationId, id])),

    list: async (scope: Scope, page: Page): Promise<Listed<Expert>[]> =>
      (
        await rows<Listed<Row>>(
          db,
          `${LIST} WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
          [scope.organizationId, page.afterTime, page.afterId, page.limit],
        )
      ).map((found) => ({ ...open(found)!, listedAt: found.listedAt })),

    async create(scope: Scope, fields: ExpertFields): Promise<Expert> {
      const id = randomUUID();
      await db.raw('INSERT INTO experts (id, tenant_id, organization_id, name, backend, config) VALUES (?, ?, ?, ?, ?, ?)', [
        ...[id, scope.tenantId, scope.organizationId, fields.name, fields.backend, secrets.seal(fields.config)],
      ]);
      return (await this.get(scope, id))!;
    },

    async save(scope: Scope, id: string, fields: ExpertFields): Promise<Expert | undefined> {
      await db.raw(
        'UPDATE experts SET name = ?, backend = ?, config = ?, updated_at = now() WHERE organization_id = ? AND id = ? AND deleted_at IS NULL',
        [...[fields.name, fields.backend, secrets.seal(fields.config), scope.organizationId, id]],
      );
      return this.get(scope, id);
    },

    /** Changes the draft under its lock, so that two changes at once do not undo each other. */
    change: (scope: Scope, id: string, change: (current: Expert) => ExpertFields): Promise<Expert | undefined> =>
      db.transaction(async (tx) => {
        const current = open(
          await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
            scope.organizationId,
            id,
          ]),
        );
        return current && (await experts(tx, secrets).save(scope, id, change(current)));
      }),

    async remove(scope: Scope, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.raw('DELETE FROM published_triggers WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, id]);
        await tx.raw('DELETE FROM triggers WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, id]);
        await tx.raw('UPDATE experts SET deleted_at = now() WHERE organization_id = ? AND id = ?', [scope.organizationId, id]);
      });
    },

    /** Draft and triggers become the next version, all at once. Throws a Refusal (409) when another expert already answers on one of the integrations. */
    publish: (scope: Scope, id: string): Promise<number> => db.transaction((tx) => publish(tx, scope, id)),

    versions: (scope: Scope, id: string, beforeVersion: number, limit: number): Promise<ExpertVersion[]> =>
      rows<ExpertVersion>(
        db,
        `SELECT id, version, name, backend, published_at AS "publishedAt" FROM expert_versions WHERE organization_id = ? AND expert_id = ? AND version < ? ORDER BY version DESC LIMIT ?`,
        [scope.organizationId, id, beforeVersion, limit],
      ),
  };
};

async function publish(tx: Knex.Transaction, scope: Scope, expertId: string): Promise<number> {
  const draft = await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
    scope.organizationId,
    expertId,
  ]);
  if (!draft) throw new Refusal(404, 'not_found', 'There is no such expert.');
  const triggers = await rows<Trigger>(
    tx,
    `SELECT id, integration_id AS "integrationId", enabled, settings FROM triggers WHERE organization_id = ? AND expert_id = ? AND enabled ORDER BY created_at`,
    [scope.organizationId, expertId],
  );
  const version = (draft.publishedVersion ?? 0) + 1;
  const versionId = randomUUID();
  await tx.raw(
    'INSERT INTO expert_versions (id, tenant_id, organization_id, expert_id, version, name, backend, config, triggers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)',
    [
      ...[
        versionId,
        scope.tenantId,
        scope.organizationId,
        expertId,
        version,
        draft.name,
        draft.backend,
        draft.config,
        JSON.stringify(triggers),
      ],
    ],
  );
  await tx.raw('DELETE FROM published_triggers WHERE expert_id = ?', [expertId]);
  for (const trigger of triggers) {
    const taken = await row(
      tx,
      `INSERT INTO published_triggers (integration_id, tenant_id, organization_id, expert_id, version_id, settings) VALUES (?, ?, ?, ?, ?, ?::jsonb) ON CONFLICT DO NOTHING RETURNING integration_id`,
      [trigger.integrationId, scope.tenantId, scope.organizationId, expertId, versionId, JSON.stringify(trigger.settings)],
    );
    if (!taken) throw conflict(trigger.integrationId);
  }
  await tx.raw('UPDATE experts SET published_version = ? WHERE id = ?', [version, expertId]);
  return version;
}

const conflict = (integrationId: string) =>
  new Refusal(
    409,
    'integration_taken',
    `Integration ${integrationId} already has a published trigger: disable or delete that one and publish its expert, then publish this one.`,
  );

type Row = Omit<Expert, 'config'> & { readonly config: string };

const COLUMNS = `id, name, backend, config, published_version AS "publishedVersion", created_at AS "createdAt"`;
const SELECT = `SELECT ${COLUMNS} FROM experts`;
const LIST = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM experts`;
