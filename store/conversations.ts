import type { Knex } from 'knex';
import type { SessionEnd } from '../domain/conversation';
import { row, rows } from './database';
import { exactTime, type Listed, type Scope } from './scope';

export interface ConversationRow {
  readonly id: string;
  readonly state: 'open' | 'ended';
  readonly endReason: SessionEnd | null;
  readonly integrationId: string;
  readonly expertId: string | null;
  readonly chatId: string;
  readonly chat: string;
  readonly chatKind: 'private' | 'group';
  readonly chatKey: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly runId: string;
  readonly turnCount: number;
}

export interface TurnRow {
  readonly id: string;
  readonly number: number | null;
  readonly state: string;
  readonly question: readonly { readonly eventId: string; readonly text: string; readonly person: string; readonly at: string }[];
  readonly expertId: string | null;
  readonly version: number | null;
  readonly replyState: string;
  readonly replyText: string;
  readonly sequence: number;
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
}

export interface ConversationFilter {
  readonly integrationId?: string;
  readonly chat?: string;
  readonly personId?: string;
  readonly expertId?: string;
  readonly state?: 'open' | 'ended';
  readonly from?: Date;
  readonly to?: Date;
  readonly q?: string;
}

/** Sessions as people read them afterwards. */
export const conversations = (db: Knex) => ({
  get: (scope: Scope, id: string): Promise<ConversationRow | undefined> =>
    row<ConversationRow>(db, `${SELECT} WHERE c.organization_id = ? AND c.id = ?`, [scope.organizationId, id]),

  /** Newest first, after the given one. */
  list(
    scope: Scope,
    filter: ConversationFilter,
    before: { time: Date | string; id: string },
    limit: number,
  ): Promise<Listed<ConversationRow>[]> {
    const [wheres, bindings] = conditions(filter);
    return rows<Listed<ConversationRow>>(
      db,
      `${SELECT} WHERE c.organization_id = ? AND (c.started_at, c.id) < (?, ?) ${wheres.map((where) => `AND ${where}`).join(' ')} ORDER BY c.started_at DESC, c.id DESC LIMIT ?`,
      [scope.organizationId, before.time, before.id, ...bindings, limit],
    );
  },

  turns: (scope: Scope, conversationId: string): Promise<TurnRow[]> => rows<TurnRow>(db, TURNS, [scope.organizationId, conversationId]),

  /** When an open session ends unless somebody speaks; null while a turn runs or waits. */
  async expiresAt(scope: Scope, id: string): Promise<Date | null> {
    return (await row<{ expiresAt: Date | null }>(db, EXPIRES_AT, [scope.organizationId, id]))?.expiresAt ?? null;
  },

  /** Open sessions of an integration, as far as instructions need to know them. */
  openOf: (scope: Scope, integrationId: string, limit: number): Promise<Pick<ConversationRow, 'id' | 'chat' | 'chatKind' | 'chatKey'>[]> =>
    rows(
      db,
      `SELECT c.id, ch.platform_chat_id AS chat, ch.kind AS "chatKind", ch.key AS "chatKey" FROM conversations c JOIN chats ch ON ch.id = c.chat_id
       WHERE c.organization_id = ? AND c.integration_id = ? AND c.ended_at IS NULL ORDER BY c.started_at LIMIT ?`,
      [scope.organizationId, integrationId, limit],
    ),

  async end(id: string, reason: SessionEnd): Promise<void> {
    await db.raw('UPDATE conversations SET ended_at = COALESCE(ended_at, now()), end_reason = COALESCE(end_reason, ?) WHERE id = ?', [
      reason,
      id,
    ]);
  },

  /** Sessions that stand open, oldest first: what the sentinel compares with Temporal. */
  open: (olderThanMs: number, limit: number): Promise<{ id: string; chatId: string }[]> =>
    rows(
      db,
      `SELECT id, chat_id AS "chatId" FROM conversations WHERE ended_at IS NULL AND started_at < now() - ? * interval '1 millisecond' ORDER BY started_at LIMIT ?`,
      [olderThanMs, limit],
    ),

  failure: (scope: Scope, reference: string) =>
    row<{ reference: string; code: string; detail: string; at: Date; turnId: string; conversationId: string; integrationId: string }>(
      db,
      `SELECT f.reference, f.code, f.detail, f.at, f.turn_id AS "turnId", t.conversation_id AS "conversationId", t.integration_id AS "integrationId"
       FROM failures f JOIN turns t ON t.id = f.turn_id WHERE f.organization_id = ? AND f.reference = ?`,
      [scope.organizationId, reference],
    ),

  unendedEvents: (scope: Scope, afterNumber: number, limit: number) =>
    rows<{
      id: string;
      number: number;
      kind: string;
      integrationId: string;
      chatId: string;
      turnId: string | null;
      receivedAt: Date;
      deliveredAt: Date | null;
      orphanedAt: Date | null;
    }>(
      db,
      `SELECT id, number, kind, integration_id AS "integrationId", chat_id AS "chatId", turn_id AS "turnId", received_at AS "receivedAt", delivered_at AS "deliveredAt", orphaned_at AS "orphanedAt"
       FROM events WHERE organization_id = ? AND "end" IS NULL AND number > ? ORDER BY number LIMIT ?`,
      [scope.organizationId, afterNumber, limit],
    ),
});

