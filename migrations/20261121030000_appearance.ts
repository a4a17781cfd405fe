import type { Knex } from 'knex';

/** Buttons of cards: what came with a press, one repetition and one new session per answer, and ratings found by their answer. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
ALTER TABLE events ADD COLUMN detail text;
CREATE UNIQUE INDEX events_again ON events (integration_id, target) WHERE kind = 'action' AND asks;
CREATE UNIQUE INDEX events_renewed ON events (integration_id, target) WHERE action = 'new' AND decision = 'accepted';
CREATE INDEX events_rating ON events (target, number) WHERE action IN ('good', 'bad');
`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP INDEX events_rating; DROP INDEX events_renewed; DROP INDEX events_again; ALTER TABLE events DROP COLUMN detail');
}
