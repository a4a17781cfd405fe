import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { type Opened, opened, type Secrets } from './secrets';

export interface Integration extends Opened {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly appearance: Readonly<Record<string, unknown>>;
  /** How its people are known, as far as it was said; secrets included, as in `config`, unless it says under `unreadable` why not. */
  readonly people: Readonly<Record<string, unknown>> & Pick<Opened, 'unreadable'>;
  readonly enabled: boolean;
  /** Rises with every change that concerns the connection. */
  readonly version: number;
  readonly createdAt: Date;
}

/** Without `people` they stay as they were; so do its secrets where these still are `unreadable`. */
export type IntegrationFields = Pick<Integration, 'name' | 'channel' | 'mode' | 'config' | 'appearance' | 'enabled'> &
  Partial<Pick<Integration, 'people'>>;
/** Without `config` the settings stay as they were, sealed. */
export type SavedIntegration = Omit<IntegrationFields, 'config'> & Partial<Pick<IntegrationFields, 'config'>>;

export const integrations = (db: Knex, secrets: Secrets) => {
  const known = new Map<string, { readonly savedAt: string; readonly integration: Integration }>();
  const open = <T extends Row>({ peopleSecrets, ...found }: T) => {
    const sealed = peopleSecrets === null || !mayHoldSecrets(found.people) ? undefined : opened(secrets, { config: peopleSecrets });
    return { ...opened(secrets, found), people: sealed ? withSecrets(found.people, sealed) : found.people };
  };
  const sealed = (people: Integration['people'] | undefined): [string | null, string | null] => {
    if (!people) return [null, null];
    const { unreadable, ...readable } = people;
    const [plain, secret] = withoutSecrets(readable);
    return [JSON.stringify(plain), unreadable ? null : secrets.seal(secret)];
  };
  return {
    /** For processes that serve every organization. */
    async find(id: string): Promise<Integration | undefined> {
      const found = await row<Row>(db, `${SELECT} WHERE id = ? AND deleted_at IS NULL`, [id]);
      return found && open(found);
    },

    /** The same, read only where it was saved since it was read last. @param savedAt as {@link savedAtOf} tells it */
    async at(id: string, savedAt: string): Promise<Integration | undefined> {
      const before = known.get(id);
      if (before?.savedAt === savedAt) return before.integration;
      const found = await row<Row & { readonly savedAt: string }>(
        db,
        `SELECT ${COLUMNS}, ${exactTime('updated_at')} AS "savedAt" FROM integrations WHERE id = ? AND deleted_at IS NULL`,
        [id],
      );
      if (!found) return undefined;
      const { savedAt: readAt, ...read } = found;
      const integration = open(read);
      known.set(id, { savedAt: readAt, integration });
      return integration;
    },

    async get(scope: Scope, id: string): Promise<Integration | undefined> {
      const found = await row<Row>(db, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`, [scope.organizationId, id]);
      return found && open(found);
    },

    list: async (scope: Scope, page: Page): Promise<Listed<Integration>[]> =>
      (
        await rows<Listed<Row>>(
          db,
          `${LIST} WHERE organization_id = ? AND deleted_at IS NULL AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
          [scope.organizationId, page.afterTime, page.afterId, page.limit],
        )
      ).map(open),

    /** Every integration there is, without its settings, oldest first: what workers compare with the connections that run. */
    all: (): Promise<Omit<Integration, keyof Opened | 'appearance' | 'people' | 'name' | 'createdAt'>[]> =>
      rows(
        db,
        `SELECT id, tenant_id AS "tenantId", organization_id AS "organizationId", channel, mode, enabled, version FROM integrations WHERE deleted_at IS NULL ORDER BY created_at`,
      ),

    async create(scope: Scope, fields: IntegrationFields): Promise<Integration> {
      const id = randomUUID();
      await db.transaction(async (tx) => {
        await tx.raw(
          `INSERT INTO integrations (id, tenant_id, organization_id, name, channel, mode, config, appearance, enabled, people, people_secrets)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, COALESCE(?::jsonb, '{}'), ?)`,
          [
            ...[id, scope.tenantId, scope.organizationId, fields.name, fields.channel, fields.mode],
            ...[secrets.seal(fields.config), JSON.stringify(fields.appearance), fields.enabled, ...sealed(fields.people)],
          ],
        );
        await tx.raw('INSERT INTO connections (integration_id, tenant_id, organization_id, state) VALUES (?, ?, ?, ?)', [
          ...[id, scope.tenantId, scope.organizationId, fields.enabled ? 'connecting' : 'disabled'],
        ]);
      });
      return (await this.find(id))!;
    },

    /** Writes the whole row. `reconnect` raises the version. */
    async save(scope: Scope, id: string, fields: SavedIntegration, reconnect: boolean): Promise<Integration | undefined> {
      await db.raw(
        `UPDATE integrations SET name = ?, channel = ?, mode = ?, config = COALESCE(?, config), appearance = ?::jsonb, enabled = ?, version = version + ?, people = COALESCE(?::jsonb, people),
           people_secrets = COALESCE(?, people_secrets), updated_at = now()
         WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`,
        [
          ...[
            fields.name,
            fields.channel,
            fields.mode,
            fields.config ? secrets.seal(fields.config) : null,
            JSON.stringify(fields.appearance),
            fields.enabled,
            reconnect ? 1 : 0,
            ...sealed(fields.people),
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
      change: (current: Integration) => { fields: SavedIntegration; reconnect: boolean },
    ): Promise<Integration | undefined> =>
      db.transaction(async (tx) => {
        const found = await row<Row>(tx, `${SELECT} WHERE organization_id = ? AND id = ? AND deleted_at IS NULL FOR UPDATE`, [
          scope.organizationId,
          id,
        ]);
        if (!found) return undefined;
        const { fields, reconnect } = change(open(found));
        return await integrations(tx, secrets).save(scope, id, fields, reconnect);
      }),

    async setEnabled(scope: Scope, id: string, enabled: boolean): Promise<void> {
      await db.raw('UPDATE integrations SET enabled = ?, updated_at = now() WHERE organization_id = ? AND id = ?', [
        enabled,
        scope.organizationId,
        id,
      ]);
    },

    /**
     * The row stays for the audit; its triggers go and its name is free again. Alerts that spoke through it are switched off, for they can speak
     * through another one; limits on what was used of it have nothing left to count.
     */
    async remove(scope: Scope, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.raw('UPDATE integrations SET deleted_at = now(), enabled = false WHERE organization_id = ? AND id = ?', [
          scope.organizationId,
          id,
        ]);
        await tx.raw('DELETE FROM published_triggers WHERE organization_id = ? AND integration_id = ?', [scope.organizationId, id]);
        await tx.raw('DELETE FROM triggers WHERE organization_id = ? AND integration_id = ?', [scope.organizationId, id]);
        await tx.raw('UPDATE alerts SET enabled = false, updated_at = now() WHERE organization_id = ? AND through = ?', [
          scope.organizationId,
          id,
        ]);
        await tx.raw('DELETE FROM spending_limits WHERE organization_id = ? AND integration_id = ?', [scope.organizationId, id]);
      });
    },
  };
};

/** SQL for when an integration was saved last; null where it was deleted. @param id a column that names it */
export const savedAtOf = (id: string): string =>
  `(SELECT ${exactTime('saved.updated_at')} FROM integrations saved WHERE saved.id = ${id} AND saved.deleted_at IS NULL)`;

type Row = Omit<Integration, keyof Opened> & { readonly config: string; readonly peopleSecrets: string | null };
type Settings = Readonly<Record<string, unknown>>;

/** Where the settings of people hold secrets. */
const SECRETS = { http: 'secret', ldap: 'password' } as const;
type PeopleSecrets = { readonly [Part in keyof typeof SECRETS]?: unknown };

const mayHoldSecrets = (people: Settings): boolean => Object.keys(SECRETS).some((part) => people[part] !== undefined);

/** The settings without their secrets, and these. */
function withoutSecrets(people: Settings): [Settings, PeopleSecrets] {
  const parts = Object.entries(SECRETS).flatMap(([part, name]) => {
    const given = people[part] as Settings | undefined;
    if (!given) return [];
    const { [name]: secret, ...plain } = given;
    return [{ part, plain, secret }];
  });
  return [
    { ...people, ...Object.fromEntries(parts.map(({ part, plain }) => [part, plain])) },
    Object.fromEntries(parts.filter(({ secret }) => secret !== undefined).map(({ part, secret }) => [part, secret])),
  ];
}

function withSecrets(people: Settings, { config: secrets, unreadable }: Opened): Integration['people'] {
  if (unreadable) return { ...people, unreadable };
  const known = Object.entries(SECRETS).filter(([part]) => people[part] !== undefined && part in secrets);
  const parts = known.map(([part, name]) => [part, { ...(people[part] as Settings), [name]: secrets[part] }]);
  return { ...people, ...Object.fromEntries(parts) };
}

const COLUMNS = `id, tenant_id AS "tenantId", organization_id AS "organizationId", name, channel, mode, config, appearance, people,
  people_secrets AS "peopleSecrets", enabled, version, created_at AS "createdAt"`;
const SELECT = `SELECT ${COLUMNS} FROM integrations`;
const LIST = `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM integrations`;
