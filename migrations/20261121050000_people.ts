import type { Knex } from 'knex';

/** Who the people of the chats are: users of the organization, how each identity was mapped to one, and who may not ask. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
ALTER TABLE integrations ADD COLUMN people jsonb NOT NULL DEFAULT '{}', ADD COLUMN people_secrets text;
-- Apart from the accounts that sign in: a platform's word for an address must open no account, and erasing a person must close none.
CREATE TABLE directory_users (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL REFERENCES organizations,
  source text NOT NULL, subject text NOT NULL, username text NOT NULL, email text NOT NULL, name text, mobile text, staff_id text, department text,
  attributes jsonb NOT NULL DEFAULT '{}', account_id uuid REFERENCES users ON DELETE SET NULL, blocked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organization_id, source, subject));
CREATE INDEX directory_users_in_order ON directory_users (organization_id, created_at, id);
CREATE INDEX directory_users_by_email ON directory_users (organization_id, email);
CREATE INDEX directory_users_by_staff_id ON directory_users (organization_id, staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX directory_users_by_mobile ON directory_users (organization_id, mobile) WHERE mobile IS NOT NULL;
-- 'facts' are what the platform told of the person; 'mapped_by' is a fingerprint of the settings that decided.
ALTER TABLE people ADD COLUMN user_id uuid REFERENCES directory_users ON DELETE SET NULL, ADD COLUMN facts jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN refused text, ADD COLUMN mapped_by text, ADD COLUMN mapped_at timestamptz, ADD COLUMN mapped_until timestamptz,
  ADD COLUMN pinned boolean NOT NULL DEFAULT false, ADD COLUMN blocked_at timestamptz, ADD COLUMN erased_at timestamptz;
CREATE INDEX people_of_user ON people (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX people_of_organization ON people (organization_id, created_at, id);
CREATE INDEX events_of_person ON events (person_id, number);
DO $$ DECLARE rule constant text := 'organization_id = NULLIF(current_setting(''parley.organization'', true), '''')::uuid'; BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN RETURN; END IF;
  GRANT SELECT, INSERT, UPDATE, DELETE ON directory_users TO parley_caller;
  ALTER TABLE directory_users ENABLE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY of_caller ON directory_users TO parley_caller USING (%s) WITH CHECK (%s)', rule, rule);
END $$;
`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DROP INDEX events_of_person, people_of_organization;
ALTER TABLE people DROP COLUMN user_id, DROP COLUMN facts, DROP COLUMN refused, DROP COLUMN mapped_by, DROP COLUMN mapped_at, DROP COLUMN mapped_until,
  DROP COLUMN pinned, DROP COLUMN blocked_at, DROP COLUMN erased_at;
DROP TABLE directory_users;
ALTER TABLE integrations DROP COLUMN people, DROP COLUMN people_secrets`);
}
