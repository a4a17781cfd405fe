import type { Knex } from 'knex';
import { beginningOf } from '../domain/text';
import { row, rows } from './database';
import type { Scope } from './scope';
import { removeLimits, type StoredLimit } from './spending';
import { ASKED_AGAIN, TURNS_TOLD } from './spread';

/** What has to go besides rows of tables with known columns. */
interface Traces extends Scope {
  readonly id: string;
  readonly integrationId: string;
  readonly platformId: string;
  readonly userId: string | null;
  /** Turns whose expert was told words of this person. */
  readonly turnIds: readonly string[];
  /** Presses, whoever's, that asked the same again and hold the words once more. */
  readonly againIds: readonly string[];
  /** Chats that are this person's alone. */
  readonly chats: readonly { readonly id: string; readonly platformId: string; readonly key: string; readonly private: boolean }[];
}

const MEMORY_AT_ONCE = 500;
/** Lists of chats show the beginnings of what was said last, in characters. */
const SHORTENED = 80;

/** Takes what people said, and who they were, out of everything that is kept; ids, times and counts stay. */
export const erasure = (db: Knex) => ({
  /** Whether something of these people is still being answered, or waits for it. */
  async isUnderWay(ids: readonly string[]): Promise<boolean> {
    for (const id of ids) {
      const waiting = `SELECT 1 FROM events WHERE "end" IS NULL AND (person_id = ? OR id IN (${ASKED_AGAIN})) LIMIT 1`;
      if (await row(db, waiting, [id, id])) return true;
      const turnIds = await turnsTold(db, id);
      if (await row(db, 'SELECT 1 FROM replies WHERE id = ANY(?) AND finished_at IS NULL LIMIT 1', [turnIds])) return true;
    }
    return false;
  },

  /** All of them or nobody; resolves with the limits that were for nobody else. Files are no matter of the database: they go before. */
  erase: (scope: Scope, ids: readonly string[]): Promise<readonly StoredLimit[]> =>
    db.transaction(async (tx) => {
      const limits: StoredLimit[] = [];
      for (const id of ids) {
        const traces = await tracesOf(tx, scope, id);
        if (traces) limits.push(...(await eraseOne(tx, traces)));
      }
      return limits;
    }),

  /** Where files may be that somebody gave to a channel that keeps files itself: platform handles of what they sent. */
  async handles(id: string): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT a->>'ref' AS ref FROM events e, jsonb_array_elements(e.attachments) a WHERE e.person_id = ?`;
    return (await rows<{ ref: string | null }>(db, sql, [id])).flatMap(({ ref }) => (ref ? [ref] : []));
  },
});

async function tracesOf(tx: Knex.Transaction, { organizationId }: Scope, id: string): Promise<Traces | undefined> {
  const found = await row<Omit<Traces, 'turnIds' | 'againIds' | 'chats'>>(
    tx,
    `SELECT id, tenant_id AS "tenantId", organization_id AS "organizationId", integration_id AS "integrationId", platform_id AS "platformId",
            user_id AS "userId" FROM people WHERE organization_id = ? AND id = ? FOR UPDATE`,
    [organizationId, id],
  );
  if (!found) return undefined;
  const chats = await rows<Traces['chats'][number]>(tx, CHATS, [id, `%/member/${likely(encodeURIComponent(found.platformId))}`]);
  const again = await rows<{ id: string }>(tx, ASKED_AGAIN, [id]);
  return { ...found, turnIds: await turnsTold(tx, id), againIds: again.map((press) => press.id), chats };
}

const likely = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const turnsTold = async (db: Knex | Knex.Transaction, id: string): Promise<string[]> =>
  (await rows<{ id: string }>(db, TURNS_TOLD, [id, id])).map((turn) => turn.id);

async function eraseOne(tx: Knex.Transaction, traces: Traces): Promise<StoredLimit[]> {
  const { id, integrationId, platformId, userId, turnIds, againIds, chats } = traces;
  await forgetMemory(tx, traces);
  const chatIds = chats.map((chat) => chat.id);
  const privateIds = chats.filter((chat) => chat.private).map((chat) => chat.id);
  await tx.raw(
    `UPDATE events SET quote = NULL WHERE integration_id = ? AND quote IS NOT NULL
     AND (quote->>'sender' IN (SELECT unnest(ARRAY[platform_id, name]) FROM people WHERE id = ?)
          OR quote->>'messageId' IN (SELECT platform_id FROM events WHERE person_id = ?))`,
    [integrationId, id, id],
  );
  await tx.raw(
    `UPDATE events SET text = '', attachments = '[]', quote = NULL, detail = NULL, context_until = NULL, address = address - 'handles'
     WHERE person_id = ? OR id = ANY(?)`,
    [id, againIds as string[]],
  );
  await tx.raw(
    `UPDATE events SET address = jsonb_build_object('chatId', 'erased:' || chat_id, 'kind', address->>'kind') WHERE chat_id = ANY(?)`,
    [privateIds],
  );
  await tx.raw(
    `UPDATE chats SET key = 'erased/' || id, platform_chat_id = CASE WHEN kind = 'private' THEN 'erased:' || id ELSE platform_chat_id END WHERE id = ANY(?)`,
    [chatIds],
  );
  await tx.raw(`UPDATE turns SET answer = '', reason = NULL WHERE id = ANY(?)`, [turnIds as string[]]);
  await tx.raw(
    `UPDATE replies SET text = '', ref = NULL, view = jsonb_build_object('state', state, 'text', '', 'language', COALESCE(view->>'language', 'en'), 'steps', '[]'::jsonb)
     WHERE id = ANY(?)`,
    [turnIds as string[]],
  );
  await tx.raw(
    `WITH stopped AS (UPDATE turns SET reason = NULL WHERE stopped_by = ? RETURNING id) UPDATE replies SET view = view - 'reason' FROM stopped WHERE replies.id = stopped.id`,
    [id],
  );
  await tx.raw('DELETE FROM policy_counts WHERE integration_id = ? AND subject = ANY(?)', [
    ...[integrationId, [platformId, ...chats.filter((chat) => chat.private).map((chat) => chat.platformId)]],
  ]);
  await tx.raw(
    `UPDATE people SET platform_id = 'erased:' || id, name = NULL, facts = '{}', user_id = NULL, refused = NULL, mapped_by = NULL, mapped_at = NULL,
       mapped_until = NULL, pinned = false, erased_at = COALESCE(erased_at, now()) WHERE id = ?`,
    [id],
  );
  const gone = await rows<{ id: string }>(
    tx,
    'DELETE FROM directory_users u WHERE u.id = ? AND NOT EXISTS (SELECT 1 FROM people WHERE user_id = u.id) RETURNING u.id',
    [userId],
  );
  return await removeLimits(tx, traces, [id, ...gone.map((user) => user.id)]);
}

/** Channels keep what they like: whatever names this person, their chats, messages or answers goes. */
async function forgetMemory(tx: Knex.Transaction, { id, integrationId, platformId, turnIds, againIds, chats }: Traces): Promise<void> {
  const said = await rows<{ messageId: string; text: string }>(
    tx,
    'SELECT platform_id AS "messageId", text FROM events WHERE person_id = ? OR id = ANY(?)',
    [id, againIds as string[]],
  );
  const refs = await erasure(tx).handles(id);
  // Their cards say who stopped them.
  const stopped = await rows<{ id: string }>(tx, 'SELECT id FROM turns WHERE stopped_by = ?', [id]);
  const names = new Set<string>([
    platformId,
    ...turnIds,
    ...refs,
    ...stopped.map((turn) => turn.id),
    ...said.flatMap(({ messageId, text }) => (text === '' ? [messageId] : [messageId, text, beginningOf(text, SHORTENED)])),
  ]);
  for (const chat of chats) for (const name of chat.private ? [chat.platformId, chat.key] : [chat.key]) names.add(name);
  for (let after = ''; ; ) {
    const page = await rows<{ key: string; value: unknown }>(
      tx,
      'SELECT key, value FROM memory WHERE integration_id = ? AND key > ? ORDER BY key LIMIT ?',
      [...[integrationId, after, MEMORY_AT_ONCE]],
    );
    const theirs = page.filter(({ key, value }) => partsOf(key).some((part) => names.has(part)) || speaksOf(value, names));
    if (theirs.length > 0)
      await tx.raw('DELETE FROM memory WHERE integration_id = ? AND key = ANY(?)', [integrationId, theirs.map(({ key }) => key)]);
    if (page.length < MEMORY_AT_ONCE) return;
    after = page.at(-1)!.key;
  }
}

const partsOf = (key: string): readonly string[] => [key, ...key.split(/[/:]/).flatMap((part) => [part, decoded(part)])];

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function speaksOf(value: unknown, names: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return names.has(value);
  return typeof value === 'object' && value !== null && Object.values(value).some((one) => speaksOf(one, names));
}

const CHATS = `
SELECT c.id, c.platform_chat_id AS "platformId", c.key, c.kind = 'private' AS private FROM chats c
WHERE c.id IN (SELECT chat_id FROM events WHERE person_id = ?) AND (c.kind = 'private' OR c.key LIKE ?)`;
