import type { Knex } from 'knex';
import type { ReplyEnd, ReplyState, ReplyView, Usage } from '../domain/answer';
import type { StopCause } from '../domain/conversation';
import type { Address, Attachment, EventEnd } from '../domain/event';
import type { Language } from '../domain/language';
import { row, rows } from './database';

/** A turn as the workflow names it: ids only. */
export interface TurnKey {
  readonly turnId: string;
  readonly sessionId: string;
  readonly chatId: string;
  readonly runId: string;
  readonly eventIds: readonly string[];
}

/** The turn and its reply as they stand after this process became their writer. */
export interface OpenTurn {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly integrationId: string;
  readonly versionId: string | null;
  /** Tries that reached the backend. */
  readonly attempts: number;
  readonly startedAt: Date | null;
  readonly number: number | null;
  readonly reply: {
    readonly epoch: number;
    readonly state: ReplyState;
    readonly ref: unknown;
    /** Set once the end is decided: to be shown as it is, never asked again. */
    readonly view: ReplyView | null;
    readonly text: string;
    readonly finishingAt: Date | null;
    readonly finishedAt: Date | null;
  };
}

export interface AskedEvent {
  readonly id: string;
  readonly text: string;
  readonly personId: string;
  readonly platformPersonId: string;
  readonly name: string | null;
  readonly address: Address;
  readonly language: Language;
  readonly attachments: readonly Attachment[];
  readonly sentAt: Date;
  readonly platformId: string;
  readonly staleAfterSeconds: number | null;
}

export interface Outcome {
  readonly state: ReplyEnd;
  readonly view: ReplyView;
  readonly usage?: Usage;
  readonly stoppedBy?: string;
  readonly failure?: { readonly reference: string; readonly code: string; readonly detail: string };
}

