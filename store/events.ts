import type { Knex } from 'knex';
import type { Address, EventEnd, EventKind } from '../domain/event';
import type { Language } from '../domain/language';
import type { TriggerSettings } from '../domain/trigger';
import { row, rows } from './database';
import { newEvents } from './new-event';
import { findRoute, type Route, type RouteQuery } from './routes';
import { undelivered } from './undelivered';

/** The ledger: every event that was ever read from a platform, once, with its decision and its end. */
export const events = (db: Knex) => ({
  ...newEvents(db),
  ...undelivered(db),

  route: (integrationId: string, about?: RouteQuery): Promise<Route | undefined> => findRoute(db, integrationId, about),

  find: (integrationId: string, platformId: string) =>
    row<{ id: string; chatKey: string; ignored: boolean }>(
      db,
      `SELECT e.id, c.key AS "chatKey", e.decision = 'ignored' AS ignored FROM events e JOIN chats c ON c.id = e.chat_id WHERE e.integration_id = ? AND e.platform_id = ?`,
      [integrationId, platformId],
    ),

  /** Replaces what an event says while no turn has asked it yet. Resolves whether it did. */
  async edit(eventId: string, text: string): Promise<boolean> {
    const done = await row(
      db,
      `UPDATE events SET text = ? WHERE id = ? AND "end" IS NULL AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.id = events.turn_id AND turns.asked_at IS NOT NULL) RETURNING id`,
      [text, eventId],
    );
    return done !== undefined;
  },

  /** Gives events their end, once; a later end changes nothing. */
  async end(ids: readonly string[], end: EventEnd): Promise<void> {
    await db.raw(
      'UPDATE events SET "end" = ?, ended_at = now(), orphaned_at = NULL, delivered_at = COALESCE(delivered_at, now()) WHERE id = ANY(?) AND "end" IS NULL',
      [end, ids as string[]],
    );
  },

  /** Takes an event for something that is not a turn (a notice); false when somebody else took it. */
  async claim(id: string, owner: string): Promise<boolean> {
    return (
      (await row(db, 'UPDATE events SET turn_id = ? WHERE id = ? AND "end" IS NULL AND (turn_id IS NULL OR turn_id = ?) RETURNING id', [
        owner,
        id,
        owner,
      ])) !== undefined
    );
  },

  /** Accepted events older than `olderThanMs` without an end, by chat. */
  overdue: (olderThanMs: number, limit: number) =>
    rows<{ id: string; chatId: string; turnId: string | null; delivered: boolean; orphaned: boolean }>(
      db,
      `SELECT id, chat_id AS "chatId", turn_id AS "turnId", delivered_at IS NOT NULL AS delivered, orphaned_at IS NOT NULL AS orphaned FROM events
       WHERE "end" IS NULL AND received_at < now() - ? * interval '1 millisecond' ORDER BY number LIMIT ?`,
      [olderThanMs, limit],
    ),

  /** Nobody works on these: they go to the relay again. */
  async orphan(ids: readonly string[]): Promise<void> {
    await db.raw('UPDATE events SET delivered_at = NULL, orphaned_at = COALESCE(orphaned_at, now()) WHERE id = ANY(?) AND "end" IS NULL', [
      ids as string[],
    ]);
  },

  async adopted(ids: readonly string[]): Promise<void> {
    await db.raw('UPDATE events SET orphaned_at = NULL WHERE id = ANY(?) AND orphaned_at IS NOT NULL', [ids as string[]]);
  },

  /** Events that nobody works on or that nobody delivered in a minute: expected 0. */
  async countUnended(): Promise<number> {
    const found = await row<{ count: number }>(
      db,
      `SELECT count(*) AS count FROM events WHERE "end" IS NULL AND received_at < now() - interval '60 seconds' AND (orphaned_at IS NOT NULL OR delivered_at IS NULL)`,
    );
    return found?.count ?? 0;
  },

  async chatHasUnended(chatId: string): Promise<boolean> {
    return (await row(db, 'SELECT 1 FROM events WHERE chat_id = ? AND "end" IS NULL LIMIT 1', [chatId])) !== undefined;
  },

  /** What `say`, cards and the question need of one event. */
  facts: (id: string) =>
    row<EventFacts>(
      db,
      `SELECT e.id, e.integration_id AS "integrationId", e.tenant_id AS "tenantId", e.organization_id AS "organizationId", e.chat_id AS "chatId", e.kind,
              e.platform_id AS "platformId", p.platform_id AS "platformPersonId", e.address, e.language, e.settings
       FROM events e JOIN people p ON p.id = e.person_id WHERE e.id = ?`,
      [id],
    ),
});

export interface EventFacts {
  readonly id: string;
  readonly integrationId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly chatId: string;
  readonly kind: EventKind;
  readonly platformId: string;
  readonly platformPersonId: string;
  readonly address: Address;
  readonly language: Language;
  readonly settings: TriggerSettings | null;
}
