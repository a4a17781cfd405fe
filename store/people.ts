import type { Knex } from 'knex';
import { INSTRUCTOR } from '../domain/event';
import type { IdentityRefusal, PersonFacts } from '../domain/person';
import { row, rows } from './database';
import { type DirectoryUser, USER } from './directory';
import { exactTime, type Listed, type Scope } from './scope';
import { COUNT_ANEW, moveLimits } from './spending';

/** One person whose words are in a question, with what is known of who it is. */
export interface AskingPerson extends Scope {
  readonly id: string;
  readonly platformId: string;
  readonly name: string | null;
  readonly facts: PersonFacts;
  readonly user: Pick<DirectoryUser, 'id' | 'username' | 'email' | 'name' | 'department'> | null;
  readonly refused: IdentityRefusal | null;
  readonly mappedBy: string | null;
  readonly mappedUntil: Date | null;
  /** Joined by an administrator: never looked up again. */
  readonly pinned: boolean;
  readonly blocked: boolean;
  /** The trigger refuses people from outside. */
  readonly insidersOnly: boolean;
}

export interface Mapping {
  readonly userId: string | null;
  readonly refused: IdentityRefusal | null;
  readonly facts: PersonFacts;
  readonly by: string;
  readonly until: Date;
}

export interface PersonRow {
  readonly id: string;
  readonly integrationId: string;
  readonly channel: string;
  readonly platformId: string;
  readonly name: string | null;
  readonly facts: PersonFacts;
  readonly user: DirectoryUser | null;
  readonly refused: IdentityRefusal | null;
  readonly mappedAt: Date | null;
  readonly mappedUntil: Date | null;
  readonly pinned: boolean;
  readonly blockedAt: Date | null;
  readonly erasedAt: Date | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date | null;
}

/** People of the chats: identities on platforms, each mapped to a user where that is known. */
export const people = (db: Knex) => ({
  /** Everybody whose words a turn asks. */
  asking: (turnId: string): Promise<AskingPerson[]> => rows<AskingPerson>(db, ASKING, [turnId]),

  /**
   * Keeps who somebody is. A user that was made for this person alone, and is not theirs any more, goes; limits for it are for the new one, or for
   * the person where there is none. Without effect on who was joined by hand.
   */
  async remember(personId: string, { userId, refused, facts, by, until }: Mapping): Promise<void> {
    await db.raw(REMEMBER, [personId, userId, refused, JSON.stringify(facts), by, until]);
  },

  /** Everybody who spoke, oldest first: not who gave instructions from our own API. @param filter `q` is looked for in names, addresses and platform ids */
  list(scope: Scope, filter: PeopleFilter, page: { readonly afterTime: Date | string; readonly afterId: string; readonly limit: number }) {
    const { q, integrationId, userId, blocked } = filter;
    const given = [
      [
        `position(lower(?) in lower(concat_ws(' ', p.name, p.platform_id, p.facts->>'name', u.name, u.username, u.email, u.staff_id, u.mobile))) > 0`,
        q,
      ],
      ['p.integration_id = ?', integrationId],
      ['p.user_id = ?', userId],
      [`${BLOCKED} = ?`, blocked],
    ].filter((one): one is [string, string | boolean] => one[1] !== undefined);
    return rows<Listed<PersonRow>>(
      db,
      `${SELECT} AND p.erased_at IS NULL AND NOT starts_with(p.platform_id, '${INSTRUCTOR}') AND (p.created_at, p.id) > (?, ?) ${given.map(([where]) => `AND ${where}`).join(' ')}
       ORDER BY p.created_at, p.id LIMIT ?`,
      [scope.organizationId, page.afterTime, page.afterId, ...given.map(([, binding]) => binding), page.limit],
    );
  },

  get: (scope: Scope, id: string): Promise<PersonRow | undefined> =>
    row<PersonRow>(db, `${SELECT} AND p.id = ?`, [scope.organizationId, id]),

  /** The same user on all integrations, this person first. */
  identities: (scope: Scope, id: string): Promise<PersonRow[]> =>
    rows<PersonRow>(
      db,
      `${SELECT} AND p.erased_at IS NULL AND (p.id = ? OR p.user_id = (SELECT user_id FROM people WHERE organization_id = ? AND id = ?))
       ORDER BY p.id <> ?, p.created_at, p.id LIMIT 100`,
      [scope.organizationId, id, scope.organizationId, id, id],
    ),

  /** Whatever they say is ignored from now on, on every platform; or no longer. */
  async setBlocked(scope: Scope, id: string, blocked: boolean): Promise<void> {
    const at = blocked ? 'COALESCE(blocked_at, now())' : 'NULL';
    const mine = '(SELECT user_id FROM people WHERE organization_id = ? AND id = ?)';
    await db.raw(`UPDATE directory_users SET blocked_at = ${at} WHERE organization_id = ? AND id = ${mine}`, [
      scope.organizationId,
      scope.organizationId,
      id,
    ]);
    await db.raw(`UPDATE people SET blocked_at = ${at} WHERE organization_id = ? AND erased_at IS NULL AND (id = ? OR user_id = ${mine})`, [
      ...[scope.organizationId, id, scope.organizationId, id],
    ]);
  },

  /** Everybody who is mapped to the first user (or this person alone) is the second user from now on, for good. Blocked stays blocked. */
  async join(scope: Scope, id: string, into: string): Promise<void> {
    const old = (await this.get(scope, id))?.user;
    await db.raw(
      `UPDATE people SET user_id = ?, pinned = true, refused = NULL, mapped_at = now() WHERE organization_id = ? AND erased_at IS NULL AND (id = ? OR user_id = ?)`,
      [into, scope.organizationId, id, old?.id ?? null],
    );
    if (!old || old.id === into) return;
    await db.raw(
      `UPDATE directory_users u SET name = COALESCE(u.name, o.name), mobile = COALESCE(u.mobile, o.mobile), staff_id = COALESCE(u.staff_id, o.staff_id),
         department = COALESCE(u.department, o.department), attributes = o.attributes || u.attributes, blocked_at = COALESCE(u.blocked_at, o.blocked_at),
         updated_at = now()
       FROM directory_users o WHERE o.id = ? AND u.organization_id = ? AND u.id = ?`,
      [old.id, scope.organizationId, into],
    );
    await moveLimits(db, scope, old.id, into);
    await db.raw('DELETE FROM directory_users WHERE organization_id = ? AND id = ?', [scope.organizationId, old.id]);
  },

  async pin(scope: Scope, id: string, userId: string): Promise<void> {
    await db.raw('UPDATE people SET user_id = ?, pinned = true, refused = NULL, mapped_at = now() WHERE organization_id = ? AND id = ?', [
      ...[userId, scope.organizationId, id],
    ]);
  },
});