/** Turns and their replies. Whoever writes must hold the reply's highest epoch: every write asks for it and says whether it still did. */
export const turns = (db: Knex) => ({
  /**
   * Claims the events that no other turn owns, opens session, turn and reply where they are new, and takes the reply over (epoch + 1).
   * @param begins the turn's number when its turn has come; undefined while it waits: a turn that has begun is then left alone
   * Resolves undefined when nothing is left to ask: then there is no card either.
   */
  async open(key: TurnKey, begins: number | undefined): Promise<OpenTurn | undefined> {
    const { turnId, sessionId } = key;
    const waits = begins === undefined;
    const found = await row<OpenTurnRow>(db, OPEN, [
      ...[turnId, key.eventIds as string[], turnId, turnId, sessionId, key.runId],
      ...[turnId, sessionId, waits ? 'waiting' : 'running', begins ?? null, waits ? null : new Date()],
      ...[waits, turnId, waits],
    ]);
    return found && toOpenTurn(found);
  },

  /** Takes over a reply that exists, whatever became of its turn. */
  async takeOver(turnId: string): Promise<OpenTurn | undefined> {
    const found = await row<OpenTurnRow>(db, TAKE_OVER, [turnId]);
    return found && toOpenTurn(found);
  },

  /** The question: events of this turn that were not recalled, in order. */
  asked: (turnId: string): Promise<AskedEvent[]> => rows<AskedEvent>(db, ASKED, [turnId]),

  /** Earlier exchanges of the session that reached an end with words, oldest first. */
  async history(sessionId: string, turnId: string, limit: number): Promise<readonly { question: string; answer: string }[]> {
    if (limit === 0) return [];
    const found = await rows<{ question: string; answer: string }>(db, HISTORY, [sessionId, turnId, limit]);
    return found.reverse();
  },

  version: (versionId: string) =>
    row<{ backend: string; config: string; name: string; version: number }>(
      db,
      'SELECT backend, config, name, version FROM expert_versions WHERE id = ?',
      [versionId],
    ),

  async reachedBackend(turnId: string): Promise<void> {
    await db.raw('UPDATE turns SET attempts = attempts + 1, asked_at = COALESCE(asked_at, now()) WHERE id = ?', [turnId]);
  },

  async firstToken(turnId: string): Promise<void> {
    await db.raw('UPDATE turns SET first_token_at = COALESCE(first_token_at, now()) WHERE id = ?', [turnId]);
  },

  /** Saves what the platform gave (a card's id …) before the next call is made. False when somebody else writes now. */
  async saveRef(turnId: string, epoch: number, ref: unknown): Promise<boolean> {
    return (
      (await row(db, 'UPDATE replies SET ref = ?::jsonb, touched_at = now() WHERE id = ? AND epoch = ? RETURNING id', [
        JSON.stringify(ref),
        turnId,
        epoch,
      ])) !== undefined
    );
  },

  /** Once a second while a reply grows: keeps the text for whoever takes over, and tells whether we still are its writer. */
  async touch(turnId: string, epoch: number, state: ReplyState, text: string, ref: unknown, sequence: number): Promise<boolean> {
    const sql =
      'UPDATE replies SET state = ?, text = ?, ref = ?::jsonb, sequence = ?, touched_at = now() WHERE id = ? AND epoch = ? AND finishing_at IS NULL RETURNING id';
    return (await row(db, sql, [state, text, JSON.stringify(ref), sequence, turnId, epoch])) !== undefined;
  },

  /** Decides the end: final view, outcome and transcript in one statement, before the last frame. False when somebody else writes now. */
  async decide(turnId: string, epoch: number, outcome: Outcome): Promise<boolean> {
    const { state, view, usage, failure } = outcome;
    const decided = await row(db, DECIDE, [
      ...[state, JSON.stringify(view), view.text, turnId, epoch],
      ...[
        state,
        view.text,
        usage ? JSON.stringify(usage) : null,
        failure?.reference ?? null,
        view.reason ?? null,
        outcome.stoppedBy ?? null,
      ],
      ...[failure?.reference ?? null, failure?.code ?? '', failure?.detail ?? '', failure !== undefined],
    ]);
    return decided !== undefined;
  },

  /** After the last frame: the reply is finished and its events have their end. */
  async finish(turnId: string, ref: unknown, end: EventEnd): Promise<void> {
    await db.raw(FINISH, [JSON.stringify(ref), end === 'undeliverable', turnId, end, turnId]);
  },

  /** Replies that were decided or begun but not finished and that nobody touched for so long. */
  unfinished: (untouchedMs: number, limit: number) =>
    rows<{ id: string; chatId: string }>(
      db,
      `SELECT id, chat_id AS "chatId" FROM replies WHERE finished_at IS NULL AND touched_at < now() - ? * interval '1 millisecond' ORDER BY touched_at LIMIT ?`,
      [untouchedMs, limit],
    ),

  /** The chat a turn belongs to, within its integration. */
  chatOf: (integrationId: string, turnId: string) =>
    row<{ chatKey: string }>(
      db,
      'SELECT c.key AS "chatKey" FROM turns t JOIN chats c ON c.id = t.chat_id WHERE t.integration_id = ? AND t.id::text = ?',
      [integrationId, turnId],
    ),

  /** What stopped a turn: the newest event of its chat that can, with who sent it. Undefined where none did. */
  stopper: (turnId: string) => row<{ cause: StopCause; personId: string; name: string | null }>(db, STOPPER, [turnId]),

  /** Where the reply of a turn goes: its first event's address. */
  firstEvent: (turnId: string) => row<AskedEvent>(db, `${ASKED_ANY} ORDER BY e.number LIMIT 1`, [turnId]),
});

export const toEventEnd = (state: ReplyEnd): EventEnd => (state === 'done' ? 'answered' : state);

type OpenTurnRow = Omit<OpenTurn, 'reply'> & OpenTurn['reply'];

function toOpenTurn({ epoch, state, ref, view, text, finishingAt, finishedAt, ...turn }: OpenTurnRow): OpenTurn {
  return { ...turn, reply: { epoch, state, ref, view, text, finishingAt, finishedAt } };
}

const OPENED = `
SELECT turn.id, turn.tenant_id AS "tenantId", turn.organization_id AS "organizationId", turn.integration_id AS "integrationId", turn.version_id AS "versionId",
       turn.attempts, turn.started_at AS "startedAt", turn.number, reply.epoch, reply.state, reply.ref, reply.view, reply.text,
       reply.finishing_at AS "finishingAt", reply.finished_at AS "finishedAt"`;

