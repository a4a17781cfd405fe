import type { Knex } from 'knex';
import type { Address } from '../domain/event';
import type { Language } from '../domain/language';
import { row } from './database';

/** What must be known of a card before one of its buttons means something to whoever presses it. */
export interface Press {
  readonly chatKey: string;
  /** Where its question was asked. */
  readonly address: Address;
  readonly language: Language;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'expired';
  /** The session goes on. */
  readonly open: boolean;
  /** No other card of the session came later, and nothing of the chat waits for one. */
  readonly newest: boolean;
  /** Its question was asked again already. */
  readonly repeated: boolean;
  /** A new session was begun from it already. */
  readonly renewed: boolean;
  /** Whoever presses asked it, or said something that may still be added to it. */
  readonly asker: boolean;
  /** Whoever presses asked something in this session. */
  readonly participant: boolean;
  /** This very press was accepted before: it is delivered once more. */
  readonly accepted: boolean;
  /** What whoever presses thought of it until now. */
  readonly rating: { readonly action: 'good' | 'bad'; readonly detail: string | null } | null;
  /** The integration's, as it is stored. */
  readonly appearance: Readonly<Record<string, unknown>>;
}

export const cards = (db: Knex) => ({
  /**
   * One card as it stands towards one person; the event `platformId` itself does not count, so that its redelivery is seen as it was.
   * Resolves undefined where the integration has no such card.
   */
  press: async (integrationId: string, turnId: string, personId: string, platformId: string): Promise<Press | undefined> =>
    UUID.test(turnId) ? await row<Press>(db, PRESS, [platformId, integrationId, turnId, personId]) : undefined,
});

// As Parley writes its ids: ratings and repetitions are found by these letters.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PRESS = `
WITH pressed AS (
  SELECT t.*, p.id AS presser, ?::text AS event FROM (SELECT ?::uuid AS integration_id, ?::uuid AS turn_id, ?::text AS person_id) given
  JOIN turns t ON t.integration_id = given.integration_id AND t.id = given.turn_id
  LEFT JOIN people p ON p.integration_id = given.integration_id AND p.platform_id = given.person_id)
SELECT c.key AS "chatKey", first.address, first.language, t.state, s.ended_at IS NULL AS open, i.appearance,
  NOT EXISTS (SELECT 1 FROM turns n WHERE n.conversation_id = t.conversation_id AND n.id <> t.id AND n.created_at > t.created_at)
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.chat_id = t.chat_id AND e."end" IS NULL AND e.decision = 'accepted' AND (e.kind = 'message' OR e.asks)
                    AND e.turn_id IS DISTINCT FROM t.id AND e.platform_id <> t.event) AS newest,
  EXISTS (SELECT 1 FROM events e WHERE e.integration_id = t.integration_id AND e.target = t.id::text AND e.kind = 'action' AND e.asks
            AND e.platform_id <> t.event) AS repeated,
  EXISTS (SELECT 1 FROM events e WHERE e.integration_id = t.integration_id AND e.target = t.id::text AND e.action = 'new' AND e.decision = 'accepted'
            AND e.platform_id <> t.event) AS renewed,
  EXISTS (SELECT 1 FROM events e WHERE e.turn_id = t.id AND e.person_id = t.presser)
  OR EXISTS (SELECT 1 FROM events e WHERE e.chat_id = t.chat_id AND e.person_id = t.presser AND e."end" IS NULL AND e.turn_id IS NULL AND e.kind = 'message') AS asker,
  EXISTS (SELECT 1 FROM turns n JOIN events e ON e.turn_id = n.id WHERE n.conversation_id = t.conversation_id AND e.person_id = t.presser) AS participant,
  EXISTS (SELECT 1 FROM events e WHERE e.integration_id = t.integration_id AND e.platform_id = t.event AND e.decision = 'accepted') AS accepted,
  (SELECT json_build_object('action', e.action, 'detail', e.detail) FROM events e WHERE e.target = t.id::text AND e.action IN ('good', 'bad')
     AND e.integration_id = t.integration_id AND e.person_id = t.presser AND e."end" = 'done' AND e.platform_id <> t.event
     ORDER BY e.number DESC LIMIT 1) AS rating
FROM pressed t JOIN chats c ON c.id = t.chat_id JOIN conversations s ON s.id = t.conversation_id JOIN integrations i ON i.id = t.integration_id
CROSS JOIN LATERAL (SELECT e.address, e.language FROM events e WHERE e.turn_id = t.id ORDER BY e.number LIMIT 1) first`;
