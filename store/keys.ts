import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Role } from '../domain/roles';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { hashToken, newToken } from './tokens';

/** What a key opens. `platform` keys create tenants and see no organization. */
export interface KeyHolder {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly organizationId: string | null;
  readonly contentNeedsReason: boolean;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The keys that open organizations, kept as SHA-256 of 256 random bits. */
export const keys = (db: Knex) => ({
  /** Resolves with the key itself: it can be read only now. */
  async createKey(name: string, role: Role, scope: Scope | undefined): Promise<string> {
    return (await this.newKey(name, role, scope)).key;
  },

  async newKey(
    name: string,
    role: Role,
    scope: Scope | undefined,
    expiresAt?: Date,
  ): Promise<{ readonly id: string; readonly key: string }> {
    const id = randomUUID();
    const key = `parley_${newToken()}`;
    await db.raw('INSERT INTO api_keys (id, tenant_id, organization_id, name, hash, role, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)', [
      ...[id, scope?.tenantId ?? null, scope?.organizationId ?? null, name, hashToken(key), role, expiresAt ?? null],
    ]);
    return { id, key };
  },

  /** Whose key this is, unless it was revoked or has expired; notes, to the minute, that it was used. */
  async caller(key: string, now = new Date()): Promise<KeyHolder | undefined> {
    const found = await row<KeyHolder & { readonly noted: boolean }>(db, HOLDER, [now, hashToken(key), now]);
    if (!found) return undefined;
    const { noted, ...holder } = found;
    if (!noted) await db.raw('UPDATE api_keys SET last_used_at = ? WHERE id = ?', [now, holder.keyId]);
    return holder;
  },

  /** Makes a key that is known already valid, under its name; what had the name before is revoked. */
  async ensureKey(key: string, name: string, role: Role, scope: Scope): Promise<void> {
    await db.transaction(async (tx) => {
      await tx.raw('UPDATE api_keys SET revoked_at = now() WHERE name = ? AND organization_id = ? AND hash <> ? AND revoked_at IS NULL', [
        ...[name, scope.organizationId, hashToken(key)],
      ]);
      await tx.raw(
        'INSERT INTO api_keys (id, tenant_id, organization_id, name, hash, role) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL',
        [...[randomUUID(), scope.tenantId, scope.organizationId, name, hashToken(key), role]],
      );
    });
  },

  listKeys: (scope: Scope, page: Page): Promise<Listed<ApiKey>[]> =>
    rows(
      db,
      `SELECT ${COLUMNS}, ${exactTime('created_at')} AS "listedAt" FROM api_keys
       WHERE organization_id = ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
      [scope.organizationId, page.afterTime, page.afterId, page.limit],
    ),

  getKey: (scope: Scope, id: string): Promise<ApiKey | undefined> =>
    row(db, `SELECT ${COLUMNS} FROM api_keys WHERE organization_id = ? AND id = ?`, [scope.organizationId, id]),

  /** The row stays, so that records can name it. */
  async revokeKey(scope: Scope, id: string): Promise<void> {
    await db.raw('UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now()) WHERE organization_id = ? AND id = ?', [
      scope.organizationId,
      id,
    ]);
  },
});

const COLUMNS = `id, name, role, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

const HOLDER = `
SELECT k.id AS "keyId", k.name, k.role, k.tenant_id AS "tenantId", k.organization_id AS "organizationId",
       COALESCE(t.content_needs_reason, false) AS "contentNeedsReason", COALESCE(k.last_used_at > ?::timestamptz - interval '1 minute', false) AS noted
FROM api_keys k LEFT JOIN tenants t ON t.id = k.tenant_id
WHERE k.hash = ? AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)`;
