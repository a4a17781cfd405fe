import type { Knex } from 'knex';

/** People who administer, how they sign in, what they did; and row-level security beneath every query that an API call makes. */
export async function up(db: Knex): Promise<void> {
  await db.raw(PEOPLE);
  await db.raw(AUDIT);
  await db.raw(ROLE);
  await db.raw(ROWS);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'of_caller' LOOP
    EXECUTE format('DROP POLICY of_caller ON %I', one.tablename);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', one.tablename);
  END LOOP;
END $$;
DROP TABLE audit, sign_in_attempts, sign_in_links, sessions, memberships, users;
DROP FUNCTION refuse_change, bind_rows;
ALTER TABLE api_keys DROP COLUMN last_used_at;
ALTER TABLE organizations DROP CONSTRAINT organizations_in_tenant;
ALTER TABLE tenants DROP COLUMN content_needs_reason, DROP COLUMN single_sign_on, DROP COLUMN single_sign_on_domains;`);
}

const PEOPLE = `
ALTER TABLE tenants ADD COLUMN content_needs_reason boolean NOT NULL DEFAULT false, ADD COLUMN single_sign_on text,
  ADD COLUMN single_sign_on_domains text[] NOT NULL DEFAULT '{}';
ALTER TABLE organizations ADD CONSTRAINT organizations_in_tenant UNIQUE (id, tenant_id);
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz;
CREATE INDEX api_keys_of_organization ON api_keys (organization_id, created_at, id);
-- An account belongs to one tenant, or to the platform: what another tenant's identity provider says about an address is nothing to it.
CREATE TABLE users (
  id uuid PRIMARY KEY, tenant_id uuid REFERENCES tenants, email text NOT NULL, name text NOT NULL, password text, role text,
  issuer text, subject text, created_at timestamptz NOT NULL DEFAULT now(), signed_in_at timestamptz,
  UNIQUE NULLS NOT DISTINCT (tenant_id, email), UNIQUE (id, tenant_id), UNIQUE (tenant_id, issuer, subject),
  CHECK (role IN ('tenant_admin', 'platform')), CHECK ((role IS NOT DISTINCT FROM 'platform') = (tenant_id IS NULL)));
CREATE INDEX users_by_email ON users (email);
CREATE TABLE memberships (
  user_id uuid NOT NULL, organization_id uuid NOT NULL, tenant_id uuid NOT NULL, role text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, organization_id), CHECK (role IN ('viewer', 'auditor', 'operator', 'admin')),
  FOREIGN KEY (user_id, tenant_id) REFERENCES users (id, tenant_id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, tenant_id) REFERENCES organizations (id, tenant_id));
CREATE INDEX memberships_of_organization ON memberships (organization_id);
CREATE TABLE sessions (
  id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE, tenant_id uuid, current_organization uuid,
  hash text NOT NULL UNIQUE, way text NOT NULL, ip text, ua text, created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL,
  idle_until timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
-- Invitations and password resets: who has the link may use it, once.
CREATE TABLE sign_in_links (
  id uuid PRIMARY KEY, purpose text NOT NULL, tenant_id uuid, organization_id uuid, user_id uuid REFERENCES users ON DELETE CASCADE,
  email text NOT NULL, role text, hash text NOT NULL UNIQUE, created_by text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL, used_at timestamptz, revoked_at timestamptz);
CREATE INDEX sign_in_links_of_organization ON sign_in_links (organization_id, created_at, id);
CREATE UNLOGGED TABLE sign_in_attempts (key text PRIMARY KEY, count int NOT NULL, until timestamptz NOT NULL);
`;

/** A hash chain can be added as two more columns: every field of a record is fixed when it is written. */
const AUDIT = `
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL UNIQUE, v int NOT NULL DEFAULT 1,
  ts timestamptz NOT NULL, kind text NOT NULL, action text NOT NULL, tenant_id uuid, organization_id uuid,
  actor_id text, actor jsonb NOT NULL, target_id text, targets jsonb NOT NULL, context jsonb NOT NULL, change jsonb, outcome jsonb NOT NULL);
CREATE INDEX audit_of_organization ON audit (organization_id, seq DESC);
CREATE INDEX audit_of_tenant ON audit (tenant_id, seq DESC);
CREATE INDEX audit_of_target ON audit (target_id, seq DESC);
CREATE INDEX audit_of_actor ON audit (actor_id, seq DESC);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'records of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;

/** One role of the cluster, without rights of its own. Where the migrating user may not make it, queries stay scoped by the store alone. */
const ROLE = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN
    CREATE ROLE parley_caller NOLOGIN NOINHERIT;
  END IF;
  EXECUTE format('GRANT parley_caller TO %I', current_user);
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  RAISE WARNING 'No row-level security: this user may not make or use the role parley_caller.';
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO parley_caller', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO parley_caller', current_schema());
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO parley_caller', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO parley_caller', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO parley_caller', current_schema());
    REVOKE UPDATE, DELETE ON audit FROM parley_caller;
  END IF;
END $$;
`;

/**
 * Whoever acts as `parley_caller` sees one tenant, and of what belongs to organizations one organization. Workers act as the owner, whom
 * policies do not bind. Runs after every migration (store/migrate.ts), so that no new table is left out.
 */
const ROWS = `
CREATE FUNCTION bind_rows() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one record;
  tenant constant text := 'tenant_id = NULLIF(current_setting(''parley.tenant'', true), '''')::uuid';
  organization constant text := 'organization_id = NULLIF(current_setting(''parley.organization'', true), '''')::uuid';
  rule text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN RETURN; END IF;
  FOR one IN SELECT c.table_name AS name, bool_or(c.column_name = 'organization_id') AS in_organization, bool_or(c.column_name = 'tenant_id') AS in_tenant,
                    bool_or(c.column_name = 'organization_id' AND c.is_nullable = 'YES') AS or_in_none, bool_or(c.column_name = 'integration_id') AS of_integration
             FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
               AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = c.table_schema AND p.tablename = c.table_name AND p.policyname = 'of_caller')
             GROUP BY c.table_name LOOP
    rule := CASE
      WHEN one.name = 'tenants' THEN replace(tenant, 'tenant_id', 'id')
      WHEN one.name IN ('organizations', 'users', 'memberships', 'sessions', 'sign_in_links', 'api_keys', 'audit') THEN tenant
      WHEN one.in_organization AND one.or_in_none AND one.in_tenant THEN format('(%s OR (organization_id IS NULL AND %s))', organization, tenant)
      WHEN one.in_organization THEN organization
      WHEN one.in_tenant THEN tenant
      WHEN one.of_integration THEN 'integration_id IN (SELECT id FROM integrations)'
    END;
    CONTINUE WHEN rule IS NULL;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
    EXECUTE format('CREATE POLICY of_caller ON %I TO parley_caller USING (%s) WITH CHECK (%s)', one.name, rule, rule);
  END LOOP;
END $$;
SELECT bind_rows();
`;
