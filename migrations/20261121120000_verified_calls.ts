import type { Knex } from 'knex';

/** When a channel last verified a call of its platform, and the version of the integration's settings that it was verified with. */
export async function up(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE connections ADD COLUMN last_call_at timestamptz, ADD COLUMN last_call_version int');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE connections DROP COLUMN last_call_at, DROP COLUMN last_call_version');
}
