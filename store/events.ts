import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { CommandName } from '../domain/command';
import type { Heard } from '../domain/conversation';
import type { Address, EventEnd, EventKind, InboundEvent } from '../domain/event';
import type { Language } from '../domain/language';
import type { TriggerSettings } from '../domain/trigger';
import { row, rows } from './database';

/** What dispatch must know before it can decide; read with every event, never cached. */
export interface Route {
  readonly integrationId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly channel: string;
  readonly enabled: boolean;
  readonly expertId: string | null;
  readonly versionId: string | null;
  readonly settings: TriggerSettings | null;
}

export interface NewEvent {
  readonly route: Route;
  readonly event: InboundEvent;
  readonly kind: EventKind;
  readonly command?: CommandName | 'end';
  readonly asks?: boolean;
  readonly language: Language;
  readonly chatKey: string;
  readonly decision: 'accepted' | 'ignored' | 'refused';
  readonly end?: EventEnd;
  /** The event id (recall, edit), turn id (action) or session id (instruction) it is about. */
  readonly target?: string;
}

export interface Accepted {
  readonly id: string;
  readonly number: number;
  readonly chatId: string;
}

/** One chat's undelivered events as the signal carries them. */
export interface Undelivered {
  readonly chatId: string;
  readonly route: Pick<Route, 'integrationId' | 'tenantId' | 'organizationId' | 'channel' | 'expertId'>;
  readonly heard: readonly Heard[];
}