const OPEN = `
WITH claimed AS (
  UPDATE events SET turn_id = ? WHERE id = ANY(?) AND (turn_id IS NULL OR turn_id = ?) AND ("end" IS NULL OR turn_id = ?)
  RETURNING tenant_id, organization_id, integration_id, chat_id, version_id, expert_id, number),
newest AS (SELECT * FROM claimed ORDER BY number DESC LIMIT 1),
session AS (
  INSERT INTO conversations (id, tenant_id, organization_id, integration_id, chat_id, expert_id, run_id, started_at)
  SELECT ?, tenant_id, organization_id, integration_id, chat_id, expert_id, ?, now() FROM newest ON CONFLICT (id) DO NOTHING),
turn AS (
  INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, state, version_id, number, started_at)
  SELECT ?, tenant_id, organization_id, integration_id, chat_id, ?, ?, version_id, ?, ? FROM newest
  ON CONFLICT (id) DO UPDATE SET
    version_id = CASE WHEN turns.started_at IS NULL THEN EXCLUDED.version_id ELSE turns.version_id END,
    state = CASE WHEN turns.ended_at IS NULL THEN EXCLUDED.state ELSE turns.state END,
    number = COALESCE(turns.number, EXCLUDED.number), started_at = COALESCE(turns.started_at, EXCLUDED.started_at)
  WHERE NOT (? AND turns.started_at IS NOT NULL) RETURNING *),
reply AS (
  INSERT INTO replies (id, tenant_id, organization_id, integration_id, chat_id, state)
  SELECT ?, turn.tenant_id, turn.organization_id, turn.integration_id, turn.chat_id, CASE WHEN ? THEN 'queued' ELSE 'thinking' END FROM turn
  ON CONFLICT (id) DO UPDATE SET epoch = replies.epoch + 1, touched_at = now() RETURNING *)
${OPENED} FROM turn, reply`;

const TAKE_OVER = `
WITH reply AS (UPDATE replies SET epoch = epoch + 1, touched_at = now() WHERE id = ? RETURNING *)
${OPENED} FROM turns turn, reply WHERE turn.id = reply.id`;

const STOPPER = `
SELECT CASE WHEN e.kind = 'recall' THEN 'recalled' WHEN e.kind = 'message' THEN 'interrupted' WHEN e.command = 'new' THEN 'new'
            WHEN e.command = 'end' THEN 'ended' ELSE 'stopped' END AS cause, e.person_id AS "personId", p.name
FROM events e JOIN people p ON p.id = e.person_id WHERE e.chat_id = (SELECT chat_id FROM turns WHERE id = ?) AND e.decision = 'accepted'
  AND (e.command IN ('stop', 'new', 'end') OR e.action = 'stop' OR e.kind = 'recall' OR (e.kind = 'message' AND e.settings->>'onBusy' = 'interrupt'))
ORDER BY e.number DESC LIMIT 1`;

const ASKED_ANY = `
SELECT e.id, e.text, e.person_id AS "personId", p.platform_id AS "platformPersonId", p.name, e.address, e.language, e.attachments, e.sent_at AS "sentAt", e.platform_id AS "platformId",
       (e.settings->>'staleAfterSeconds')::int AS "staleAfterSeconds"
FROM events e JOIN people p ON p.id = e.person_id WHERE e.turn_id = ?`;
const ASKED = `${ASKED_ANY} AND e."end" IS DISTINCT FROM 'recalled' ORDER BY e.number`;

const HISTORY = `
SELECT (SELECT string_agg(e.text, E'\\n' ORDER BY e.number) FROM events e WHERE e.turn_id = t.id AND e."end" IS DISTINCT FROM 'recalled') AS question, t.answer
FROM turns t WHERE t.conversation_id = ? AND t.id <> ? AND t.answer IS NOT NULL AND t.answer <> '' AND t.number IS NOT NULL ORDER BY t.number DESC LIMIT ?`;

const DECIDE = `
WITH reply AS (
  UPDATE replies SET state = ?, view = ?::jsonb, text = ?, finishing_at = now(), touched_at = now()
  WHERE id = ? AND epoch = ? AND finishing_at IS NULL RETURNING id, tenant_id, organization_id),
turn AS (
  UPDATE turns SET state = ?, answer = ?, usage = ?::jsonb, reference = ?, reason = ?, stopped_by = ?::uuid, ended_at = now()
  FROM reply WHERE turns.id = reply.id),
failure AS (
  INSERT INTO failures (reference, tenant_id, organization_id, turn_id, code, detail)
  SELECT ?, tenant_id, organization_id, id, ?, ? FROM reply WHERE ?)
SELECT id FROM reply`;

const FINISH = `
WITH reply AS (UPDATE replies SET ref = ?::jsonb, finished_at = COALESCE(finished_at, now()), touched_at = now(), undeliverable = ? WHERE id = ?)
UPDATE events SET "end" = ?, ended_at = now(), orphaned_at = NULL, delivered_at = COALESCE(delivered_at, now()) WHERE turn_id = ? AND "end" IS NULL`;
