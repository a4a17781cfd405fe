import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { row, rows } from './database';
import type { Files } from './files';
import { ASKED_AGAIN, TURNS_TOLD } from './spread';

/** `pending`: not fetched yet, or fetched and not stored. The others but `fetched` are ends without a file. */
export type IncomingState = 'pending' | 'fetched' | 'too_large' | 'unsupported' | 'gone' | 'failed';
/** `sending`: the platform was asked and may have it. */
export type OutgoingState = 'stored' | 'sending' | 'sent' | 'refused';

/** What is known of one file; its bytes are in the attachment store under `key`. */
export interface StoredFile<State = IncomingState> {
  readonly id: string;
  /** The n-th of its event or answer, from 0. */
  readonly position: number;
  readonly key: string;
  readonly kind: string;
  readonly name: string | null;
  /** As the bytes look. */
  readonly mime: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly state: State;
  /** A code that says more about `state`. */
  readonly why: string | null;
}

export interface IncomingFile extends StoredFile {
  readonly eventId: string;
}

type Found = Pick<StoredFile, 'name' | 'mime' | 'size'> & { readonly sha256: string };

/** The record of every file that came in or goes out. A row exists before its file does, so that no file is without one. */
export const attachments = (db: Knex) => ({
  /** The n-th attachment of an event, with its key; made where it is new. */
  async expect(
    eventId: string,
    position: number,
    { kind, name }: { readonly kind: string; readonly name?: string },
  ): Promise<IncomingFile> {
    await db.raw(EXPECT, [randomUUID(), position, kind, name ?? null, eventId]);
    return (await row<IncomingFile>(db, `${SELECT} WHERE event_id = ? AND position = ?`, [eventId, position]))!;
  },

  /** The same file where it came with the question that this event asks again. */
  earlier: (eventId: string, ref: string) => row<Pick<StoredFile, 'key' | 'name' | 'mime'>>(db, EARLIER, [eventId, ref]),

  async fetched(id: string, { name, mime, size, sha256 }: Found): Promise<void> {
    const sql = `UPDATE attachments SET state = 'fetched', why = NULL, name = ?, mime = ?, size = ?, sha256 = ?, changed_at = now() WHERE id = ?`;
    await db.raw(sql, [name, mime, size, sha256, id]);
  },

  /** There is no file, and why. */
  async settle(id: string, state: IncomingState | OutgoingState, why: string | null, found: Partial<Found> = {}): Promise<void> {
    await db.raw(
      'UPDATE attachments SET state = ?, why = ?, mime = COALESCE(?, mime), size = COALESCE(?, size), changed_at = now() WHERE id = ?',
      [state, why, found.mime ?? null, found.size ?? null, id],
    );
  },

  /** The n-th file of a turn's answer. Resolves with its key; undefined when somebody else writes the reply now. */
  async make(turnId: string, epoch: number, position: number, file: Found & { readonly kind: string }): Promise<string | undefined> {
    const { kind, name, mime, size, sha256 } = file;
    return (await row<{ key: string }>(db, MAKE, [randomUUID(), position, kind, name, mime, size, sha256, turnId, epoch]))?.key;
  },

  /** Files of an answer that the chat does not have yet, in order. */
  unsent: (turnId: string) =>
    rows<StoredFile<OutgoingState>>(db, `${SELECT} WHERE turn_id = ? AND state IN ('stored', 'sending') ORDER BY position`, [turnId]),

  /** Forgets what earlier attempts at an answer made. Resolves with the keys of their files. */
  async forget(turnId: string): Promise<readonly string[]> {
    const found = await rows<{ key: string }>(db, `DELETE FROM attachments WHERE turn_id = ? AND state = 'stored' RETURNING key`, [turnId]);
    return found.map(({ key }) => key);
  },

  /** Every file, in and out, that came of these events or of what this person said, wherever that went. */
  of: (who: Whose) =>
    'personId' in who
      ? rows<{ id: string; key: string }>(db, OF_PERSON, Array<string>(4).fill(who.personId))
      : rows<{ id: string; key: string }>(db, OF_EVENTS, [who.eventIds as string[], who.eventIds as string[]]),

  async remove(ids: readonly string[]): Promise<void> {
    await db.raw('DELETE FROM attachments WHERE id = ANY(?)', [ids as string[]]);
  },
});

export type Whose = { readonly personId: string } | { readonly eventIds: readonly string[] };

/**
 * Erases all files that came with these events, or with anything this person said, and those that their answers carried. First the bytes, then the
 * record: a failure in between leaves something to begin again with. Resolves with how many.
 */
export async function eraseFiles(record: ReturnType<typeof attachments>, files: Files, who: Whose): Promise<number> {
  const found = await record.of(who);
  await files.remove(found.map(({ key }) => key));
  await record.remove(found.map(({ id }) => id));
  return found.length;
}

const SELECT = 'SELECT id, event_id AS "eventId", position, key, kind, name, mime, size, state, why FROM attachments';

const KEY = `e.organization_id || '/' || left(given.id::text, 2) || '/' || given.id`;

const EXPECT = `
WITH given AS (SELECT ?::uuid AS id)
INSERT INTO attachments (id, tenant_id, organization_id, integration_id, event_id, position, key, kind, name, state)
SELECT given.id, e.tenant_id, e.organization_id, e.integration_id, e.id, ?, ${KEY}, ?, ?, 'pending' FROM events e, given WHERE e.id = ?
ON CONFLICT (event_id, position) DO NOTHING`;

const EARLIER = `
SELECT a.key, a.name, a.mime FROM events n JOIN events e ON e.turn_id = CASE WHEN n.kind = 'action' AND n.asks THEN n.target::uuid END
JOIN attachments a ON a.event_id = e.id
WHERE n.id = ? AND a.state = 'fetched' AND e.attachments->a.position->>'ref' = ? LIMIT 1`;

const MAKE = `
WITH given AS (SELECT ?::uuid AS id)
INSERT INTO attachments (id, tenant_id, organization_id, integration_id, turn_id, position, key, kind, name, mime, size, sha256, state)
SELECT given.id, e.tenant_id, e.organization_id, e.integration_id, e.id, ?, ${KEY}, ?, ?, ?, ?, ?, 'stored' FROM turns e JOIN replies r ON r.id = e.id, given WHERE e.id = ? AND r.epoch = ?
ON CONFLICT (turn_id, position) DO NOTHING RETURNING key`;

const OF_EVENTS = `
SELECT id, key FROM attachments WHERE event_id = ANY(?::uuid[]) OR turn_id IN (SELECT turn_id FROM events WHERE id = ANY(?::uuid[]))`;

const OF_PERSON = `
SELECT id, key FROM attachments WHERE event_id IN (SELECT id FROM events WHERE person_id = ?) OR event_id IN (${ASKED_AGAIN}) OR turn_id IN (${TURNS_TOLD})`;
