import type { Knex } from 'knex';

/** What channels remember is forgotten by age. */
export async function up(db: Knex): Promise<void> {
  await db.raw('CREATE INDEX memory_by_age ON memory (updated_at)');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP INDEX IF EXISTS memory_by_age');
}
