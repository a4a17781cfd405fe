import type { Knex } from 'knex';
import type { SessionEnd } from '../domain/conversation';
import { row, rows } from './database';
import type { Scope } from './scope';
import { type ConversationRow, search } from './search';
import { transcript } from './transcript';

export type { ConversationFilter, ConversationRow } from './search';

/** Sessions as people read them afterwards. */
export const conversations = (db: Knex) => ({
  ...search(db),

  ...transcript(db),

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

  /** A chat has one session at a time: where a later one stands, the end of the earlier was never written. */
  async endSuperseded(olderThanMs: number): Promise<void> {
    await db.raw(
      `UPDATE conversations c SET ended_at = now(), end_reason = 'timeout' WHERE c.ended_at IS NULL AND EXISTS (
         SELECT 1 FROM conversations n WHERE n.chat_id = c.chat_id AND n.started_at > c.started_at AND n.started_at < now() - ? * interval '1 millisecond')`,
      [olderThanMs],
    );
  },

  /** Sessions that stand open, by id, those after `afterId`: what the sentinel compares with Temporal. */
  open: (olderThanMs: number, afterId: string, limit: number): Promise<{ id: string; chatId: string }[]> =>
    rows(
      db,
      `SELECT id, chat_id AS "chatId" FROM conversations
       WHERE ended_at IS NULL AND started_at < now() - ? * interval '1 millisecond' AND id > ? ORDER BY id LIMIT ?`,
      [olderThanMs, afterId, limit],
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
      chat: string;
      chatKind: 'private' | 'group';
      turnId: string | null;
      conversationId: string | null;
      receivedAt: Date;
      deliveredAt: Date | null;
      orphanedAt: Date | null;
    }>(
      db,
      `SELECT id, number, kind, integration_id AS "integrationId", chat_id AS "chatId", (SELECT c.platform_chat_id FROM chats c WHERE c.id = chat_id) AS chat,
         (SELECT c.kind FROM chats c WHERE c.id = chat_id) AS "chatKind",
         turn_id AS "turnId", (SELECT t.conversation_id FROM turns t WHERE t.id = turn_id) AS "conversationId",
         received_at AS "receivedAt", delivered_at AS "deliveredAt", orphaned_at AS "orphanedAt"
       FROM events WHERE organization_id = ? AND "end" IS NULL AND number > ? ORDER BY number LIMIT ?`,
      [scope.organizationId, afterNumber, limit],
    ),
});

const EXPIRES_AT = `
SELECT CASE WHEN bool_and(t.ended_at IS NOT NULL) THEN
         GREATEST(max(t.ended_at), max(e.received_at)) + (array_agg((e.settings->>'sessionTimeoutSeconds')::int ORDER BY e.number DESC NULLS LAST))[1] * interval '1 second'
       END AS "expiresAt"
FROM conversations c JOIN turns t ON t.conversation_id = c.id JOIN events e ON e.turn_id = t.id
WHERE c.organization_id = ? AND c.id = ? AND c.ended_at IS NULL`;
