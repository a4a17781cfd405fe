import type { Knex } from 'knex';
import { row, rows } from './database';

export interface MemoryEntry {
  readonly key: string;
  readonly value: unknown;
  /** Rises with every change, over all keys. */
  readonly version: number;
}

/** What channels must remember. Each change is announced on the Postgres channel `memory` as `<integrationId> <key>`, so that live pages read again. */
export const memory = (db: Knex) => ({
  async get<T>(integrationId: string, key: string): Promise<T | undefined> {
    return (await row<{ value: T }>(db, 'SELECT value FROM memory WHERE integration_id = ? AND key = ?', [integrationId, key]))?.value;
  },

  async put(integrationId: string, key: string, value: unknown): Promise<void> {
    await db.raw(PUT, [integrationId, key, JSON.stringify(value), `${integrationId} ${key}`]);
  },

  async compareAndSet(integrationId: string, key: string, expected: unknown, value: unknown): Promise<boolean> {
    const json = JSON.stringify(value);
    const done =
      expected === undefined
        ? await row(
            db,
            `INSERT INTO memory (integration_id, key, value) VALUES (?, ?, ?::jsonb) ON CONFLICT DO NOTHING RETURNING pg_notify('memory', ?)`,
            [integrationId, key, json, `${integrationId} ${key}`],
          )
        : await row(
            db,
            `UPDATE memory SET value = ?::jsonb, version = nextval('memory_version'), updated_at = now() WHERE integration_id = ? AND key = ? AND value = ?::jsonb RETURNING pg_notify('memory', ?)`,
            [json, integrationId, key, JSON.stringify(expected), `${integrationId} ${key}`],
          );
    return done !== undefined;
  },

  /** What no channel has touched for so long it needs no more; the sandbox's chats are its memory and stay. Resolves how many went. */
  async forget(untouchedMs: number, atMost: number): Promise<number> {
    return (await rows(db, FORGET, [untouchedMs, atMost])).length;
  },

  entry: (integrationId: string, key: string): Promise<MemoryEntry | undefined> =>
    row<MemoryEntry>(db, 'SELECT key, value, version FROM memory WHERE integration_id = ? AND key = ?', [integrationId, key]),

  /** Entries under a prefix that changed after a version, oldest change first. */
  changed: (integrationId: string, prefix: string, after: number, limit: number): Promise<MemoryEntry[]> =>
    rows<MemoryEntry>(
      db,
      'SELECT key, value, version FROM memory WHERE integration_id = ? AND key LIKE ? AND version > ? ORDER BY version LIMIT ?',
      [...[integrationId, `${escapeLike(prefix)}%`, after, limit]],
    ),

  /** The newest entries under a prefix, oldest first. */
  async newest(integrationId: string, prefix: string, limit: number): Promise<readonly MemoryEntry[]> {
    const sql = `SELECT key, value, version FROM memory WHERE integration_id = ? AND key LIKE ? ORDER BY version DESC LIMIT ?`;
    return (await rows<MemoryEntry>(db, sql, [integrationId, `${escapeLike(prefix)}%`, limit])).reverse();
  },
});

const FORGET = `
DELETE FROM memory WHERE (integration_id, key) IN (
  SELECT m.integration_id, m.key FROM memory m JOIN integrations i ON i.id = m.integration_id AND i.channel <> 'sandbox'
  WHERE m.updated_at < now() - ? * interval '1 millisecond' LIMIT ?) RETURNING key`;

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const PUT = `
INSERT INTO memory (integration_id, key, value) VALUES (?, ?, ?::jsonb)
ON CONFLICT (integration_id, key) DO UPDATE SET value = EXCLUDED.value, version = EXCLUDED.version, updated_at = now()
RETURNING pg_notify('memory', ?)`;
