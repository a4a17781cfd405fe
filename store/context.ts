import type { Knex } from 'knex';
import type { Attachment, Quote } from '../domain/event';
import type { Language } from '../domain/language';
import { row, rows } from './database';

/** Something said in a group, though not to the bot. */
export interface Overheard {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly quote: Quote | null;
  readonly language: Language;
  readonly name: string | null;
  readonly platformPersonId: string;
}

/** Words that were not meant for the bot, kept for a while where a trigger asks for them. */
export const context = (db: Knex) => ({
  /** What was said in a turn's group before its question and after the last answered one, within the bounds of the question's trigger; oldest first. */
  async before(turnId: string): Promise<readonly Overheard[]> {
    return (await rows<Overheard>(db, BEFORE, [turnId])).reverse();
  },

  /** Its sender changed it. Resolves whether it is kept at all. */
  async edit(eventId: string, text: string): Promise<boolean> {
    return (
      (await row(db, 'UPDATE events SET text = ? WHERE id = ? AND context_until IS NOT NULL RETURNING id', [text, eventId])) !== undefined
    );
  },

  /** Its sender took it back. */
  forget: async (eventId: string): Promise<void> => void (await db.raw(`${FORGET} WHERE id = ? AND decision = 'ignored'`, [eventId])),

  /** Forgets all that is older than any question still to be asked could need. */
  expire: async (): Promise<void> => void (await db.raw(`${FORGET} WHERE context_until < now() - interval '1 hour'`)),
});

const FORGET = `UPDATE events SET text = '', attachments = '[]', quote = NULL, context_until = NULL`;

const BEFORE = `
WITH question AS (
  SELECT e.number, e.sent_at, e.chat_id, e.integration_id, c.platform_chat_id, e.address->>'threadId' AS thread,
         CASE WHEN e.kind = 'action' THEN e.target END AS again,
         e.settings->'groups'->>'conversation' AS conversation, (e.settings->'groups'->'context'->>'messages')::int AS most,
         (e.settings->'groups'->'context'->>'windowSeconds')::int AS seconds, COALESCE(e.settings->'people'->'block', '[]') AS blocked
  FROM events e JOIN chats c ON c.id = e.chat_id
  WHERE e.turn_id = ? AND e."end" IS DISTINCT FROM 'recalled' AND e.address->>'kind' = 'group' ORDER BY e.number DESC LIMIT 1)
SELECT e.text, e.attachments, e.quote, e.language, p.name, p.platform_id AS "platformPersonId"
FROM question q JOIN chats c ON c.integration_id = q.integration_id AND c.platform_chat_id = q.platform_chat_id
JOIN events e ON e.chat_id = c.id JOIN people p ON p.id = e.person_id
WHERE q.most > 0 AND e.context_until IS NOT NULL AND e.number < q.number AND e.sent_at >= q.sent_at - q.seconds * interval '1 second'
  AND e.number > COALESCE((SELECT max(a.number) FROM events a WHERE a.chat_id = q.chat_id AND a.number < q.number AND a."end" = 'answered'
                               AND a.turn_id::text IS DISTINCT FROM q.again), 0)
  AND (q.conversation <> 'thread' OR e.address->>'threadId' IS NOT DISTINCT FROM q.thread)
  AND NOT q.blocked @> to_jsonb(p.platform_id)
ORDER BY e.number DESC LIMIT (SELECT most FROM question)`;
