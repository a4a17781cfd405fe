import type { Knex } from 'knex';
import type { Step } from '../domain/answer';
import type { CardAction, EventKind } from '../domain/event';
import { rows } from './database';
import { exactTime, type Listed, type Scope } from './scope';

/** One message of a question; `at` and `receivedAt` are ISO 8601. */
export interface QuestionRow {
  readonly eventId: string;
  readonly kind: EventKind;
  readonly text: string;
  readonly personId: string;
  readonly person: string;
  readonly at: string;
  readonly receivedAt: string;
  readonly recalled: boolean;
  readonly quote: string | null;
  readonly attachments: readonly FileRow[];
}

export interface FileRow {
  readonly kind: string;
  readonly name: string | null;
  readonly mime: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly state: string | null;
}

export interface TurnRow {
  readonly id: string;
  readonly number: number | null;
  /** In the order of the session: the number, the highest of all while it waits. */
  readonly place: number;
  readonly state: string;
  readonly question: readonly QuestionRow[];
  readonly expertId: string | null;
  readonly expertName: string | null;
  readonly version: number | null;
  readonly replyState: string;
  readonly replyText: string;
  readonly sequence: number;
  /** How many processes wrote it, one after the other. */
  readonly epoch: number;
  /** Cards or messages that it took; null where the channel does not say. */
  readonly parts: number | null;
  /** The card as it ended; null while it grows. */
  readonly view: {
    readonly steps?: readonly Step[];
    readonly footer?: string;
    readonly buttons?: readonly CardAction[];
    readonly reasoning?: string;
  } | null;
  readonly files: readonly FileRow[];
  readonly undeliverable: boolean;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly askedAt: Date | null;
  readonly firstTokenAt: Date | null;
  readonly endedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly attempts: number;
  readonly usage: unknown;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly stoppedBy: { readonly id: string; readonly name: string } | null;
  /** Each person's newest rating, oldest first. */
  readonly feedback: readonly {
    readonly person: string;
    readonly rating: 'good' | 'bad';
    readonly detail: string | null;
    readonly at: string;
  }[];
}

/** A command, a pressed button, a recall or an edit. */
export interface ActRow {
  readonly eventId: string;
  readonly kind: Exclude<EventKind, 'message'>;
  /** Which command or button. */
  readonly name: string | null;
  readonly person: string;
  readonly personId: string;
  readonly at: Date;
  /** The turn it was about, or whose question it changed. */
  readonly turnId: string | null;
  readonly end: string | null;
}

/** Where a list of turns goes on: after the one with this place, time and id. */
export type TurnPlace = readonly [place: number, time: string, id: string];

const FIRST: TurnPlace = [-1, '-infinity', '00000000-0000-0000-0000-000000000000'];
const ALL = 100_000;
const MOST_ACTS = 500;

/** What was said and shown in one session, in order. */
export const transcript = (db: Knex) => ({
  turns(scope: Scope, conversationId: string, after: TurnPlace = FIRST, limit = ALL): Promise<Listed<TurnRow>[]> {
    return rows(db, TURNS, [scope.organizationId, conversationId, ...after, limit]);
  },

  /** The first 500 things that were done in the session beside asking. */
  acts: (scope: Scope, conversationId: string): Promise<ActRow[]> => rows(db, ACTS, [scope.organizationId, conversationId, MOST_ACTS]),
});

/** The place of turns that wait: they have no number yet. */
const WAITS = 2_147_483_647;

const FILE = `'kind', a.kind, 'name', a.name, 'mime', a.mime, 'size', a.size, 'state', a.state`;

/** What the platform told of each attachment, and what became of it. */
const CAME = `
COALESCE((SELECT json_agg(json_build_object('kind', told.file->>'kind', 'name', COALESCE(a.name, told.file->>'name'), 'mime', COALESCE(a.mime, told.file->>'mime'),
                                            'size', COALESCE(a.size, CASE WHEN jsonb_typeof(told.file->'size') = 'number' THEN (told.file->>'size')::numeric::bigint END),
                                            'state', a.state) ORDER BY told.place)
          FROM jsonb_array_elements(e.attachments) WITH ORDINALITY told(file, place) LEFT JOIN attachments a ON a.event_id = e.id AND a.position = told.place - 1), '[]')`;

