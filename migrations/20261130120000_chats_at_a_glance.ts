import type { Knex } from 'knex';

/**
 * What a chat's run owes an end, delivered or not: an index of undelivered events alone had to be changed with each delivery. The count tells an
 * insert whether what it sees of its chat is still so when it is written (store/new-event.ts).
 */
export async function up(db: Knex): Promise<void> {
  await db.raw('CREATE INDEX events_unended_of_chat ON events (chat_id, number) WHERE "end" IS NULL');
  await db.raw('DROP INDEX events_undelivered');
  await db.raw('ALTER TABLE chats ADD COLUMN event_count bigint NOT NULL DEFAULT 0');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE chats DROP COLUMN event_count');
  await db.raw('CREATE INDEX events_undelivered ON events (chat_id, number) WHERE delivered_at IS NULL AND "end" IS NULL');
  await db.raw('DROP INDEX events_unended_of_chat');
}
