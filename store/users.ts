import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { OrganizationRole, Role } from '../domain/roles';
import { row, rows } from './database';
import { revokeResets } from './links';
import { exactTime, type Listed, type Page, type Scope } from './scope';

export interface User {
  readonly id: string;
  /** null for administrators of the platform. */
  readonly tenantId: string | null;
  readonly email: string;
  readonly name: string;
  /** Held everywhere in the tenant, or over all of them; null where only memberships count. */
  readonly role: 'tenant_admin' | 'platform' | null;
  /** Argon2id; null for people who sign in elsewhere. */
  readonly password: string | null;
  /** Signs in at the tenant's identity provider, and nowhere else. */
  readonly isBound: boolean;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly since: Date;
  readonly signedInAt: Date | null;
}

export interface NewUser {
  readonly tenantId: string | null;
  readonly email: string;
  readonly name: string;
  readonly role?: 'tenant_admin' | 'platform';
  readonly password?: string;
}

/** Addresses are compared as most of the world writes them. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();

/** People who administer, and the organizations they belong to. */
export const users = (db: Knex) => ({
  find: (id: string): Promise<User | undefined> => row(db, `SELECT ${USER} FROM users WHERE id = ?`, [id]),

  /** Accounts of an address: one per tenant at most. @param tenantId null for the one of the platform; all unless given */
  withEmail: (email: string, tenantId?: string | null): Promise<User[]> =>
    rows(
      db,
      `SELECT ${USER} FROM users WHERE email = ? AND (? OR tenant_id IS NOT DISTINCT FROM ?::uuid) ORDER BY signed_in_at DESC NULLS LAST LIMIT 5`,
      [normalizeEmail(email), tenantId === undefined, tenantId ?? null],
    ),

  withSubject: (tenantId: string, issuer: string, subject: string): Promise<User | undefined> =>
    row(db, `SELECT ${USER} FROM users WHERE tenant_id = ? AND issuer = ? AND subject = ?`, [tenantId, issuer, subject]),

  async create({ tenantId, email, name, role, password }: NewUser): Promise<User> {
    const id = randomUUID();
    await db.raw('INSERT INTO users (id, tenant_id, email, name, role, password) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[id, tenantId, normalizeEmail(email), name, role ?? null, password ?? null],
    ]);
    return (await this.find(id))!;
  },

  async setPassword(id: string, password: string): Promise<void> {
    await db.raw('UPDATE users SET password = ? WHERE id = ?', [password, id]);
  },

  async signedIn(id: string, at: Date): Promise<void> {
    await db.raw('UPDATE users SET signed_in_at = ? WHERE id = ?', [at, id]);
  },

  /**
   * From now on this account is the provider's. Its password and links for a new one are gone: whoever set or has them need not be the one the
   * provider vouches for.
   * @returns false where it is bound to another subject already
   */
  async bind(id: string, issuer: string, subject: string): Promise<boolean> {
    const sql = 'UPDATE users SET issuer = ?, subject = ?, password = NULL WHERE id = ? AND subject IS NULL RETURNING id';
    if (!(await row(db, sql, [issuer, subject, id]))) return false;
    await revokeResets(db, id);
    return true;
  },

  /** The tenant's provider is another one, or none: what the old one called its people means nothing any more. */
  async unbindAll(tenantId: string): Promise<void> {
    await db.raw('UPDATE users SET issuer = NULL, subject = NULL WHERE tenant_id = ?', [tenantId]);
  },

  /** Makes somebody a member, or changes the role of one who is. */
  async setMember(scope: Scope, userId: string, role: OrganizationRole): Promise<void> {
    await db.raw(
      `INSERT INTO memberships (user_id, organization_id, tenant_id, role) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id, organization_id) DO UPDATE SET role = EXCLUDED.role`,
      [userId, scope.organizationId, scope.tenantId, role],
    );
    await revokeResets(db, userId);
  },

  async setRole(scope: Scope, userId: string, role: 'tenant_admin' | null): Promise<void> {
    await db.raw('UPDATE users SET role = ? WHERE tenant_id = ? AND id = ?', [role, scope.tenantId, userId]);
    await revokeResets(db, userId);
  },

  async removeMember(scope: Scope, userId: string): Promise<void> {
    await db.raw('DELETE FROM memberships WHERE organization_id = ? AND user_id = ?', [scope.organizationId, userId]);
  },

  /** Whose organizations are not all among these: their password is no matter of this organization alone. */
  isMemberElsewhere: async (scope: Scope, userId: string): Promise<boolean> =>
    (await row(db, 'SELECT 1 FROM memberships WHERE user_id = ? AND organization_id <> ? LIMIT 1', [userId, scope.organizationId])) !==
    undefined,

  /** The organization that records about somebody belong to, where nothing says another. */
  firstOrganization: async (userId: string): Promise<string | null> =>
    (
      await row<{ id: string }>(
        db,
        'SELECT organization_id AS id FROM memberships WHERE user_id = ? ORDER BY created_at, organization_id LIMIT 1',
        [userId],
      )
    )?.id ?? null,

  /** Members of an organization, those of the whole tenant among them. */
  members: (scope: Scope, page: Page): Promise<Listed<Member>[]> =>
    rows(db, `${MEMBERS} AND (u.created_at, u.id) > (?, ?) ORDER BY u.created_at, u.id LIMIT ?`, [
      ...[scope.organizationId, scope.tenantId, page.afterTime, page.afterId, page.limit],
    ]),

  member: (scope: Scope, id: string): Promise<Member | undefined> =>
    row(db, `${MEMBERS} AND u.id = ?`, [scope.organizationId, scope.tenantId, id]),
});

const USER = 'id, tenant_id AS "tenantId", email, name, role, password, subject IS NOT NULL AS "isBound"';

const MEMBERS = `
SELECT u.id, u.name, u.email, COALESCE(u.role, m.role) AS role, COALESCE(m.created_at, u.created_at) AS since, u.signed_in_at AS "signedInAt",
       ${exactTime('u.created_at')} AS "listedAt"
FROM users u LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = ?
WHERE u.tenant_id = ? AND (u.role = 'tenant_admin' OR m.user_id IS NOT NULL)`;
