import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Role } from '../domain/roles';
import { row, rows } from './database';
import { exactTime, type Listed, type Page, type Scope } from './scope';
import { hashToken, newToken } from './tokens';

export interface SignInLink {
  readonly id: string;
  readonly purpose: 'invitation' | 'reset';
  readonly tenantId: string | null;
  readonly organizationId: string | null;
  /** Whose password is set; null for an invitation. */
  readonly userId: string | null;
  readonly email: string;
  /** Of an invitation. */
  readonly role: Role | null;
  readonly expiresAt: Date;
}

export type Invitation = Pick<SignInLink, 'id' | 'email' | 'expiresAt'> & {
  readonly role: Role;
  readonly createdBy: string;
  readonly createdAt: Date;
};

type NewLink = Omit<SignInLink, 'id'> & { readonly createdBy: string };

/** Links that let their holder in once: invitations and password resets. Kept as hashes. */
export const links = (db: Knex) => ({
  /** An older open link for the same purpose and person is worth nothing any more. Resolves with the token, which can be read only now. */
  create: (link: NewLink, now: Date): Promise<{ readonly id: string; readonly token: string }> =>
    db.transaction(async (tx) => {
      const { purpose, tenantId, organizationId, userId, email, role, expiresAt, createdBy } = link;
      await tx.raw(
        `UPDATE sign_in_links SET revoked_at = ? WHERE purpose = ? AND email = ? AND organization_id IS NOT DISTINCT FROM ?::uuid
         AND tenant_id IS NOT DISTINCT FROM ?::uuid AND used_at IS NULL AND revoked_at IS NULL`,
        [now, purpose, email, organizationId, tenantId],
      );
      const id = randomUUID();
      const token = newToken();
      await tx.raw(
        `INSERT INTO sign_in_links (id, purpose, tenant_id, organization_id, user_id, email, role, hash, created_by, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [...[id, purpose, tenantId, organizationId, userId, email, role, hashToken(token), createdBy, now, expiresAt]],
      );
      return { id, token };
    }),

  look: (token: string, now: Date): Promise<SignInLink | undefined> =>
    row(db, `SELECT ${LINK} FROM sign_in_links WHERE hash = ? AND ${OPEN}`, [hashToken(token), now]),

  /** Takes a link out of use; of several that try at once one gets it. */
  use: (token: string, now: Date): Promise<SignInLink | undefined> =>
    row(db, `UPDATE sign_in_links SET used_at = ? WHERE hash = ? AND ${OPEN} RETURNING ${LINK}`, [now, hashToken(token), now]),

  invitations: (scope: Scope, now: Date, page: Page): Promise<Listed<Invitation>[]> =>
    rows(
      db,
      `SELECT ${INVITATION}, ${exactTime('created_at')} AS "listedAt" FROM sign_in_links WHERE organization_id = ? AND purpose = 'invitation' AND ${OPEN}
       AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?`,
      [scope.organizationId, now, page.afterTime, page.afterId, page.limit],
    ),

  invitation: (scope: Scope, now: Date, id: string): Promise<Invitation | undefined> =>
    row(db, `SELECT ${INVITATION} FROM sign_in_links WHERE organization_id = ? AND purpose = 'invitation' AND ${OPEN} AND id = ?`, [
      ...[scope.organizationId, now, id],
    ]),

  async withdraw(scope: Scope, now: Date, id: string): Promise<void> {
    await db.raw('UPDATE sign_in_links SET revoked_at = ? WHERE organization_id = ? AND id = ?', [now, scope.organizationId, id]);
  },
});

/** The account is not what it was when they were made: whoever made them might not be allowed to now. */
export const revokeResets = async (db: Knex, userId: string): Promise<void> => {
  await db.raw(
    "UPDATE sign_in_links SET revoked_at = now() WHERE user_id = ? AND purpose = 'reset' AND used_at IS NULL AND revoked_at IS NULL",
    [userId],
  );
};

const OPEN = 'used_at IS NULL AND revoked_at IS NULL AND expires_at > ?';
const LINK = `id, purpose, tenant_id AS "tenantId", organization_id AS "organizationId", user_id AS "userId", email, role, expires_at AS "expiresAt"`;
const INVITATION = `id, email, role, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt"`;
