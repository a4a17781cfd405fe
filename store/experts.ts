import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { Refusal } from '../domain/errors';
import type { LocalizedText } from '../domain/language';
import { row, rows } from './database';
import { type PublishedContent, type PublishedTrigger, publishContent, versionRow } from './publishing';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { type Opened, opened, type Secrets } from './secrets';

export interface Expert extends Opened {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  readonly publishedVersion: number | null;
  /** Set while it is paused. */
  readonly paused: { readonly notice: LocalizedText; readonly at: string; readonly by: string } | null;
  readonly createdAt: Date;
}

export interface ExpertVersion {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly backend: string;
  readonly publishedAt: Date;
}

/** What was published, or would be. */
export interface ExpertContent extends Omit<PublishedContent, 'config'>, Opened {}

export type ExpertFields = Pick<Expert, 'name' | 'backend' | 'config'>;
/** Without `config` the settings stay as they were, sealed. */
export type SavedExpert = Omit<ExpertFields, 'config'> & Partial<Pick<ExpertFields, 'config'>>;

/** Experts: the draft is the row, published versions never change. */
export const experts = (db: Knex, secrets: Secrets) => {
  const open = <T extends { readonly config: string }>(found: T) => opened(secrets, found);
  return {
    async get(scope: Scope, id: string): Promise<Expert | undefined> {
      const found = await row<Row>(db, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`, [scope.organizationId, id]);
      return found && open(found);
    },

    list: async (scope: Scope, page: Page): Promise<Listed<Expert>[]> =>
      (
        await rows<Listed<Row>>(
          db,
          `${LIST} WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
          [scope.organizationId, page.afterTime, page.afterId, page.limit],
        )
      ).map(open),

    async create(scope: Scope, fields: ExpertFields): Promise<Expert> {
      const id = randomUUID();
      await db.raw('INSERT INTO experts (id, tenant_id, organization_id, name, backend, config) VALUES (?, ?, ?, ?, ?, ?)', [
        ...[id, scope.tenantId, scope.organizationId, fields.name, fields.backend, secrets.seal(fields.config)],
      ]);
      return (await this.get(scope, id))!;
    },

    async save(scope: Scope, id: string, { name, backend, config }: SavedExpert): Promise<Expert | undefined> {
      await db.raw(
        'UPDATE experts SET name = ?, backend = ?, config = COALESCE(?, config), updated_at = now() WHERE organization_id = ? AND id = ? AND deleted_at IS NULL',
        [...[name, backend, config ? secrets.seal(config) : null, scope.organizationId, id]],
      );
      return this.get(scope, id);
    },

    /** Changes the draft under its lock, so that two changes at once do not undo each other. */
    change: (scope: Scope, id: string, change: (current: Expert) => SavedExpert): Promise<Expert | undefined> =>
      db.transaction(async (tx) => {
        const found = await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
          scope.organizationId,
          id,
        ]);
        return found && (await experts(tx, secrets).save(scope, id, change(open(found))));
      }),

    /** The row stays for the audit; its triggers go, and limits on what was used of it, which have nothing left to count. */
    async remove(scope: Scope, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.raw('DELETE FROM published_triggers WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, id]);
        await tx.raw('DELETE FROM triggers WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, id]);
        await tx.raw('DELETE FROM spending_limits WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, id]);
        await tx.raw('UPDATE experts SET deleted_at = now() WHERE organization_id = ? AND id = ?', [scope.organizationId, id]);
      });
    },

    /** While paused, questions are told the notice; null lets it answer again. From the next message on. */
    async pause(scope: Scope, id: string, paused: Expert['paused']): Promise<Expert | undefined> {
      await db.raw('UPDATE experts SET paused = ?::jsonb WHERE organization_id = ? AND id = ? AND deleted_at IS NULL', [
        ...[paused && JSON.stringify(paused), scope.organizationId, id],
      ]);
      return this.get(scope, id);
    },

    /** What publishing would publish now. */
    async draft(scope: Scope, id: string): Promise<ExpertContent | undefined> {
      const found = await this.get(scope, id);
      if (!found) return undefined;
      const { name, backend, config, unreadable } = found;
      return { name, backend, config, ...(unreadable && { unreadable }), triggers: await draftTriggers(db, scope, id) };
    },

    async version(scope: Scope, id: string, version: number): Promise<(ExpertVersion & ExpertContent) | undefined> {
      const found = await versionRow(db, scope, id, version);
      return found && open(found);
    },

    /** Publishes an earlier version's content as the next one; the draft stays as it is. Throws Refusals as `publish` does. */
    rollBack: (scope: Scope, id: string, version: number): Promise<number> => db.transaction((tx) => rollBack(tx, scope, id, version)),

    /** Draft and triggers become the next version, all at once. Throws a Refusal (409) where a route of another expert stands in the way. */
    publish: (scope: Scope, id: string): Promise<number> => db.transaction((tx) => publish(tx, scope, id)),

    versions: (scope: Scope, id: string, beforeVersion: number, limit: number): Promise<ExpertVersion[]> =>
      rows<ExpertVersion>(
        db,
        `SELECT id, version, name, backend, published_at AS "publishedAt" FROM expert_versions WHERE organization_id = ? AND expert_id = ? AND version < ? ORDER BY version DESC LIMIT ?`,
        [scope.organizationId, id, beforeVersion, limit],
      ),
  };
};

async function locked(tx: Knex.Transaction, scope: Scope, expertId: string): Promise<Row> {
  const draft = await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
    scope.organizationId,
    expertId,
  ]);
  if (!draft) throw new Refusal(404, 'not_found', 'There is no such expert.');
  return draft;
}

async function publish(tx: Knex.Transaction, scope: Scope, expertId: string): Promise<number> {
  const { name, backend, config, publishedVersion } = await locked(tx, scope, expertId);
  const triggers = await draftTriggers(tx, scope, expertId);
  return await publishContent(tx, scope, expertId, publishedVersion ?? 0, { name, backend, config, triggers });
}

const draftTriggers = (db: Knex, scope: Scope, expertId: string): Promise<PublishedTrigger[]> =>
  rows<PublishedTrigger>(
    db,
    `SELECT id, integration_id AS "integrationId", enabled, settings FROM triggers WHERE organization_id = ? AND expert_id = ? AND enabled ORDER BY created_at`,
    [scope.organizationId, expertId],
  );

async function rollBack(tx: Knex.Transaction, scope: Scope, expertId: string, version: number): Promise<number> {
  const { publishedVersion } = await locked(tx, scope, expertId);
  const content = await versionRow(tx, scope, expertId, version);
  if (!content) throw new Refusal(404, 'not_found', 'There is no such version.');
  return await publishContent(tx, scope, expertId, publishedVersion ?? 0, content);
}

type Row = Omit<Expert, keyof Opened> & { readonly config: string };

const COLUMNS = `id, name, backend, config, published_version AS "publishedVersion", paused, created_at AS "createdAt"`;
const SELECT = `SELECT ${COLUMNS} FROM experts`;
const LIST = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM experts`;
