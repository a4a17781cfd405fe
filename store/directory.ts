import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { comparableEmail, comparableMobile, type MatchKey, type PersonFacts, type UserFields } from '../domain/person';
import { row, rows } from './database';
import type { Scope } from './scope';
import { moveLimits, removeLimits, type StoredLimit } from './spending';

export interface DirectoryUser {
  readonly id: string;
  /** Who vouches for it: a platform, `http`, `ldap`, `api`, or `account` for somebody who signs in to Parley. */
  readonly source: string;
  readonly username: string;
  readonly email: string;
  readonly name: string | null;
  readonly mobile: string | null;
  readonly staffId: string | null;
  readonly department: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly blockedAt: Date | null;
  readonly createdAt: Date;
}

/** A user as its source knows it: the same source and subject are the same user. */
export interface SourcedUser extends UserFields {
  readonly source: string;
  readonly subject: string;
}

/** Users of an organization that people of its chats are mapped to. They sign in nowhere. */
export const directory = (db: Knex) => ({
  /** Makes a user, or brings one up to date; what is not told now stays as it was. Resolves with its id. */
  async save({ tenantId, organizationId }: Scope, user: SourcedUser): Promise<string> {
    const { source, subject, username, email, name, mobile, staffId, department, attributes } = user;
    const given = [randomUUID(), tenantId, organizationId, source, subject, username, comparableEmail(email), name ?? null];
    const more = [mobile ? comparableMobile(mobile) : null, staffId ?? null, department ?? null, JSON.stringify(attributes ?? {})];
    return (await row<{ id: string }>(db, SAVE, [...given, ...more]))!.id;
  },

  /** The one user that fits what is known of a person, by the first key that only one user has. @param own not this one, by source and subject */
  async match(
    scope: Scope,
    facts: PersonFacts,
    keys: readonly MatchKey[],
    own: Pick<SourcedUser, 'source' | 'subject'>,
  ): Promise<string | undefined> {
    for (const key of keys) {
      const value = comparable(facts, key);
      if (!value) continue;
      const sql = `SELECT id, source FROM directory_users WHERE organization_id = ? AND ${COLUMN[key]} = ? AND NOT (source = ? AND subject = ?) LIMIT 20`;
      const found = await rows<{ id: string; source: string }>(db, sql, [scope.organizationId, value, own.source, own.subject]);
      const vouched = found.filter(({ source }) => VOUCHED.includes(source));
      const fitting = vouched.length > 0 ? vouched : found;
      if (fitting.length === 1) return fitting[0]!.id;
      const account = key === 'email' && found.length === 0 ? await accountOf(db, scope, value) : undefined;
      if (account) return await directory(db).save(scope, { source: 'account', subject: account.id, username: account.email, ...account });
    }
    return undefined;
  },

  get: (scope: Scope, id: string): Promise<DirectoryUser | undefined> =>
    row(db, `SELECT ${USER} FROM directory_users u WHERE u.organization_id = ? AND u.id = ?`, [scope.organizationId, id]),

  /** Whoever was mapped to it is unknown again. Limits for it are for the one of them known longest; where there is nobody, they go: resolves with these. */
  async remove(scope: Scope, id: string): Promise<readonly StoredLimit[]> {
    const first = 'SELECT id FROM people WHERE organization_id = ? AND user_id = ? AND erased_at IS NULL ORDER BY created_at, id LIMIT 1';
    const left = await row<{ id: string }>(db, first, [scope.organizationId, id]);
    if (left) await moveLimits(db, scope, id, left.id);
    const removed = await removeLimits(db, scope, [id]);
    await db.raw('UPDATE people SET user_id = NULL, mapped_until = NULL, pinned = false WHERE organization_id = ? AND user_id = ?', [
      scope.organizationId,
      id,
    ]);
    await db.raw('DELETE FROM directory_users WHERE organization_id = ? AND id = ?', [scope.organizationId, id]);
    return removed;
  },
});

/** Users that somebody keeps, or that a directory of the company knows. */
const VOUCHED = ['api', 'account', 'http', 'ldap'];
const COLUMN = { staffId: 'staff_id', email: 'email', mobile: 'mobile' } as const;

const comparable = (facts: PersonFacts, key: MatchKey): string | undefined => {
  const value = facts[key]?.trim();
  if (!value) return undefined;
  return key === 'email' ? comparableEmail(value) : key === 'mobile' ? comparableMobile(value) : value;
};

/** Somebody who signs in to this organization. */
const accountOf = (db: Knex, { tenantId, organizationId }: Scope, email: string) =>
  row<{ id: string; email: string; name: string }>(
    db,
    `SELECT u.id, u.email, u.name FROM users u WHERE u.tenant_id = ? AND u.email = ?
     AND (u.role = 'tenant_admin' OR EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.organization_id = ?))`,
    [tenantId, email, organizationId],
  );

export const USER = `u.id, u.source, u.username, u.email, u.name, u.mobile, u.staff_id AS "staffId", u.department, u.attributes,
  u.blocked_at AS "blockedAt", u.created_at AS "createdAt"`;

const SAVE = `
INSERT INTO directory_users AS u (id, tenant_id, organization_id, source, subject, username, email, name, mobile, staff_id, department, attributes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)
ON CONFLICT (organization_id, source, subject) DO UPDATE SET
  username = EXCLUDED.username, email = EXCLUDED.email, name = COALESCE(EXCLUDED.name, u.name), mobile = COALESCE(EXCLUDED.mobile, u.mobile),
  staff_id = COALESCE(EXCLUDED.staff_id, u.staff_id), department = COALESCE(EXCLUDED.department, u.department),
  attributes = u.attributes || EXCLUDED.attributes, updated_at = now()
RETURNING id`;
