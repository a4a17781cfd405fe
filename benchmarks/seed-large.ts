import { createHash, randomUUID } from 'node:crypto';
import { openDatabase, rows } from '../store/database';
import type { Scope } from '../store/scope';

/** Ids to ask a large database about. */
export interface Seeded {
  readonly integrationIds: readonly string[];
  readonly expertIds: readonly string[];
  /** Somebody who asks as often as the others. */
  readonly personId: string;
  /** The session in the middle, by time. */
  readonly conversationId: string;
  /** The platform's id of one chat. */
  readonly chat: string;
}

const DESKS = 5;
const DAYS = 180;

/**
 * Fills an organization with ended conversations, evenly over the last 180 days: five turns each, two messages a turn. Words differ in how often they
 * come: 报销 in every sixth answer, 合同 in every fiftieth question, "invoice-<n>" in the first question of conversation n.
 * @param nothing empty settings, sealed
 */
export async function seedLarge(databaseUrl: string, scope: Scope, nothing: string, conversations: number): Promise<Seeded> {
  const db = openDatabase(databaseUrl, { maxConnections: 1, timeoutMs: 900_000 });
  const salt = randomUUID();
  const idOf = (kind: string, n: number): string => seedId(`${salt}/${kind}/${n}`);
  const desks = Array.from({ length: DESKS }, (_, n) => n);
  const [integrationIds, expertIds] = [desks.map((n) => idOf('integration', n)), desks.map((n) => idOf('expert', n))];
  const people = Math.max(10, Math.round(conversations / 50));
  const given = { ...scope, salt, nothing, conversations, people, desks: DESKS, seconds: DAYS * 86_400 };
  try {
    await db.raw("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'");
    await db.raw(SEED_ID);
    const indexes = await rows<{ name: string; definition: string }>(db, INDEXES);
    for (const { name } of indexes) await db.raw(`DROP INDEX ${name}`);
    for (const sql of [DESK, PEOPLE, CONVERSATIONS, TURNS, REPLIES, EVENTS]) await db.raw(sql, given);
    for (const { definition } of indexes) await db.raw(definition);
    await db.raw('DROP FUNCTION seed_id');
    for (const table of FILLED) await db.raw(`VACUUM (ANALYZE) ${table}`);
  } finally {
    await db.destroy();
  }
  const personId = idOf('person', 3);
  return { integrationIds, expertIds, personId, chat: 'chat-7', conversationId: idOf('conversation', Math.floor(conversations / 2)) };
}