/** The ledger: every event that was ever read from a platform, once, with its decision and its end. */
export const events = (db: Knex) => ({
  route: (integrationId: string): Promise<Route | undefined> => row<Route>(db, ROUTE, [integrationId]),

  /**
   * Writes one event with its chat and person in one statement. The chat's row is locked until it commits, so the numbers of a chat rise in the
   * order of their commits. Resolves undefined when the event was there already.
   */
  insert: ({ route, event, ...rest }: NewEvent): Promise<Accepted | undefined> =>
    row<Accepted>(db, INSERT, [
      ...[randomUUID(), route.tenantId, route.organizationId, route.integrationId, event.sender.id, event.sender.name ?? null],
      ...[randomUUID(), route.tenantId, route.organizationId, route.integrationId, rest.chatKey, event.address.chatId, event.address.kind],
      ...[
        randomUUID(),
        route.tenantId,
        route.organizationId,
        route.integrationId,
        event.id,
        rest.kind,
        rest.command ?? null,
        rest.asks ?? false,
      ],
      ...[
        event.action ?? null,
        rest.target ?? null,
        event.text,
        rest.language,
        JSON.stringify(event.address),
        JSON.stringify(event.attachments),
      ],
      ...[
        new Date(event.at),
        rest.decision,
        route.versionId,
        route.expertId,
        JSON.stringify(route.settings),
        rest.end ?? null,
        rest.end ? new Date() : null,
      ],
    ]),

  find: (integrationId: string, platformId: string) =>
    row<{ id: string; chatKey: string }>(
      db,
      `SELECT e.id, c.key AS "chatKey" FROM events e JOIN chats c ON c.id = e.chat_id WHERE e.integration_id = ? AND e.platform_id = ?`,
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

  /** The oldest undelivered events of a chat, at most `limit`, oldest first. */
  async undelivered(chatId: string, limit: number): Promise<Undelivered | undefined> {
    const found = await rows<UndeliveredRow>(db, UNDELIVERED, [chatId, limit]);
    const first = found[0];
    if (!first) return undefined;
    const { integrationId, tenantId, organizationId, channel, expertId } = first;
    return { chatId, route: { integrationId, tenantId, organizationId, channel, expertId }, heard: found.map(toHeard) };
  },

  async markDelivered(ids: readonly string[]): Promise<void> {
    await db.raw('UPDATE events SET delivered_at = now() WHERE id = ANY(?) AND delivered_at IS NULL', [ids as string[]]);
  },

  /** Chats with events older than `olderThanMs` that no process has delivered; each is leased so that two relays take different ones. */
  async leaseUndelivered(olderThanMs: number, leaseMs: number, limit: number): Promise<readonly string[]> {
    const leased = await rows<{ id: string }>(db, LEASE, [olderThanMs, leaseMs, limit]);
    return leased.map(({ id }) => id);
  },

  release: async (chatId: string): Promise<void> => void (await db.raw('UPDATE chats SET relay_until = NULL WHERE id = ?', [chatId])),

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
              e.platform_id AS "platformId", p.platform_id AS "platformPersonId", e.address, e.language
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
}

interface UndeliveredRow extends Omit<Heard, 'timings' | 'shared' | 'at' | 'again'> {
  readonly again: boolean;
  readonly integrationId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly channel: string;
  readonly expertId: string | null;
  readonly settings: TriggerSettings;
  readonly address: Address;
  readonly sentAt: Date;
}

function toHeard(found: UndeliveredRow): Heard {
  const { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax } = found.settings;
  return {
    id: found.id,
    number: found.number,
    kind: found.kind,
    ...(found.command && { command: found.command }),
    ...(found.asks && { asks: true }),
    ...(found.action && { action: found.action }),
    at: found.sentAt.getTime(),
    personId: found.personId,
    shared: found.address.kind === 'group' && found.settings.groups.conversation !== 'member',
    versionId: found.versionId,
    timings: { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax },
    ...(found.target && { target: found.target }),
    ...(found.turnId && (found.kind === 'message' || found.asks) && { turnId: found.turnId }),
    ...(found.again && { again: true }),
  };
}

const ROUTE = `
SELECT i.id AS "integrationId", i.tenant_id AS "tenantId", i.organization_id AS "organizationId", i.channel, i.enabled,
       t.expert_id AS "expertId", t.version_id AS "versionId", t.settings
FROM integrations i LEFT JOIN published_triggers t ON t.integration_id = i.id WHERE i.id = ? AND i.deleted_at IS NULL`;

const INSERT = `
WITH given AS (SELECT ?::uuid AS id, ?::uuid AS tenant_id, ?::uuid AS organization_id, ?::uuid AS integration_id, ?::text AS platform_id, ?::text AS name),
known AS (
  SELECT p.id FROM people p, given g WHERE p.integration_id = g.integration_id AND p.platform_id = g.platform_id AND (g.name IS NULL OR p.name = g.name)),
met AS (
  INSERT INTO people (id, tenant_id, organization_id, integration_id, platform_id, name) SELECT * FROM given WHERE NOT EXISTS (SELECT 1 FROM known)
  ON CONFLICT (integration_id, platform_id) DO UPDATE SET name = COALESCE(EXCLUDED.name, people.name) RETURNING id),
person AS (SELECT id FROM known UNION ALL SELECT id FROM met),
chat AS (
  INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (integration_id, key) DO UPDATE SET last_event_at = now() RETURNING id)
INSERT INTO events (id, tenant_id, organization_id, integration_id, chat_id, person_id, platform_id, kind, command, asks, action, target, text, language,
                    address, attachments, sent_at, decision, version_id, expert_id, settings, "end", ended_at)
SELECT ?, ?, ?, ?, chat.id, person.id, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?::jsonb, ?, ? FROM chat, person
ON CONFLICT (integration_id, platform_id) DO NOTHING
RETURNING id, number, chat_id AS "chatId"`;

const UNDELIVERED = `
SELECT e.id, e.number, e.kind, e.command, e.asks, e.action, e.target, e.person_id AS "personId", e.version_id AS "versionId", e.turn_id AS "turnId",
       e.orphaned_at IS NOT NULL AS again, e.settings, e.address, e.sent_at AS "sentAt", e.integration_id AS "integrationId", e.tenant_id AS "tenantId", e.organization_id AS "organizationId",
       e.expert_id AS "expertId", i.channel
FROM events e JOIN integrations i ON i.id = e.integration_id
WHERE e.chat_id = ? AND e.delivered_at IS NULL AND e."end" IS NULL ORDER BY e.number LIMIT ?`;

const LEASE = `
UPDATE chats SET relay_until = now() + lease.ms * interval '1 millisecond'
FROM (SELECT c.id, settings.ms FROM chats c,
        (SELECT chat_id, min(number) AS first FROM events
         WHERE delivered_at IS NULL AND "end" IS NULL AND received_at < now() - ?::int * interval '1 millisecond' GROUP BY chat_id) waiting,
        (SELECT ?::int AS ms) settings
      WHERE c.id = waiting.chat_id AND (c.relay_until IS NULL OR c.relay_until < now())
      ORDER BY waiting.first LIMIT ? FOR UPDATE OF c SKIP LOCKED) lease
WHERE chats.id = lease.id RETURNING chats.id`;
