import type { Knex } from 'knex';

/** Several experts behind one integration, experts that pause, and where each channel is available. */
export async function up(db: Knex): Promise<void> {
  await db.raw(ROUTING);
  await db.raw(PLUGINS);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DROP TABLE plugins;
ALTER TABLE events DROP COLUMN renews;
ALTER TABLE chats DROP COLUMN expert_id, DROP COLUMN routed_at;
ALTER TABLE experts DROP COLUMN paused;
-- The release before knows one route for each integration.
DELETE FROM published_triggers t USING published_triggers other
WHERE t.integration_id = other.integration_id AND t.trigger_id > other.trigger_id;
ALTER TABLE published_triggers DROP CONSTRAINT published_triggers_pkey, DROP COLUMN trigger_id, ADD PRIMARY KEY (integration_id)`);
}

const ROUTING = `
ALTER TABLE published_triggers ADD COLUMN trigger_id uuid;
UPDATE published_triggers t SET trigger_id = COALESCE(
  (SELECT (one->>'id')::uuid FROM expert_versions v, jsonb_array_elements(v.triggers) one
   WHERE v.id = t.version_id AND one->>'integrationId' = t.integration_id::text LIMIT 1), gen_random_uuid());
ALTER TABLE published_triggers DROP CONSTRAINT published_triggers_pkey, ADD PRIMARY KEY (integration_id, trigger_id);
-- { notice: { en, zh }, at, by }, at once and whatever is published.
ALTER TABLE experts ADD COLUMN paused jsonb;
-- Who answers in the chat's session, and since when it is decided; without meaning once that session has ended.
ALTER TABLE chats ADD COLUMN expert_id uuid, ADD COLUMN routed_at timestamptz;
ALTER TABLE events ADD COLUMN renews boolean NOT NULL DEFAULT false;
`;

/** Without an organization a row is about the whole tenant. The nearest row decides; without any, channels that come with Parley are available. */
const PLUGINS = `
CREATE TABLE plugins (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, organization_id uuid, name text NOT NULL, available boolean NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(), UNIQUE NULLS NOT DISTINCT (tenant_id, organization_id, name),
  FOREIGN KEY (organization_id, tenant_id) REFERENCES organizations (id, tenant_id));
DO $$ DECLARE rule constant text := 'tenant_id = NULLIF(current_setting(''parley.tenant'', true), '''')::uuid'; BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN RETURN; END IF;
  GRANT SELECT, INSERT, UPDATE, DELETE ON plugins TO parley_caller;
  ALTER TABLE plugins ENABLE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY of_caller ON plugins TO parley_caller USING (%s) WITH CHECK (%s)', rule, rule);
END $$;
`;
