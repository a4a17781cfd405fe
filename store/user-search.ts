import type { Knex } from 'knex';
import { rows } from './database';
import { type DirectoryUser, USER } from './directory';
import { exactTime, type Listed, type Page, type Scope } from './scope';

/**
 * Users of an organization, oldest first.
 * @param q part of what is known of the user, or of an identity on a platform that is this user; in any case and any script
 */
export const searchUsers =
  (db: Knex) =>
  ({ organizationId }: Scope, q: string | undefined, page: Page): Promise<Listed<DirectoryUser>[]> =>
    rows(
      db,
      `SELECT ${USER}, ${exactTime('u.created_at')} AS "listedAt" FROM directory_users u
       WHERE u.organization_id = ? AND (u.created_at, u.id) > (?, ?) ${q === undefined ? '' : `AND ${SAYS}`} ORDER BY u.created_at, u.id LIMIT ?`,
      [organizationId, page.afterTime, page.afterId, ...(q === undefined ? [] : [q, organizationId, q]), page.limit],
    );

/** The identities are read once, not for each user: a hundred thousand of both take less than half a second, without an index to keep up to date. */
const SAYS = `(position(lower(?) in lower(concat_ws(' ', u.name, u.username, u.email, u.staff_id, u.mobile))) > 0
  OR u.id IN (SELECT p.user_id FROM people p WHERE p.organization_id = ? AND p.user_id IS NOT NULL AND p.erased_at IS NULL
    AND position(lower(?) in lower(concat_ws(' ', p.name, p.platform_id))) > 0))`;
