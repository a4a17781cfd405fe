import type { Knex } from 'knex';

/** How much may be used in a day or month; what was counted so far, and what administrators were told of. */
export async function up(db: Knex): Promise<void> {
  await db.raw(TABLE);
  await db.raw(ROWS);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('DROP INDEX turns_of_person; DROP TABLE spending_limits');
}

/**
 * `counted` is what was used from `counted_from`, where a period began, until `counted_to`; it spares counting a whole month for each question.
 * `level` holds until `level_until`, the end of the period it was reached in.
 */
const TABLE = `
CREATE TABLE spending_limits (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL REFERENCES organizations, name text NOT NULL,
  measure text NOT NULL, amount bigint NOT NULL, period text NOT NULL, time_zone text NOT NULL, action text NOT NULL,
  expert_id uuid, integration_id uuid, department text, person_id uuid, each_person boolean NOT NULL, enabled boolean NOT NULL,
  counted_from timestamptz, counted_to timestamptz, counted bigint NOT NULL DEFAULT 0,
  level int NOT NULL DEFAULT 0, level_since timestamptz, level_until timestamptz, level_used bigint,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX spending_limits_of_organization ON spending_limits (organization_id, created_at, id);
CREATE INDEX turns_of_person ON turns (person_id, ended_at) INCLUDE (state, expert_id, integration_id, input_tokens, output_tokens)
  WHERE ended_at IS NOT NULL;
`;

const ROWS = `
DO $$ DECLARE rule constant text := 'organization_id = NULLIF(current_setting(''parley.organization'', true), '''')::uuid'; BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN RETURN; END IF;
  GRANT SELECT, INSERT, UPDATE, DELETE ON spending_limits TO parley_caller;
  ALTER TABLE spending_limits ENABLE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY of_caller ON spending_limits TO parley_caller USING (%s) WITH CHECK (%s)', rule, rule);
END $$;
`;