const TURNS = `
SELECT t.id, t.number, COALESCE(t.number, ${WAITS}) AS place, t.state, t.attempts, t.usage, t.reference, t.reason, t.created_at AS "createdAt", t.started_at AS "startedAt", t.asked_at AS "askedAt",
       t.first_token_at AS "firstTokenAt", t.ended_at AS "endedAt", v.expert_id AS "expertId", v.name AS "expertName", v.version, r.state AS "replyState",
       r.text AS "replyText", r.view, r.sequence, r.epoch, r.undeliverable, r.finished_at AS "finishedAt", ${exactTime('t.created_at')} AS "listedAt",
       CASE WHEN jsonb_typeof(r.ref #> '{data,parts}') = 'array' THEN jsonb_array_length(r.ref #> '{data,parts}') END AS parts,
       COALESCE((SELECT json_agg(json_build_object('eventId', e.id, 'kind', e.kind, 'text', e.text, 'personId', p.id, 'person', COALESCE(p.name, p.platform_id), 'at', e.sent_at,
                                                   'receivedAt', e.received_at, 'recalled', e."end" IS NOT DISTINCT FROM 'recalled', 'quote', e.quote->>'text',
                                                   'attachments', ${CAME}) ORDER BY e.number)
                 FROM events e JOIN people p ON p.id = e.person_id WHERE e.turn_id = t.id), '[]') AS question,
       COALESCE((SELECT json_agg(json_build_object(${FILE}) ORDER BY a.position) FROM attachments a WHERE a.turn_id = t.id), '[]') AS files,
       (SELECT json_build_object('id', p.id, 'name', COALESCE(p.name, p.platform_id)) FROM people p WHERE p.id = t.stopped_by) AS "stoppedBy",
       COALESCE((SELECT json_agg(json_build_object('person', f.person, 'rating', f.action, 'detail', f.detail, 'at', f.sent_at) ORDER BY f.number)
                 FROM (SELECT DISTINCT ON (e.person_id) COALESCE(p.name, p.platform_id) AS person, e.action, e.detail, e.sent_at, e.number
                       FROM events e JOIN people p ON p.id = e.person_id
                       WHERE e.target = t.id::text AND e.action IN ('good', 'bad') AND e.integration_id = t.integration_id AND e."end" = 'done'
                       ORDER BY e.person_id, e.number DESC) f), '[]') AS feedback
FROM (SELECT * FROM turns t WHERE t.organization_id = ? AND t.conversation_id = ? AND (COALESCE(t.number, ${WAITS}), t.created_at, t.id) > (?, ?, ?)
      ORDER BY COALESCE(t.number, ${WAITS}), t.created_at, t.id LIMIT ?) t
JOIN replies r ON r.id = t.id LEFT JOIN expert_versions v ON v.id = t.version_id ORDER BY COALESCE(t.number, ${WAITS}), t.created_at, t.id`;

/** Between the session's first message and the next session's. */
const ACTS = `
WITH session AS MATERIALIZED (
  SELECT c.chat_id, COALESCE(c.ended_at, 'infinity') + interval '1 minute' AS until,
         (SELECT min(e.number) FROM events e WHERE e.turn_id = (SELECT t.id FROM turns t WHERE t.conversation_id = c.id ORDER BY t.number LIMIT 1)) AS first,
         COALESCE((SELECT min(e.number) FROM events e WHERE e.turn_id = (
                     SELECT t.id FROM turns t WHERE t.conversation_id = (
                       SELECT n.id FROM conversations n WHERE n.chat_id = c.chat_id AND n.started_at > c.started_at ORDER BY n.started_at LIMIT 1)
                     ORDER BY t.number LIMIT 1)), 9223372036854775807) AS beyond
  FROM conversations c WHERE c.organization_id = ? AND c.id = ?)
SELECT e.id AS "eventId", e.kind, COALESCE(e.command, e.action) AS name, COALESCE(p.name, p.platform_id) AS person, p.id AS "personId", e.sent_at AS at, e."end",
       COALESCE(e.turn_id, CASE WHEN e.target ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN COALESCE(
         (SELECT t.id FROM turns t WHERE t.id = e.target::uuid), (SELECT o.turn_id FROM events o WHERE o.id = e.target::uuid)) END) AS "turnId"
FROM events e JOIN people p ON p.id = e.person_id
WHERE e.chat_id = (SELECT chat_id FROM session) AND e.number >= (SELECT first FROM session) AND e.number < (SELECT beyond FROM session)
  AND e.kind <> 'message' AND e.received_at <= (SELECT until FROM session)
ORDER BY e.number LIMIT ?`;
