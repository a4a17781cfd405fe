import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Role } from '../domain/roles';
import { row, rows } from './database';
import { hashToken, newToken } from './tokens';

/** How somebody signed in. */
export type SignInWay = 'password' | 'single_sign_on' | 'link';

export interface Place {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** Who a session stands for. */
export interface SessionHolder {
  readonly sessionId: string;
  readonly way: SignInWay;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'tenant_admin' | 'platform' | null;
  readonly tenantId: string | null;
  readonly contentNeedsReason: boolean;
  /** The organization chosen last. */
  readonly current: string | null;
  /** Organizations the user may act in, oldest first. */
  readonly places: readonly Place[];
}

export interface Session {
  readonly id: string;
  readonly way: SignInWay;
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly ua: string | null;
}

/** How long sessions live: without use, and at most. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly totalMs: number;
}

const NOTED_EVERY_MS = 60_000;

/** Sessions of the console: a random token in a cookie, its hash here. */
export const sessions = (db: Knex) => ({
  /** Resolves with the token, which can be read only now. */
  async open(
    user: { readonly id: string; readonly tenantId: string | null },
    how: { readonly way: SignInWay; readonly ip: string; readonly ua: string; readonly now: Date } & SessionLimits,
  ): Promise<{ readonly id: string; readonly token: string }> {
    const { way, ip, ua, now, idleMs, totalMs } = how;
    const id = randomUUID();
    const token = newToken();
    const end = now.getTime() + totalMs;
    await db.raw(
      'INSERT INTO sessions (id, user_id, tenant_id, hash, way, ip, ua, created_at, seen_at, idle_until, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        ...[id, user.id, user.tenantId, hashToken(token), way, ip, ua, now, now],
        ...[new Date(Math.min(end, now.getTime() + idleMs)), new Date(end)],
      ],
    );
    return { id, token };
  },

  /** Whose session this is, unless it has ended; that it was used prolongs it, where limits are given. */
  async holder(token: string, now: Date, limits?: Pick<SessionLimits, 'idleMs'>): Promise<SessionHolder | undefined> {
    const found = await row<SessionHolder & { readonly seenAt: Date }>(db, HOLDER, [hashToken(token), now, now]);
    if (!found) return undefined;
    const { seenAt, ...holder } = found;
    if (limits && now.getTime() - seenAt.getTime() >= Math.min(NOTED_EVERY_MS, limits.idleMs / 10)) {
      await db.raw('UPDATE sessions SET seen_at = ?, idle_until = LEAST(?, expires_at) WHERE id = ? AND revoked_at IS NULL', [
        ...[now, new Date(now.getTime() + limits.idleMs), holder.sessionId],
      ]);
    }
    return holder;
  },

  async choose(sessionId: string, organizationId: string): Promise<void> {
    await db.raw('UPDATE sessions SET current_organization = ? WHERE id = ?', [organizationId, sessionId]);
  },

  /** Those that have not ended, the last used first. */
  list: (userId: string, now: Date): Promise<Session[]> =>
    rows(
      db,
      `SELECT ${COLUMNS} FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND idle_until > ? AND expires_at > ? ORDER BY seen_at DESC, id LIMIT 200`,
      [userId, now, now],
    ),

  /** @returns whether there was such a session */
  revoke: async (userId: string, id: string, now: Date): Promise<boolean> =>
    (await row(db, 'UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND id = ? AND revoked_at IS NULL RETURNING id', [
      now,
      userId,
      id,
    ])) !== undefined,

  /** Those that ended long ago. */
  async tidy(now: Date): Promise<void> {
    await db.raw("DELETE FROM sessions WHERE expires_at < ?::timestamptz - interval '30 days'", [now]);
  },

  /** Ends all sessions of somebody, except one where given. */
  async revokeAll(userId: string, now: Date, except?: string): Promise<void> {
    await db.raw('UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND id IS DISTINCT FROM ?::uuid', [
      ...[now, userId, except ?? null],
    ]);
  },
});

const COLUMNS = 'id, way, created_at AS "createdAt", seen_at AS "seenAt", expires_at AS "expiresAt", ip, ua';

const HOLDER = `
SELECT s.id AS "sessionId", s.way, s.seen_at AS "seenAt", u.id AS "userId", u.name, u.email, u.role, u.tenant_id AS "tenantId",
       COALESCE(t.content_needs_reason, false) AS "contentNeedsReason", s.current_organization AS current,
       COALESCE((SELECT json_agg(json_build_object('id', o.id, 'name', o.name, 'role', COALESCE(u.role, m.role)) ORDER BY o.created_at, o.id)
                 FROM organizations o LEFT JOIN memberships m ON m.organization_id = o.id AND m.user_id = u.id
                 WHERE o.tenant_id = u.tenant_id AND (u.role = 'tenant_admin' OR m.user_id IS NOT NULL)), '[]') AS places
FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN tenants t ON t.id = u.tenant_id
WHERE s.hash = ? AND s.revoked_at IS NULL AND s.idle_until > ? AND s.expires_at > ?`;
