import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row } from './database';
import type { Scope } from './scope';

/** `platform` keys create tenants and see no organization; `admin` keys see one. */
export type Role = 'admin' | 'platform';

export interface Caller {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly organizationId: string | null;
}

/** Tenants, their organizations, and the keys that open them. Keys are kept as SHA-256 of 256 random bits. */
export const access = (db: Knex) => ({
  async createTenant(name: string): Promise<Scope> {
    const scope = { tenantId: randomUUID(), organizationId: randomUUID() };
    await db.transaction(async (tx) => {
      await tx.raw('INSERT INTO tenants (id, name) VALUES (?, ?)', [scope.tenantId, name]);
      await tx.raw('INSERT INTO organizations (id, tenant_id, name) VALUES (?, ?, ?)', [scope.organizationId, scope.tenantId, name]);
    });
    return scope;
  },

  /** Resolves with the key itself: it can be read only now. */
  async createKey(name: string, role: Role, scope: Scope | undefined): Promise<string> {
    const key = `parley_${randomBytes(32).toString('base64url')}`;
    await db.raw('INSERT INTO api_keys (id, tenant_id, organization_id, name, hash, role) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[randomUUID(), scope?.tenantId ?? null, scope?.organizationId ?? null, name, hash(key), role],
    ]);
    return key;
  },

  caller: (key: string): Promise<Caller | undefined> =>
    row<Caller>(
      db,
      `SELECT id AS "keyId", name, role, tenant_id AS "tenantId", organization_id AS "organizationId" FROM api_keys
       WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
      [hash(key)],
    ),

  /** Makes a key that is known already valid, under its name; what had the name before is revoked. */
  async ensureKey(key: string, name: string, role: Role, scope: Scope): Promise<void> {
    await db.transaction(async (tx) => {
      await tx.raw('UPDATE api_keys SET revoked_at = now() WHERE name = ? AND organization_id = ? AND hash <> ? AND revoked_at IS NULL', [
        name,
        scope.organizationId,
        hash(key),
      ]);
      await tx.raw(
        'INSERT INTO api_keys (id, tenant_id, organization_id, name, hash, role) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL',
        [...[randomUUID(), scope.tenantId, scope.organizationId, name, hash(key), role]],
      );
    });
  },

  tenantNamed: (name: string): Promise<Scope | undefined> =>
    row<Scope>(
      db,
      'SELECT t.id AS "tenantId", o.id AS "organizationId" FROM tenants t JOIN organizations o ON o.tenant_id = t.id WHERE t.name = ? ORDER BY t.created_at LIMIT 1',
      [name],
    ),
});

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
