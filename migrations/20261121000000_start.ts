import type { Knex } from 'knex';

/** Everything Parley remembers. Every row carries its tenant and organization; forward only in production. */
export async function up(db: Knex): Promise<void> {
  await db.raw(ADMINISTRATION);
  await db.raw(LEDGER);
  await db.raw(PLUMBING);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`DROP TABLE IF EXISTS failures, replies, turns, events, conversations, people, chats, memory, budgets, incidents,
    connections, published_triggers, triggers, expert_versions, experts, integrations, api_keys, organizations, tenants CASCADE`);
}

const ADMINISTRATION = `
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE organizations (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE api_keys (
  id uuid PRIMARY KEY, tenant_id uuid REFERENCES tenants, organization_id uuid REFERENCES organizations, name text NOT NULL,
  hash text NOT NULL UNIQUE, role text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, revoked_at timestamptz);
CREATE TABLE integrations (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL REFERENCES organizations,
  name text NOT NULL, channel text NOT NULL, mode text NOT NULL, config text NOT NULL, appearance jsonb NOT NULL DEFAULT '{}',
  enabled boolean NOT NULL, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
CREATE INDEX integrations_of_organization ON integrations (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE TABLE experts (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL REFERENCES organizations,
  name text NOT NULL, backend text NOT NULL, config text NOT NULL, published_version int,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
CREATE INDEX experts_of_organization ON experts (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE TABLE expert_versions (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, expert_id uuid NOT NULL REFERENCES experts, version int NOT NULL,
  name text NOT NULL, backend text NOT NULL, config text NOT NULL, triggers jsonb NOT NULL, published_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (expert_id, version));
CREATE TABLE triggers (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, expert_id uuid NOT NULL REFERENCES experts,
  integration_id uuid NOT NULL REFERENCES integrations, enabled boolean NOT NULL, settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX triggers_of_expert ON triggers (expert_id, created_at);
-- What dispatch reads: replaced as a whole when an expert is published. One expert per integration until there are routing rules.
CREATE TABLE published_triggers (
  integration_id uuid PRIMARY KEY REFERENCES integrations, tenant_id uuid NOT NULL, organization_id uuid NOT NULL,
  expert_id uuid NOT NULL REFERENCES experts, version_id uuid NOT NULL REFERENCES expert_versions, settings jsonb NOT NULL);
CREATE INDEX published_triggers_of_expert ON published_triggers (expert_id);
`;

const LEDGER = `
CREATE TABLE chats (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL,
  key text NOT NULL, platform_chat_id text NOT NULL, kind text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  last_event_at timestamptz NOT NULL DEFAULT now(), relay_until timestamptz, UNIQUE (integration_id, key));
CREATE TABLE people (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL,
  platform_id text NOT NULL, name text, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (integration_id, platform_id));
CREATE SEQUENCE events_number;
CREATE TABLE events (
  id uuid PRIMARY KEY, number bigint NOT NULL DEFAULT nextval('events_number') UNIQUE,
  tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL, chat_id uuid NOT NULL, person_id uuid NOT NULL,
  platform_id text NOT NULL, kind text NOT NULL, command text, asks boolean NOT NULL DEFAULT false, action text, target text,
  text text NOT NULL, language text NOT NULL, address jsonb NOT NULL, attachments jsonb NOT NULL DEFAULT '[]',
  sent_at timestamptz NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
  decision text NOT NULL, version_id uuid, expert_id uuid, settings jsonb,
  delivered_at timestamptz, turn_id uuid, "end" text, ended_at timestamptz, orphaned_at timestamptz,
  UNIQUE (integration_id, platform_id));
CREATE INDEX events_undelivered ON events (chat_id, number) WHERE delivered_at IS NULL AND "end" IS NULL;
CREATE INDEX events_unended ON events (received_at) WHERE "end" IS NULL;
CREATE INDEX events_of_turn ON events (turn_id, number) WHERE turn_id IS NOT NULL;
CREATE TABLE conversations (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL, chat_id uuid NOT NULL REFERENCES chats,
  expert_id uuid, run_id text NOT NULL, started_at timestamptz NOT NULL, ended_at timestamptz, end_reason text);
CREATE INDEX conversations_of_organization ON conversations (organization_id, started_at DESC, id DESC);
CREATE INDEX conversations_of_chat ON conversations (chat_id, started_at DESC);
CREATE INDEX conversations_open ON conversations (started_at) WHERE ended_at IS NULL;
CREATE TABLE turns (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL, chat_id uuid NOT NULL,
  conversation_id uuid NOT NULL, number int, state text NOT NULL, version_id uuid, attempts int NOT NULL DEFAULT 0,
  answer text, usage jsonb, reference text, reason text,
  created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, asked_at timestamptz, first_token_at timestamptz, ended_at timestamptz,
  stopped_by uuid);
CREATE INDEX turns_of_conversation ON turns (conversation_id, number);
-- A turn has exactly one reply: they share the id.
CREATE TABLE replies (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL, chat_id uuid NOT NULL,
  state text NOT NULL, epoch int NOT NULL DEFAULT 1, ref jsonb, view jsonb, text text NOT NULL DEFAULT '', sequence int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(), touched_at timestamptz NOT NULL DEFAULT now(),
  finishing_at timestamptz, finished_at timestamptz, undeliverable boolean NOT NULL DEFAULT false);
CREATE INDEX replies_unfinished ON replies (touched_at) WHERE finished_at IS NULL;
CREATE TABLE failures (
  reference text PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, turn_id uuid NOT NULL,
  code text NOT NULL, detail text NOT NULL, at timestamptz NOT NULL DEFAULT now());
`;

const PLUMBING = `
CREATE TABLE connections (
  integration_id uuid PRIMARY KEY REFERENCES integrations, tenant_id uuid NOT NULL, organization_id uuid NOT NULL,
  epoch int NOT NULL DEFAULT 0, owner text, state text NOT NULL DEFAULT 'connecting', parked boolean NOT NULL DEFAULT false,
  since timestamptz NOT NULL DEFAULT now(), proven_at timestamptz, last_event_at timestamptz, last_error jsonb,
  failures int NOT NULL DEFAULT 0, logins timestamptz[] NOT NULL DEFAULT '{}', lost_at timestamptz);
CREATE TABLE incidents (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, organization_id uuid NOT NULL, integration_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(), kind text NOT NULL, reason text, by text, duration_seconds real);
CREATE INDEX incidents_of_integration ON incidents (integration_id, at DESC, id DESC);
-- What channels must remember; version orders the changes, so that a live page can ask for what came after.
CREATE SEQUENCE memory_version;
CREATE TABLE memory (
  integration_id uuid NOT NULL, key text NOT NULL, value jsonb NOT NULL, version bigint NOT NULL DEFAULT nextval('memory_version'),
  updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (integration_id, key));
CREATE INDEX memory_by_version ON memory (integration_id, version);
-- The next free slot of each allowance: processes lease slots in time (store/budgets.ts). Unlogged: after a crash it may begin anew.
CREATE UNLOGGED TABLE budgets (
  integration_id uuid NOT NULL, api text NOT NULL, next_at timestamptz NOT NULL, PRIMARY KEY (integration_id, api));
`;
