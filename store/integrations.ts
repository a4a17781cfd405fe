import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import type { Secrets } from './secrets';

export interface Integration {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  /** Opened settings, secrets included: never answer with them, see `gateway/api/masking.ts`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly appearance: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
  /** Rises with every change that concerns the connection. */
  readonly version: number;
  readonly createdAt: Date;
}

export type IntegrationFields = Pick<Integration, 'name' | 'channel' | 'mode' | 'config' | 'appearance' | 'enabled'>;

export const integrations = (db: Knex, secrets: Secrets) => {
  const open = (found: Row | undefined): Integration | undefined =>
    found && { ...found, config: secrets.open<Record<string, unknown>>(found.config) };
  return {
    /** For processes that serve every organization. */
    find: async (id: string): Promise<Integration | undefined> =>
      open(await row<Row>(db, `${SELECT} WHERE id = ? AND deleted_at IS NULL`, [id])),

    get: async (scope: Scope, id: string): Promise<Integration | undefined> =>
      open(await row<Row>(db, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`, [scope.organizationId, id])),

    list: async (scope: Scope, page: Page): Promise<Listed<Integration>[]> =>
      (
        await rows<Listed<Row>>(
          db,
          `${LIST} WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
          [scope.organizationId, page.afterTime, page.afterId, page.limit],
        )
      ).map((found) => ({ ...open(found)!, listedAt: found.listedAt })),

    /** Every integration there is, without its settings, oldest first: what workers compare with the connections that run. */
    all: (): Promise<Omit<Integration, 'config' | 'appearance' | 'name' | 'createdAt'>[]> =>
      rows(
        db,
        `SELECT id, tenant_id AS "tenantId", organization_id AS "organizationId", channel, mode, enabled, version FROM integrations WHERE deleted_at IS NULL ORDER BY created_at`,
      ),

    async create(scope: Scope, fields: IntegrationFields): Promise<Integration> {
      const id = randomUUID();
      await db.transaction(async (tx) => {
        await tx.raw(
          'INSERT INTO integrations (id, tenant_id, organization_id, name, channel, mode, config, appearance, enabled) VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)',
          [
            ...[id, scope.tenantId, scope.organizationId, fields.name, fields.channel, fields.mode],
            ...[secrets.seal(fields.config), JSON.stringify(fields.appearance), fields.enabled],
          ],
        );
        await tx.raw('INSERT INTO connections (integration_id, tenant_id, organization_id, state) VALUES (?, ?, ?, ?)', [
          ...[id, scope.tenantId, scope.organizationId, fields.enabled ? 'connecting' : 'disabled'],
        ]);
      });
      return (await this.find(id))!;
    },

    /** Writes the whole row. `reconnect` raises the version. */
    async save(scope: Scope, id: string, fields: IntegrationFields, reconnect: boolean): Promise<Integration | undefined> {
      await db.raw(
        `UPDATE integrations SET name = ?, channel = ?, mode = ?, config = ?, appearance = ?::jsonb, enabled = ?, version = version + ?, updated_at = now()
         WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`,
        [
          ...[
            fields.name,
            fields.channel,
            fields.mode,
            secrets.seal(fields.config),
            JSON.stringify(fields.appearance),
            fields.enabled,
            reconnect ? 1 : 0,
          ],
          ...[scope.organizationId, id],
        ],
      );
      return this.get(scope, id);
    },

    /**
     * Changes the row under its lock, so that two changes at once do not undo each other.
     * @param change what the row becomes; `reconnect` raises the version
     */
    change: (
      scope: Scope,
      id: string,
      change: (current: Integration) => { fields: IntegrationFields; reconnect: boolean },
    ): Promise<Integration | undefined> =>
      db.transaction(async (tx) => {
        const current = open(
          await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
            scope.organizationId,
            id,
          ]),
        );
        if (!current) return undefined;
        const { fields, reconnect } = change(current);
        return await integrations(tx, secrets).save(scope, id, fields, reconnect);
      }),

    async setEnabled(scope: Scope, id: string, enabled: boolean): Promise<void> {
      await db.raw('UPDATE integrations SET enabled = ?, updated_at = now() WHERE organization_id = ? AND id = ?', [
        enabled,
        scope.organizationId,
        id,
      ]);
    },

    /** The row stays for the audit; its trigger and name are free again. */
    async remove(scope: Scope, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.raw('UPDATE integrations SET deleted_at = now(), enabled = false WHERE organization_id = ? AND id = ?', [
          scope.organizationId,
          id,
        ]);
        await tx.raw('DELETE FROM published_triggers WHERE organization_id = ? AND integration_id = ?', [scope.organizationId, id]);
        await tx.raw('DELETE FROM triggers WHERE organization_id = ? AND integration_id = ?', [scope.organizationId, id]);
      });
    },
  };
};

type Row = Omit<Integration, 'config'> & { readonly config: string };

const COLUMNS = `id, tenant_id AS "tenantId", organization_id AS "organizationId", name, channel, mode, config, appearance, enabled, version, created_at AS "createdAt"`;
const SELECT = `SELECT ${COLUMNS} FROM integrations`;
const LIST = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM integrations`;