export interface PeopleFilter {
  readonly q?: string | undefined;
  readonly integrationId?: string | undefined;
  readonly userId?: string | undefined;
  readonly blocked?: boolean | undefined;
}

const BLOCKED = '(p.blocked_at IS NOT NULL OR (u.blocked_at IS NOT NULL))';

const ASKING = `
SELECT p.id, p.tenant_id AS "tenantId", p.organization_id AS "organizationId", p.platform_id AS "platformId", p.name, p.facts, p.refused,
       p.mapped_by AS "mappedBy", p.mapped_until AS "mappedUntil", p.pinned, ${BLOCKED} AS blocked, asked.insiders AS "insidersOnly",
       CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'username', u.username, 'email', u.email, 'name', u.name, 'department', u.department) END AS user
FROM (SELECT e.person_id, bool_or(COALESCE(e.settings->>'external', '') = 'refuse') AS insiders FROM events e
      WHERE e.turn_id = ? AND e."end" IS DISTINCT FROM 'recalled' GROUP BY e.person_id) asked
JOIN people p ON p.id = asked.person_id LEFT JOIN directory_users u ON u.id = p.user_id`;

const REMEMBER = `
WITH given AS (SELECT ?::uuid AS id, ?::uuid AS user_id, ?::text AS refused, ?::jsonb AS facts, ?::text AS mapped_by, ?::timestamptz AS mapped_until),
before AS (SELECT p.id, p.user_id FROM people p, given g WHERE p.id = g.id AND NOT p.pinned AND p.erased_at IS NULL FOR UPDATE OF p),
mapped AS (
  UPDATE people p SET user_id = g.user_id, refused = g.refused, facts = g.facts, mapped_by = g.mapped_by, mapped_until = g.mapped_until, mapped_at = now()
  FROM given g, before b WHERE p.id = b.id RETURNING p.id),
gone AS (
  DELETE FROM directory_users u USING before b, mapped m, given g, integrations i, people mine
  WHERE u.id = b.user_id AND u.id IS DISTINCT FROM g.user_id AND mine.id = b.id AND i.id = mine.integration_id AND u.source = i.channel AND u.blocked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM people o WHERE o.user_id = u.id AND o.id <> b.id) RETURNING u.id, u.organization_id)
UPDATE spending_limits l SET person_id = COALESCE(g.user_id, g.id), ${COUNT_ANEW} FROM gone, given g
WHERE l.organization_id = gone.organization_id AND l.person_id = gone.id`;

const SELECT = `
SELECT p.id, p.integration_id AS "integrationId", i.channel, p.platform_id AS "platformId", p.name, p.facts, p.refused, p.mapped_at AS "mappedAt",
       p.mapped_until AS "mappedUntil", p.pinned, COALESCE(p.blocked_at, u.blocked_at) AS "blockedAt", p.erased_at AS "erasedAt",
       p.created_at AS "firstSeenAt", ${exactTime('p.created_at')} AS "listedAt",
       (SELECT e.sent_at FROM events e WHERE e.person_id = p.id ORDER BY e.number DESC LIMIT 1) AS "lastSeenAt",
       CASE WHEN u.id IS NOT NULL THEN (SELECT to_jsonb(shown) FROM (SELECT ${USER}) shown) END AS user
FROM people p JOIN integrations i ON i.id = p.integration_id LEFT JOIN directory_users u ON u.id = p.user_id
WHERE p.organization_id = ?`;
