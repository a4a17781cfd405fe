import type { Knex } from 'knex';
import type { StopCause } from '../domain/conversation';
import type { Address, Attachment, Quote } from '../domain/event';
import type { Language } from '../domain/language';
import { row, rows } from './database';

export interface AskedEvent {
  readonly id: string;
  readonly text: string;
  readonly personId: string;
  readonly platformPersonId: string;
  readonly name: string | null;
  readonly address: Address;
  readonly language: Language;
  readonly attachments: readonly Attachment[];
  readonly quote: Quote | null;
  readonly sentAt: Date;
  readonly platformId: string;
  readonly staleAfterSeconds: number | null;
  /** It was for another expert than the session before it. */
  readonly renews?: boolean;
}

/** What a turn was asked, and by what it was stopped. */
export const questions = (db: Knex) => ({
  /** The question: events of this turn that were not recalled, in order. */
  asked: (turnId: string): Promise<AskedEvent[]> => rows<AskedEvent>(db, ASKED, [turnId]),

  /** Earlier exchanges of the session that reached an end with words, oldest first; of a question asked again the newest answer, and none to itself. */
  async history(sessionId: string, turnId: string, limit: number): Promise<readonly { question: string; answer: string }[]> {
    if (limit === 0) return [];
    const found = await rows<{ question: string; answer: string }>(db, HISTORY, [sessionId, turnId, sessionId, turnId, limit]);
    return found.reverse();
  },

  /** What stopped a turn: the newest event of its chat that can, with who sent it. Undefined where none did. */
  stopper: (turnId: string) => row<{ cause: StopCause; personId: string; name: string | null }>(db, STOPPER, [turnId]),

  /** Where the reply of a turn goes: its first event's address. */
  firstEvent: (turnId: string) => row<AskedEvent>(db, `${ASKED_ANY} ORDER BY e.number LIMIT 1`, [turnId]),
});

const STOPPER = `
SELECT CASE WHEN e.kind = 'recall' THEN 'recalled' WHEN e.kind = 'message' THEN 'interrupted' WHEN e.command = 'new' THEN 'new'
            WHEN e.command = 'end' THEN 'ended' ELSE 'stopped' END AS cause, e.person_id AS "personId", p.name
FROM events e JOIN people p ON p.id = e.person_id WHERE e.chat_id = (SELECT chat_id FROM turns WHERE id = ?) AND e.decision = 'accepted'
  AND e."end" IS DISTINCT FROM 'refused' AND (e.command IN ('stop', 'new', 'end') OR e.action = 'stop' OR e.kind = 'recall' OR (e.kind = 'message' AND e.settings->>'onBusy' = 'interrupt'))
ORDER BY e.number DESC LIMIT 1`;

const ASKED_ANY = `
SELECT e.id, e.text, e.person_id AS "personId", p.platform_id AS "platformPersonId", p.name, e.address, e.language, e.attachments, e.quote, e.sent_at AS "sentAt", e.platform_id AS "platformId",
       (e.settings->>'staleAfterSeconds')::int AS "staleAfterSeconds", e.renews
FROM events e JOIN people p ON p.id = e.person_id WHERE e.turn_id = ?`;
const ASKED = `${ASKED_ANY} AND e."end" IS DISTINCT FROM 'recalled' ORDER BY e.number`;

const HISTORY = `
WITH RECURSIVE replaced(id) AS (
  SELECT e.target::uuid FROM turns n JOIN events e ON e.turn_id = n.id WHERE n.conversation_id = ? AND e.kind = 'action' AND e.asks AND (n.id = ? OR n.answer <> '')
  UNION SELECT e.target::uuid FROM replaced r JOIN events e ON e.turn_id = r.id WHERE e.kind = 'action' AND e.asks)
SELECT (SELECT string_agg(concat_ws(E'\\n', NULLIF(e.text, ''), (
          SELECT string_agg(concat_ws(' ', '[' || concat_ws(': ', a->>'kind', a->>'name') || ']', a->>'text'), E'\\n') FROM jsonb_array_elements(e.attachments) a)
        ), E'\\n' ORDER BY e.number) FROM events e WHERE e.turn_id = t.id AND COALESCE(e."end", '') NOT IN ('recalled', 'refused')) AS question, t.answer
FROM turns t WHERE t.conversation_id = ? AND t.id <> ? AND t.answer IS NOT NULL AND t.answer <> '' AND t.number IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM replaced WHERE replaced.id = t.id) ORDER BY t.number DESC LIMIT ?`;
