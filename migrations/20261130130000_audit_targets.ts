import type { Knex } from 'knex';

/** What was done to an expert is also what was done to its triggers: records are found by any of their targets. */
export async function up(db: Knex): Promise<void> {
  await db.raw('CREATE INDEX audit_of_targets ON audit USING gin (targets jsonb_path_ops)');
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP INDEX audit_of_targets');
}
