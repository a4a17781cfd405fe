import type { Knex } from 'knex';

/** Refusals that are told, group talk that is kept as context for a while, and the counts that policies decide by. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
ALTER TABLE events ADD COLUMN notice text, ADD COLUMN context_until timestamptz;
CREATE INDEX events_of_chat ON events (chat_id, number);
CREATE INDEX events_kept_as_context ON events (context_until) WHERE context_until IS NOT NULL;
CREATE INDEX chats_by_platform_id ON chats (integration_id, platform_chat_id);
-- The subject is a person's or a chat's platform id.
CREATE TABLE policy_counts (
  integration_id uuid NOT NULL, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, kind text NOT NULL, subject text NOT NULL,
  since timestamptz NOT NULL, used int NOT NULL, PRIMARY KEY (integration_id, kind, subject));
-- From now on words that were not meant for the bot are kept as context or not at all.
UPDATE events SET text = '', attachments = '[]' WHERE decision = 'ignored' AND kind = 'message' AND (text <> '' OR attachments <> '[]');
`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DROP TABLE policy_counts;
DROP INDEX chats_by_platform_id, events_of_chat;
ALTER TABLE events DROP COLUMN notice, DROP COLUMN context_until`);
}
