import type { Knex } from 'knex';

/** Who is told of what goes wrong, what went wrong, and each message about it; and a way to erase a whole organization, records included. */
export async function up(db: Knex): Promise<void> {
  await db.raw(TABLES);
  await db.raw(ROWS);
  await db.raw(ERASING);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DROP TABLE alert_deliveries, alert_incidents, alerts;
DROP INDEX turns_of_expert;
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'records of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$`);
}

/** At most one open incident for each rule, kind and subject: that is what keeps alerts from coming twice, whoever looks. */
const TABLES = `
CREATE TABLE alerts (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL REFERENCES organizations, name text NOT NULL, channel text NOT NULL,
  config text NOT NULL, through uuid, kinds text[] NOT NULL, language text NOT NULL, down_after_seconds int NOT NULL, failures_in_row int NOT NULL,
  enabled boolean NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX alerts_of_organization ON alerts (organization_id, created_at, id);
CREATE TABLE alert_incidents (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, alert_id uuid NOT NULL REFERENCES alerts ON DELETE CASCADE,
  kind text NOT NULL, subject_id uuid NOT NULL, subject_name text NOT NULL, reason text, since timestamptz NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, ended_by text);
CREATE UNIQUE INDEX alert_incidents_once ON alert_incidents (alert_id, kind, subject_id) WHERE ended_at IS NULL;
CREATE TABLE alert_deliveries (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, alert_id uuid NOT NULL REFERENCES alerts ON DELETE CASCADE,
  incident_id uuid REFERENCES alert_incidents ON DELETE CASCADE, phase text NOT NULL, state text NOT NULL DEFAULT 'pending', attempts int NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(), error text, created_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz, UNIQUE (incident_id, phase));
CREATE INDEX alert_deliveries_pending ON alert_deliveries (next_at) WHERE state = 'pending';
CREATE INDEX alert_deliveries_of_alert ON alert_deliveries (alert_id, created_at DESC, id DESC);
CREATE INDEX turns_of_expert ON turns (expert_id, ended_at DESC) INCLUDE (state) WHERE ended_at IS NOT NULL;
`;

const ROWS = `
DO $$ DECLARE
  one text;
  rule constant text := 'organization_id = NULLIF(current_setting(''parley.organization'', true), '''')::uuid';
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller') THEN RETURN; END IF;
  FOREACH one IN ARRAY ARRAY['alerts', 'alert_incidents', 'alert_deliveries'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO parley_caller', one);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('CREATE POLICY of_caller ON %I TO parley_caller USING (%s) WITH CHECK (%s)', one, rule, rule);
  END LOOP;
END $$;
`;

/** Only in a transaction that says so; calls of the API act as a role that may not delete records in any case. */
const ERASING = `
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('parley.erasing', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'records of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
`;