/** As the database makes them: see SEED_ID. */
function seedId(name: string): string {
  const hex = createHash('md5').update(name).digest('hex');
  const marked = `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`;
  return marked.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const SEED_ID = `
CREATE OR REPLACE FUNCTION seed_id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT overlay(overlay(md5(name) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid $$`;

const FILLED = ['people', 'chats', 'conversations', 'turns', 'replies', 'events'];

/** Made again after the rows: that is faster, and what a grown database has after its vacuums. */
const INDEXES = `
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
WHERE i.indrelid IN ('conversations'::regclass, 'turns'::regclass, 'replies'::regclass, 'events'::regclass)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)`;

const DESK = `
WITH desk AS (SELECT n, seed_id(:salt || '/integration/' || n) AS integration, seed_id(:salt || '/expert/' || n) AS expert FROM generate_series(0, :desks::int - 1) n),
made AS (
  INSERT INTO integrations (id, tenant_id, organization_id, name, channel, mode, config, enabled)
  SELECT integration, :tenantId, :organizationId, 'Desk ' || n, 'sandbox', 'local', :nothing, true FROM desk),
linked AS (
  INSERT INTO connections (integration_id, tenant_id, organization_id, state, proven_at)
  SELECT integration, :tenantId, :organizationId, 'connected', now() FROM desk),
known AS (
  INSERT INTO experts (id, tenant_id, organization_id, name, backend, config, published_version)
  SELECT expert, :tenantId, :organizationId, 'Expert ' || n, 'echo', :nothing, 1 FROM desk)
INSERT INTO expert_versions (id, tenant_id, organization_id, expert_id, version, name, backend, config, triggers)
SELECT seed_id(:salt || '/version/' || n), :tenantId, :organizationId, expert, 1, 'Expert ' || n, 'echo', :nothing, '[]' FROM desk`;

const PEOPLE = `
WITH hired AS (
  INSERT INTO directory_users (id, tenant_id, organization_id, source, subject, username, email, name, department)
  SELECT seed_id(:salt || '/user/' || n), :tenantId, :organizationId, 'seed', :salt || n, 'user-' || n, 'user-' || n || '@example.com', '员工 ' || n,
         (ARRAY['财务', '法务', '研发', '销售', '人事'])[n % 5 + 1] FROM generate_series(0, :people::int - 1) n),
met AS (
  INSERT INTO people (id, tenant_id, organization_id, integration_id, platform_id, name, user_id)
  SELECT seed_id(:salt || '/person/' || n), :tenantId, :organizationId, seed_id(:salt || '/integration/' || n % :desks::int), 'user-' || n, '员工 ' || n,
         seed_id(:salt || '/user/' || n)
  FROM generate_series(0, :people::int - 1) n)
INSERT INTO chats (id, tenant_id, organization_id, integration_id, key, platform_chat_id, kind)
SELECT seed_id(:salt || '/chat/' || n), :tenantId, :organizationId, seed_id(:salt || '/integration/' || n % :desks::int), 'private/chat-' || n, 'chat-' || n, 'private'
FROM generate_series(0, :people::int - 1) n`;

/** Conversation n is of one person, whose desk it is at. */
const TALKS = `(
  SELECT n, p, seed_id(:salt || '/conversation/' || n) AS id, seed_id(:salt || '/chat/' || p) AS chat_id, seed_id(:salt || '/person/' || p) AS person_id,
         seed_id(:salt || '/integration/' || p % :desks::int) AS integration_id, seed_id(:salt || '/expert/' || p % :desks::int) AS expert_id,
         seed_id(:salt || '/version/' || p % :desks::int) AS version_id,
         now() - interval '1 hour' - (:conversations::int - n) * (:seconds::float8 / :conversations::int) * interval '1 second' AS began
  FROM (SELECT n, (n::bigint * 7919 % :people::int)::int AS p FROM generate_series(1, :conversations::int) n) one)`;

const CONVERSATIONS = `
INSERT INTO conversations (id, tenant_id, organization_id, integration_id, chat_id, expert_id, run_id, started_at, ended_at, end_reason)
SELECT id, :tenantId, :organizationId, integration_id, chat_id, expert_id, 'run-' || n, began, began + interval '50 minutes', 'timeout' FROM ${TALKS} c ORDER BY n`;

const ANSWER = `
'关于第' || c.n || '号申请的第' || k || '个问题：请先登录系统，进入' || (ARRAY['财务', '人事', '采购', '差旅', '资产'])[(c.n + k) % 5 + 1] || '模块，' ||
CASE WHEN (c.n * 5 + k) % 6 = 0 THEN '提交报销单据并上传发票，' ELSE '填写表单并上传附件，' END ||
'然后等待主管审批。审批一般需要' || (c.n + k) % 9 + 1 || '个工作日，结果会通过消息通知。If anything is missing, ask the service desk and mention case ' || c.n * 10 + k ||
'. ' || repeat('更多说明请参考员工手册中的相关章节。', (c.n + k) % 12)`;

const TURNS = `
INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, number, state, version_id, attempts, answer, usage, reason,
                   created_at, started_at, asked_at, first_token_at, ended_at, expert_id, person_id, messages, input_tokens, output_tokens, first_token_ms, answer_ms)
SELECT seed_id(:salt || '/turn/' || c.n || '/' || k), :tenantId, :organizationId, c.integration_id, c.chat_id, c.id, k,
       CASE WHEN (c.n + k) % 40 = 0 THEN 'failed' WHEN (c.n + k) % 55 = 0 THEN 'stopped' ELSE 'done' END, c.version_id, 1, ${ANSWER},
       jsonb_build_object('inputTokens', 100 + c.n % 900, 'outputTokens', 50 + (c.n + k) % 300, 'model', 'model-1'), NULL,
       at, at + interval '1 second', at + interval '1.1 seconds', at + first * interval '1 second', at + (first + took) * interval '1 second', c.expert_id, c.person_id, 2,
       100 + c.n % 900, 50 + (c.n + k) % 300, (first + 1) * 1000, (first + took + 1) * 1000
FROM ${TALKS} c, generate_series(1, 5) k, LATERAL (SELECT c.began + k * interval '2 minutes' AS at, 1.5 + (c.n * 31 + k) % 40 / 10.0 AS first, 2 + (c.n * 17 + k) % 300 / 10.0 AS took) t
ORDER BY c.n, k`;

const REPLIES = `
INSERT INTO replies (id, tenant_id, organization_id, integration_id, chat_id, state, ref, view, text, sequence, created_at, touched_at, finishing_at, finished_at)
SELECT id, tenant_id, organization_id, integration_id, chat_id, state, '{"data": {"parts": [{}]}}',
       jsonb_build_object('state', state, 'text', answer, 'language', 'zh', 'steps', '[]'::jsonb, 'footer', 'AI', 'buttons', '[]'::jsonb), answer, 1000024, created_at, ended_at, ended_at, ended_at
FROM turns WHERE organization_id = :organizationId ORDER BY created_at`;

const EVENTS = `
INSERT INTO events (id, tenant_id, organization_id, integration_id, chat_id, person_id, platform_id, kind, text, language, address, sent_at, received_at,
                    decision, version_id, expert_id, settings, delivered_at, turn_id, "end", ended_at)
SELECT seed_id(:salt || '/event/' || c.n || '/' || k || '/' || m), :tenantId, :organizationId, c.integration_id, c.chat_id, c.person_id, :salt || '/' || c.n || '/' || k || '/' || m,
       'message', CASE WHEN m = 1 THEN '补充一下，附件里有更多信息 ' || (c.n * 13 + k) % 1000
                       WHEN k = 1 THEN 'Please look at invoice-' || c.n || '，谢谢'
                       WHEN (c.n * 5 + k) % 50 = 0 THEN '这份合同谁来盖章？' ELSE '请问' || (ARRAY['出差', '请假', '采购', '入职', '密码'])[(c.n + k) % 5 + 1] || '怎么办理？' END,
       'zh', jsonb_build_object('chatId', 'chat-' || c.p, 'kind', 'private'), at, at, 'accepted', c.version_id, c.expert_id, '{"sessionTimeoutSeconds": 3600}', at,
       seed_id(:salt || '/turn/' || c.n || '/' || k), 'answered', at + interval '20 seconds'
FROM ${TALKS} c, generate_series(1, 5) k, generate_series(0, 1) m, LATERAL (SELECT c.began + k * interval '2 minutes' - (2 - m) * interval '1 second' AS at) t
ORDER BY c.n, k, m`;
