import type { Knex } from 'knex';

/** Conversations found by words, people and time among a million events, and ended turns ready to be counted. */
export async function up(db: Knex): Promise<void> {
  await db.raw(WORDS);
  await db.raw(FIGURES);
  await db.raw(ORDERS);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(`
DROP INDEX replies_undeliverable, chats_of_organization, conversations_open_of_organization, conversations_of_expert, conversations_of_integration,
  events_unended_of_organization, events_received, turns_ended, events_words, turns_words;
DROP TRIGGER turns_are_summed_up ON turns;
DROP FUNCTION sum_up_turn, conversations_saying, search_terms;
ALTER TABLE turns DROP COLUMN expert_id, DROP COLUMN person_id, DROP COLUMN messages, DROP COLUMN input_tokens, DROP COLUMN output_tokens,
  DROP COLUMN first_token_ms, DROP COLUMN answer_ms;`);
}

/** Scripts that write no blanks between words: ideographs, kana, hangul. */
const DENSE = String.raw`\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff`;
const SPACED = String.raw`0-9a-z\u00c0-\u1fff`;

/**
 * Words as they are, dense scripts as overlapping pairs with each run's last character alone, so that words of two characters are found whole
 * and single ones by their beginning; store/search.ts asks by the same rules. The organization is a term too: a search reads its own lists only.
 * The finding function runs as its owner, because row-level security keeps operators that could leak rows, \`@@\` among them, away from indexes; it
 * asks for the caller's organization itself and gives ids only.
 */
const WORDS = String.raw`
CREATE FUNCTION search_terms(organization uuid, given text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000 AS $$
DECLARE
  small constant text := lower(left(given, 100000));
  spaced constant text := regexp_replace(regexp_replace(small, '[^${SPACED}]+', ' ', 'g'), '([^ ]{64})[^ ]+', '\1', 'g');
  dense constant text := regexp_replace(small, '[^${DENSE}]+', ' ', 'g');
  shifted constant text := regexp_replace(dense, '(^| )[^ ]', ' ', 'g');
BEGIN
  RETURN array_to_tsvector(array_remove(string_to_array(
    '=' || organization || ' ' || spaced || ' ' || regexp_replace(dense, '([^ ]{2})', '\1 ', 'g') || ' ' || regexp_replace(shifted, '([^ ]{2})', '\1 ', 'g'), ' '), ''));
END $$;
CREATE INDEX turns_words ON turns USING gin (search_terms(organization_id, answer)) WHERE answer <> '';
CREATE INDEX events_words ON events USING gin (search_terms(organization_id, text)) WHERE turn_id IS NOT NULL AND text <> '';
CREATE FUNCTION conversations_saying(organization uuid, terms tsquery, patterns text[]) RETURNS TABLE (id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 COST 100000
  SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan SET work_mem = '32MB' AS $$
BEGIN
  IF organization IS DISTINCT FROM COALESCE(NULLIF(current_setting('parley.organization', true), '')::uuid, organization) THEN RETURN; END IF;
  RETURN QUERY
  SELECT t.conversation_id FROM turns t
  WHERE t.answer <> '' AND search_terms(t.organization_id, t.answer) @@ terms AND t.organization_id = organization AND lower(t.answer) LIKE ALL (patterns)
  UNION
  SELECT t.conversation_id FROM events e JOIN turns t ON t.id = e.turn_id
  WHERE e.turn_id IS NOT NULL AND e.text <> '' AND search_terms(e.organization_id, e.text) @@ terms AND e.organization_id = organization
    AND lower(e.text) LIKE ALL (patterns);
END $$;
`;

/** Written once, with the end: until then the updates of a turn touch no further index. Times count from the question's last message. */
const FIGURES = `
ALTER TABLE turns ADD COLUMN expert_id uuid, ADD COLUMN person_id uuid, ADD COLUMN messages int, ADD COLUMN input_tokens bigint, ADD COLUMN output_tokens bigint,
  ADD COLUMN first_token_ms bigint, ADD COLUMN answer_ms bigint;
CREATE FUNCTION sum_up_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  since timestamptz;
BEGIN
  SELECT count(*), (array_agg(e.person_id ORDER BY e.number))[1], max(e.received_at) INTO NEW.messages, NEW.person_id, since
  FROM events e WHERE e.turn_id = NEW.id AND e."end" IS DISTINCT FROM 'recalled';
  NEW.expert_id := (SELECT v.expert_id FROM expert_versions v WHERE v.id = NEW.version_id);
  NEW.input_tokens := CASE WHEN jsonb_typeof(NEW.usage->'inputTokens') = 'number' THEN LEAST((NEW.usage->>'inputTokens')::numeric, 1e15) END;
  NEW.output_tokens := CASE WHEN jsonb_typeof(NEW.usage->'outputTokens') = 'number' THEN LEAST((NEW.usage->>'outputTokens')::numeric, 1e15) END;
  NEW.first_token_ms := GREATEST(0, extract(epoch FROM NEW.first_token_at - since) * 1000);
  NEW.answer_ms := GREATEST(0, extract(epoch FROM NEW.ended_at - since) * 1000);
  RETURN NEW;
END $$;
CREATE TRIGGER turns_are_summed_up BEFORE UPDATE ON turns FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL) EXECUTE FUNCTION sum_up_turn();
UPDATE turns t SET messages = f.messages, person_id = f.person_id, expert_id = v.expert_id,
  input_tokens = CASE WHEN jsonb_typeof(t.usage->'inputTokens') = 'number' THEN LEAST((t.usage->>'inputTokens')::numeric, 1e15) END,
  output_tokens = CASE WHEN jsonb_typeof(t.usage->'outputTokens') = 'number' THEN LEAST((t.usage->>'outputTokens')::numeric, 1e15) END,
  first_token_ms = GREATEST(0, extract(epoch FROM t.first_token_at - f.since) * 1000), answer_ms = GREATEST(0, extract(epoch FROM t.ended_at - f.since) * 1000)
FROM turns o LEFT JOIN expert_versions v ON v.id = o.version_id CROSS JOIN LATERAL (
  SELECT count(*) AS messages, (array_agg(e.person_id ORDER BY e.number))[1] AS person_id, max(e.received_at) AS since
  FROM events e WHERE e.turn_id = o.id AND e."end" IS DISTINCT FROM 'recalled') f
WHERE o.id = t.id AND t.ended_at IS NOT NULL;
CREATE INDEX turns_ended ON turns (organization_id, ended_at)
  INCLUDE (state, integration_id, expert_id, person_id, messages, input_tokens, output_tokens, first_token_ms, answer_ms) WHERE ended_at IS NOT NULL;
`;

const ORDERS = `
CREATE INDEX events_received ON events (organization_id, received_at) WHERE kind = 'message' AND decision = 'accepted';
CREATE INDEX events_unended_of_organization ON events (organization_id, number) WHERE "end" IS NULL;
CREATE INDEX conversations_of_integration ON conversations (organization_id, integration_id, started_at DESC, id DESC);
CREATE INDEX conversations_of_expert ON conversations (organization_id, expert_id, started_at DESC, id DESC);
CREATE INDEX conversations_open_of_organization ON conversations (organization_id, started_at DESC, id DESC) WHERE ended_at IS NULL;
CREATE INDEX chats_of_organization ON chats (organization_id, platform_chat_id);
CREATE INDEX replies_undeliverable ON replies (organization_id, finished_at) WHERE undeliverable;
`;
