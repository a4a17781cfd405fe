import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { CommandName } from '../domain/command';
import type { EventEnd, EventKind, InboundEvent } from '../domain/event';
import type { Language } from '../domain/language';
import type { Refused } from '../domain/refusal';
import { row } from './database';
import type { Route } from './routes';

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
  /** What its sender is told: a refusal without an end, until that is said. */
  readonly notice?: Refused;
  /** How long its words are kept as context, where it was not meant for the bot. */
  readonly contextUntil?: Date;
  /** Its expert is another one than that of the chat's open session. */
  readonly renews?: boolean;
  /** Its expert is that of the chat's open session. */
  readonly goesOn?: boolean;
  /** The event id (recall, edit), turn id (action) or session id (instruction) it is about. */
  readonly target?: string;
}

export interface Accepted {
  readonly id: string;
  readonly number: number;
  readonly chatId: string;
  readonly personId: string;
  /** Nothing else of its chat waits or is worked on: it may be told without a look at what came before. */
  readonly alone: boolean;
  /** It was written down as refused: another process was first to let somebody press this button, which can be pressed once. */
  readonly outrun?: true;
}

/** How events get into the ledger. */
export const newEvents = (db: Knex) => ({
  /**
   * Writes one event with its chat and person in one statement. The chat's row is locked until it commits, so the numbers of a chat rise in the
   * order of their commits. Resolves undefined when the event was there already.
   */
  async insert(event: NewEvent): Promise<Accepted | undefined> {
    try {
      // What fails in a transaction takes all of it along, unless it has a savepoint of its own: a press, which may fail, gets one.
      const mayFail = db.isTransaction && event.event.action !== undefined;
      return await (mayFail ? db.transaction((tx) => write(tx, event)) : write(db, event));
    } catch (error) {
      if (!isPressedAlready(error)) throw error;
      // What is not asked keeps no words of a question.
      const { quote: _, ...pressed } = event.event;
      const wordless = { ...pressed, text: '', attachments: [] };
      const accepted = await write(db, { ...event, event: wordless, asks: false, decision: 'refused', end: 'refused' });
      return accepted && { ...accepted, outrun: true };
    }
  },
});

const write = (db: Knex, { route, event, ...rest }: NewEvent): Promise<Accepted | undefined> =>
  row<Accepted>(db, INSERT, [
    ...[randomUUID(), route.tenantId, route.organizationId, route.integrationId, event.sender.id, event.sender.name ?? null],
    ...[...asking({ route, event, ...rest }), route.integrationId, event.id],
    ...[randomUUID(), route.tenantId, route.organizationId, route.integrationId, rest.chatKey, event.address.chatId, event.address.kind],
    ...[route.integrationId, rest.chatKey],
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
      event.quote ? JSON.stringify(event.quote) : null,
      event.detail ?? null,
    ],
    ...[
      new Date(event.at),
      rest.decision,
      route.versionId,
      route.expertId,
      JSON.stringify(route.settings),
      rest.end ?? null,
      rest.end ? new Date() : null,
      rest.notice ?? null,
      rest.contextUntil ?? null,
      rest.renews ?? false,
    ],
  ]);

/** The expert that the chat's session is with from this event on, whether that is a new choice, and whether the session ends with it. */
function asking({ route, kind, command, asks, decision, goesOn }: NewEvent): [string | null, boolean, boolean] {
  const accepted = decision === 'accepted';
  const isQuestion = accepted && (kind === 'message' || asks === true) && route.expertId !== null;
  return [isQuestion ? route.expertId : null, isQuestion && !goesOn, accepted && !isQuestion && (command === 'new' || command === 'end')];
}

const isPressedAlready = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && (error.constraint === 'events_again' || error.constraint === 'events_renewed');

const INSERT = `
WITH given AS (SELECT ?::uuid AS id, ?::uuid AS tenant_id, ?::uuid AS organization_id, ?::uuid AS integration_id, ?::text AS platform_id, ?::text AS name),
known AS (
  SELECT p.id FROM people p, given g WHERE p.integration_id = g.integration_id AND p.platform_id = g.platform_id AND (g.name IS NULL OR p.name = g.name)),
met AS (
  INSERT INTO people (id, tenant_id, organization_id, integration_id, platform_id, name) SELECT * FROM given WHERE NOT EXISTS (SELECT 1 FROM known)
  ON CONFLICT (integration_id, platform_id) DO UPDATE SET name = COALESCE(EXCLUDED.name, people.name) RETURNING id),
person AS (SELECT id FROM known UNION ALL SELECT id FROM met),
-- Who answers in the chat from now on; an event that was there already changes nothing.
asked AS (
  SELECT CASE WHEN fresh.is THEN a.expert_id END AS expert_id, fresh.is AND a.anew AS anew, fresh.is AND a.ends AS ends
  FROM (SELECT ?::uuid AS expert_id, ?::boolean AS anew, ?::boolean AS ends) a,
       (SELECT NOT EXISTS (SELECT 1 FROM events e WHERE e.integration_id = ? AND e.platform_id = ?) AS is) fresh),
chat AS (
  INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind, expert_id, routed_at)
  SELECT ?, ?, ?, ?, ?, ?, ?, asked.expert_id, now() FROM asked
  ON CONFLICT (integration_id, key) DO UPDATE SET last_event_at = now(), event_count = chats.event_count + 1,
    expert_id = CASE WHEN (SELECT ends FROM asked) THEN NULL ELSE COALESCE(EXCLUDED.expert_id, chats.expert_id) END,
    routed_at = CASE WHEN (SELECT anew FROM asked) THEN now() ELSE chats.routed_at END RETURNING id, event_count),
-- What this statement sees of the chat: older than what it writes to where another one held the row meanwhile.
before AS (SELECT c.event_count FROM chats c WHERE c.integration_id = ? AND c.key = ?)
INSERT INTO events (id, tenant_id, organization_id, integration_id, chat_id, person_id, platform_id, kind, command, asks, action, target, text, language,
                    address, attachments, quote, detail, sent_at, decision, version_id, expert_id, settings, "end", ended_at, notice, context_until, renews)
SELECT ?, ?, ?, ?, chat.id, person.id, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ? FROM chat, person
ON CONFLICT (integration_id, platform_id) DO NOTHING
RETURNING id, number, chat_id AS "chatId", person_id AS "personId",
  (SELECT event_count FROM chat) = COALESCE((SELECT event_count + 1 FROM before), 0)
  AND NOT EXISTS (SELECT 1 FROM events o WHERE o.chat_id = events.chat_id AND o."end" IS NULL) AS alone`;
