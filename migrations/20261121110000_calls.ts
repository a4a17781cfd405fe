import type { Knex } from 'knex';

/** How many calls each allowance granted in the hour that `counted_hour` begins, and in the one before. */
export async function up(db: Knex): Promise<void> {
  await db.raw(
    'ALTER TABLE budgets ADD COLUMN counted_hour timestamptz, ADD COLUMN calls int NOT NULL DEFAULT 0, ADD COLUMN calls_before int NOT NULL DEFAULT 0',
  );
}

export async function down(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE budgets DROP COLUMN counted_hour, DROP COLUMN calls, DROP COLUMN calls_before');
}