function conditions(filter: ConversationFilter): [string[], Knex.RawBinding[]] {
  const known: [string, Knex.RawBinding | undefined][] = [
    ['c.integration_id = ?', filter.integrationId],
    ['ch.platform_chat_id = ?', filter.chat],
    [
      'EXISTS (SELECT 1 FROM turns t JOIN events e ON e.turn_id = t.id WHERE t.conversation_id = c.id AND e.person_id = ?)',
      filter.personId,
    ],
    ['c.expert_id = ?', filter.expertId],
    ['c.started_at >= ?', filter.from],
    ['c.started_at < ?', filter.to],
    [
      `EXISTS (SELECT 1 FROM turns t LEFT JOIN events e ON e.turn_id = t.id WHERE t.conversation_id = c.id AND (position(lower(?) in lower(coalesce(t.answer, '') || ' ' || coalesce(e.text, ''))) > 0))`,
      filter.q,
    ],
  ];
  const given = known.filter((pair): pair is [string, Knex.RawBinding] => pair[1] !== undefined);
  const state = filter.state === 'open' ? ['c.ended_at IS NULL'] : filter.state === 'ended' ? ['c.ended_at IS NOT NULL'] : [];
  return [[...given.map(([where]) => where), ...state], given.map(([, binding]) => binding)];
}

const SELECT = `
SELECT c.id, CASE WHEN c.ended_at IS NULL THEN 'open' ELSE 'ended' END AS state, c.end_reason AS "endReason", c.integration_id AS "integrationId",
       c.expert_id AS "expertId", c.chat_id AS "chatId", ch.platform_chat_id AS chat, ch.kind AS "chatKind", ch.key AS "chatKey", c.started_at AS "startedAt", c.ended_at AS "endedAt",
       c.run_id AS "runId", ${exactTime('c.started_at')} AS "listedAt", (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id)::int AS "turnCount"
FROM conversations c JOIN chats ch ON ch.id = c.chat_id`;

const EXPIRES_AT = `
SELECT CASE WHEN bool_and(t.ended_at IS NOT NULL) THEN
         GREATEST(max(t.ended_at), max(e.received_at)) + (array_agg((e.settings->>'sessionTimeoutSeconds')::int ORDER BY e.number DESC NULLS LAST))[1] * interval '1 second'
       END AS "expiresAt"
FROM conversations c JOIN turns t ON t.conversation_id = c.id JOIN events e ON e.turn_id = t.id
WHERE c.organization_id = ? AND c.id = ? AND c.ended_at IS NULL`;

const TURNS = `
SELECT t.id, t.number, t.state, t.attempts, t.usage, t.reference, t.reason, t.created_at AS "createdAt", t.started_at AS "startedAt", t.asked_at AS "askedAt",
       t.first_token_at AS "firstTokenAt", t.ended_at AS "endedAt", v.expert_id AS "expertId", v.version, r.state AS "replyState", r.text AS "replyText",
       r.sequence, r.undeliverable, r.finished_at AS "finishedAt",
       COALESCE((SELECT json_agg(json_build_object('eventId', e.id, 'text', e.text, 'person', COALESCE(p.name, p.platform_id), 'at', e.sent_at) ORDER BY e.number)
                 FROM events e JOIN people p ON p.id = e.person_id WHERE e.turn_id = t.id), '[]') AS question
FROM turns t JOIN replies r ON r.id = t.id LEFT JOIN expert_versions v ON v.id = t.version_id
WHERE t.organization_id = ? AND t.conversation_id = ? ORDER BY t.number NULLS LAST, t.created_at`;
