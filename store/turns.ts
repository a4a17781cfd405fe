import type { Knex } from 'knex';
import type { ReplyEnd, ReplyState, ReplyView, Usage } from '../domain/answer';
import type { EventEnd } from '../domain/event';
import { row, rows } from './database';
import { savedAtOf } from './integrations';
import { questions } from './questions';

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
  /** When that was saved last; null where it was deleted. */
  readonly integrationSavedAt: string | null;
  readonly versionId: string | null;
  /** The expert as it was published when the turn began; its settings are sealed. */
  readonly version: { readonly backend: string; readonly config: string } | null;
  /** Tries that reached the backend. */
  readonly attempts: number;
  readonly startedAt: Date | null;
  readonly number: number | null;
  /** There are limits on what its organization may use. */
  readonly limited: boolean;
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

/** A reply as far as it has grown. */
export interface Grown {
  readonly state: ReplyState;
  readonly text: string;
  readonly ref: unknown;
  readonly sequence: number;
  readonly firstTokenAt?: Date | undefined;
}

export interface Outcome {
  readonly state: ReplyEnd;
  readonly view: ReplyView;
  readonly usage?: Usage;
  readonly stoppedBy?: string;
  /** Files it made that are to be sent; undefined = not known. */
  readonly files?: number;
  readonly firstTokenAt?: Date | undefined;
  readonly failure?: { readonly reference: string; readonly code: string; readonly detail: string };
}

/** Turns and their replies. Whoever writes must hold the reply's highest epoch: every write asks for it and says whether it still did. */
export const turns = (db: Knex) => ({
  ...questions(db),

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

  async reachedBackend(turnId: string): Promise<void> {
    await db.raw('UPDATE turns SET attempts = attempts + 1, asked_at = COALESCE(asked_at, now()) WHERE id = ?', [turnId]);
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
  async touch(turnId: string, epoch: number, { state, text, ref, sequence, firstTokenAt }: Grown): Promise<boolean> {
    return (await row(db, TOUCH, [state, text, JSON.stringify(ref), sequence, turnId, epoch, firstTokenAt ?? null])) !== undefined;
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
        outcome.firstTokenAt ?? null,
      ],
      ...[failure?.reference ?? null, failure?.code ?? '', failure?.detail ?? '', failure !== undefined],
    ]);
    return decided !== undefined;
  },

  /** After the last frame: the reply is finished and its events have their end. */
  async finish(turnId: string, ref: unknown, end: EventEnd): Promise<void> {
    await db.raw(FINISH, [JSON.stringify(ref), end === 'undeliverable', turnId, end, turnId]);
  },

  /**
   * Replies of the last day without a finish that nobody touched for so long and that no event brings back, because all of theirs have their end
   * (recalled, refused).
   */
  abandoned: (untouchedMs: number, limit: number) =>
    rows<{ id: string; chatId: string; eventIds: readonly string[] }>(db, ABANDONED, [untouchedMs, limit]),
});

export const toEventEnd = (state: ReplyEnd): EventEnd => (state === 'done' ? 'answered' : state);

type OpenTurnRow = Omit<OpenTurn, 'reply'> & OpenTurn['reply'];

function toOpenTurn({ epoch, state, ref, view, text, finishingAt, finishedAt, ...turn }: OpenTurnRow): OpenTurn {
  return { ...turn, reply: { epoch, state, ref, view, text, finishingAt, finishedAt } };
}

const OPENED = `
SELECT turn.id, turn.tenant_id AS "tenantId", turn.organization_id AS "organizationId", turn.integration_id AS "integrationId", ${savedAtOf('turn.integration_id')} AS "integrationSavedAt", turn.version_id AS "versionId", CASE WHEN v.id IS NOT NULL THEN json_build_object('backend', v.backend, 'config', v.config) END AS version,
       turn.attempts, turn.started_at AS "startedAt", turn.number, reply.epoch, reply.state, reply.ref, reply.view, reply.text,
       reply.finishing_at AS "finishingAt", reply.finished_at AS "finishedAt",
       EXISTS (SELECT 1 FROM spending_limits l WHERE l.organization_id = turn.organization_id AND l.enabled) AS limited`;

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
${OPENED} FROM reply, turn LEFT JOIN expert_versions v ON v.id = turn.version_id`;

const TAKE_OVER = `
WITH reply AS (UPDATE replies SET epoch = epoch + 1, touched_at = now() WHERE id = ? RETURNING *)
${OPENED} FROM reply JOIN turns turn ON turn.id = reply.id LEFT JOIN expert_versions v ON v.id = turn.version_id`;

const TOUCH = `
WITH reply AS (
  UPDATE replies SET state = ?, text = ?, ref = ?::jsonb, sequence = ?, touched_at = now()
  WHERE id = ? AND epoch = ? AND finishing_at IS NULL RETURNING id),
turn AS (
  UPDATE turns SET first_token_at = given.at FROM reply, (SELECT ?::timestamptz AS at) given
  WHERE turns.id = reply.id AND turns.first_token_at IS NULL AND given.at IS NOT NULL)
SELECT id FROM reply`;

const ABANDONED = `
SELECT r.id, r.chat_id AS "chatId", ARRAY(SELECT e.id FROM events e WHERE e.turn_id = r.id) AS "eventIds" FROM replies r
WHERE r.finished_at IS NULL AND r.touched_at < now() - ? * interval '1 millisecond' AND r.created_at > now() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.turn_id = r.id AND e."end" IS NULL) ORDER BY r.touched_at LIMIT ?`;

const DECIDE = `
WITH reply AS (
  UPDATE replies SET state = ?, view = ?::jsonb, text = ?, finishing_at = now(), touched_at = now()
  WHERE id = ? AND epoch = ? AND finishing_at IS NULL RETURNING id, tenant_id, organization_id),
turn AS (
  UPDATE turns SET state = ?, answer = ?, usage = ?::jsonb, reference = ?, reason = ?, stopped_by = ?::uuid,
    first_token_at = COALESCE(first_token_at, ?), ended_at = now()
  FROM reply WHERE turns.id = reply.id),
failure AS (
  INSERT INTO failures (reference, tenant_id, organization_id, turn_id, code, detail)
  SELECT ?, tenant_id, organization_id, id, ?, ? FROM reply WHERE ?)
SELECT id FROM reply`;

const FINISH = `
WITH reply AS (UPDATE replies SET ref = ?::jsonb, finished_at = COALESCE(finished_at, now()), touched_at = now(), undeliverable = ? WHERE id = ?)
UPDATE events SET "end" = ?, ended_at = now(), orphaned_at = NULL, delivered_at = COALESCE(delivered_at, now()) WHERE turn_id = ? AND "end" IS NULL`;
