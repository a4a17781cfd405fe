import type { Knex } from 'knex';

/** Files that came with an event or go out with a turn's answer; their bytes are in the attachment store, under `key`. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
ALTER TABLE events ADD COLUMN quote jsonb;
CREATE TABLE attachments (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL,
  event_id uuid, turn_id uuid, position int NOT NULL,
  key text NOT NULL, kind text NOT NULL, name text, mime text, size bigint, sha256 text, state text NOT NULL, why text,
  created_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((event_id IS NULL) <> (turn_id IS NULL)), UNIQUE (event_id, position), UNIQUE (turn_id, position));
CREATE INDEX attachments_of_organization ON attachments (organization_id, created_at);
`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP TABLE attachments; ALTER TABLE events DROP COLUMN quote');
}
