import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { type Opened, opened, type Secrets } from './secrets';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  /** Whether reading what people wrote needs a stated reason. */
  readonly contentNeedsReason: boolean;
  readonly createdAt: Date;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** Tenants and their organizations. */
export const tenants = (db: Knex) => ({
  /** With its first organization, which has the same name. */
  async createTenant(name: string): Promise<Scope> {
    const scope = { tenantId: randomUUID(), organizationId: randomUUID() };
    await db.transaction(async (tx) => {
      await tx.raw('INSERT INTO tenants (id, name) VALUES (?, ?)', [scope.tenantId, name]);
      await tx.raw('INSERT INTO organizations (id, tenant_id, name) VALUES (?, ?, ?)', [scope.organizationId, scope.tenantId, name]);
    });
    return scope;
  },

  tenantNamed: (name: string): Promise<Scope | undefined> =>
    row<Scope>(
      db,
      'SELECT t.id AS "tenantId", o.id AS "organizationId" FROM tenants t JOIN organizations o ON o.tenant_id = t.id WHERE t.name = ? ORDER BY t.created_at, o.created_at LIMIT 1',
      [name],
    ),

  tenant: (id: string): Promise<Tenant | undefined> => row(db, `SELECT ${TENANT} FROM tenants WHERE id = ?`, [id]),

  /** Until the transaction ends, whoever asks for the same waits; rows of the organization are written meanwhile as ever. */
  async holdOrganization({ tenantId, organizationId }: Scope): Promise<void> {
    await db.raw('SELECT 1 FROM organizations WHERE tenant_id = ? AND id = ? FOR NO KEY UPDATE', [tenantId, organizationId]);
  },

  listTenants: (page: Page): Promise<Listed<Tenant>[]> =>
    rows(
      db,
      `SELECT ${TENANT}, ${exactTime('created_at')} AS "listedAt" FROM tenants WHERE (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
      [page.afterTime, page.afterId, page.limit],
    ),

  async changeTenant(id: string, { name, contentNeedsReason }: Partial<Pick<Tenant, 'name' | 'contentNeedsReason'>>): Promise<void> {
    await db.raw('UPDATE tenants SET name = COALESCE(?, name), content_needs_reason = COALESCE(?, content_needs_reason) WHERE id = ?', [
      ...[name ?? null, contentNeedsReason ?? null, id],
    ]);
  },

  async createOrganization(tenantId: string, name: string): Promise<Organization> {
    const id = randomUUID();
    await db.raw('INSERT INTO organizations (id, tenant_id, name) VALUES (?, ?, ?)', [id, tenantId, name]);
    return (await this.organization(tenantId, id))!;
  },

  organization: (tenantId: string, id: string): Promise<Organization | undefined> =>
    row(db, `SELECT ${ORGANIZATION} FROM organizations WHERE tenant_id = ? AND id = ?`, [tenantId, id]),

  listOrganizations: (tenantId: string, page: Page): Promise<Listed<Organization>[]> =>
    rows(
      db,
      `SELECT ${ORGANIZATION}, ${exactTime('created_at')} AS "listedAt" FROM organizations
       WHERE tenant_id = ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
      [tenantId, page.afterTime, page.afterId, page.limit],
    ),

  async renameOrganization(tenantId: string, id: string, name: string): Promise<void> {
    await db.raw('UPDATE organizations SET name = ? WHERE tenant_id = ? AND id = ?', [name, tenantId, id]);
  },
});

const TENANT = `id, name, content_needs_reason AS "contentNeedsReason", created_at AS "createdAt"`;
const ORGANIZATION = `id, name, created_at AS "createdAt"`;

/** How a tenant's people sign in at their own identity provider: sealed, for it holds the client's secret. */
export const singleSignOn = (db: Knex, secrets: Secrets) => ({
  async get(tenantId: string): Promise<Opened | undefined> {
    const sql = 'SELECT single_sign_on AS config FROM tenants WHERE id = ? AND single_sign_on IS NOT NULL';
    const found = await row<{ config: string }>(db, sql, [tenantId]);
    return found && opened(secrets, found);
  },

  /** @param domains of the addresses that sign in there, to find the tenant by an address */
  async put(tenantId: string, settings: Opened['config'] | undefined, domains: readonly string[] = []): Promise<void> {
    await db.raw('UPDATE tenants SET single_sign_on = ?, single_sign_on_domains = ? WHERE id = ?', [
      ...[settings ? secrets.seal(settings) : null, [...domains], tenantId],
    ]);
  },

  /** Tenants whose people with addresses of this domain sign in at a provider. */
  tenantsOf: (domain: string): Promise<{ readonly id: string; readonly name: string }[]> =>
    rows(db, 'SELECT id, name FROM tenants WHERE ?::text = ANY (single_sign_on_domains) ORDER BY created_at LIMIT 10', [domain]),
});
