import type { Knex } from 'knex';
import { row, rows } from './database';
import { exactTime, type Listed, type Scope } from './scope';

export interface ConversationFilter {
  readonly integrationId?: string;
  /** The platform's id of the chat. */
  readonly chat?: string;
  /** No private chats. */
  readonly onlyGroups?: boolean;
  /** One identity on one platform. */
  readonly personId?: string;
  /** Somebody on every platform. */
  readonly userId?: string;
  readonly expertId?: string;
  readonly state?: 'open' | 'ended';
  /** Begun at this time or later. */
  readonly from?: Date;
  /** Begun before this time. */
  readonly to?: Date;
  /** Words of a question or an answer, all of them in the same one. */
  readonly q?: string;
}

export interface ConversationRow {
  readonly id: string;
  readonly state: 'open' | 'ended';
  readonly endReason: 'timeout' | 'new' | 'ended' | null;
  readonly integrationId: string;
  readonly integrationName: string | null;
  readonly expertId: string | null;
  readonly expertName: string | null;
  readonly chatId: string;
  readonly chat: string;
  readonly chatKind: 'private' | 'group';
  readonly chatKey: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly runId: string;
  readonly turnCount: number;
  /** Who asked, the first five. */
  readonly people: readonly { readonly id: string; readonly name: string }[];
}

/** Where the words were found first. */
export interface Snippet {
  readonly conversationId: string;
  readonly turnId: string;
  readonly part: 'question' | 'answer';
  readonly text: string;
}

interface Terms {
  /** As the index knows them, in the form of a tsquery. */
  readonly terms: string;
  /** What must stand there letter by letter. */
  readonly patterns: readonly string[];
  /** The first of them, to cut a snippet around. */
  readonly first: string;
}

// The scripts of search_terms() in the migration that makes the index.
const DENSE = String.raw`[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]+`;
const SPACED = String.raw`[0-9a-z\u00c0-\u1fff]+`;
const TERM = new RegExp(`${DENSE}|${SPACED}`, 'gu');
const IS_DENSE = new RegExp(`^${DENSE}$`, 'u');
const LONGEST = 64;

/** Whether there is anything in it that can be looked for. */
export const hasWords = (q: string): boolean => q.toLowerCase().match(TERM) !== null;

/** What blanks separate may stand apart; each piece must begin where a word begins, and may go on. */
function termsOf(organizationId: string, q: string): Terms {
  const pieces = q.toLowerCase().split(/\s+/).filter(hasWords);
  const terms = pieces.flatMap((piece) =>
    [...piece.matchAll(TERM)].flatMap(({ 0: word, index }) => wordTerms(word, index + word.length === piece.length)),
  );
  return {
    terms: [`'=${organizationId}'`, ...new Set(terms)].join(' & '),
    patterns: pieces.map((piece) => `%${piece.replace(/[\\%_]/g, '\\$&')}%`),
    first: pieces[0] ?? '',
  };
}

function wordTerms(word: string, isLast: boolean): string[] {
  if (!IS_DENSE.test(word)) return [`'${word.slice(0, LONGEST)}'${isLast ? ':*' : ''}`];
  const letters = [...word];
  return letters.length === 1 ? [`'${word}':*`] : letters.slice(1).map((letter, place) => `'${letters[place]}${letter}'`);
}

/** So many of the newest are looked through before an index is asked: what is frequent is found among them, what is rare in the index. */
const NEAR = 1000;

/**
 * Sessions by what was said, by whom, where and when. A page costs the same however many there are: either the newest few sessions hold it, or it is rare.
 */
export const search = (db: Knex) => ({
  get: (scope: Scope, id: string): Promise<ConversationRow | undefined> =>
    row<ConversationRow>(db, `WITH page AS (SELECT * FROM conversations WHERE organization_id = ? AND id = ?) ${PRESENT}`, [
      scope.organizationId,
      id,
    ]),

  /** Newest first, after the given one. */
  async list(
    scope: Scope,
    filter: ConversationFilter,
    before: { readonly time: Date | string; readonly id: string },
    limit: number,
  ): Promise<Listed<ConversationRow>[]> {
    const plain = plainConditions(scope, filter, before);
    const deep = deepConditions(scope, filter);
    const page = (from: string, and: Condition[]) => `page AS (SELECT c.* FROM ${from} WHERE ${where(and)} ${ORDER} LIMIT ?)`;
    if (deep.length === 0) return await rows(db, `WITH ${page('conversations c', plain)} ${PRESENT}`, [...bindingsOf(plain), limit]);
    const near = await rows<Listed<ConversationRow>>(
      db,
      `WITH near AS MATERIALIZED (SELECT c.* FROM conversations c WHERE ${where(plain)} ${ORDER} LIMIT ${NEAR}), ${page(
        'near c',
        deep.map(({ near: one }) => one),
      )} ${PRESENT}`,
      [...bindingsOf(plain), ...bindingsOf(deep.map(({ near: one }) => one)), limit],
    );
    if (near.length === limit) return near;
    // Whom a person talked to is soon told; a word may be everywhere.
    const [{ index: found }, ...others] = deep as [Deep, ...Deep[]];
    const met = `met AS MATERIALIZED (SELECT c.* FROM conversations c WHERE c.id = ANY (ARRAY(${found[0]})) AND ${where(plain)})`;
    const rest: Condition[] = others.length > 0 ? others.map(({ near: one }) => one) : [['true', []]];
    return await rows(db, `WITH ${met}, ${page('met c', rest)} ${PRESENT}`, [
      ...found[1],
      ...bindingsOf(plain),
      ...bindingsOf(rest),
      limit,
    ]);
  },

  /** For each of these sessions that says it: where it does so first. */
  snippets(scope: Scope, ids: readonly string[], q: string): Promise<Snippet[]> {
    const { terms, patterns, first } = termsOf(scope.organizationId, q);
    const said = [terms, patterns as string[]];
    return rows(db, SNIPPETS, [first, ids as string[], ...said, ...said]);
  },
});

type Condition = readonly [sql: string, bindings: readonly Knex.RawBinding[]];

/** As a question about one session, and as a question for all sessions that have it. */
interface Deep {
  readonly near: Condition;
  readonly index: Condition;
}

const where = (conditions: readonly Condition[]): string => conditions.map(([sql]) => sql).join(' AND ');
const bindingsOf = (conditions: readonly Condition[]): Knex.RawBinding[] => conditions.flatMap(([, bindings]) => bindings);

/** What the row of a session tells itself. */
function plainConditions({ organizationId }: Scope, filter: ConversationFilter, before: { time: Date | string; id: string }): Condition[] {
  const { integrationId, chat, onlyGroups, expertId, state, from, to } = filter;
  return [
    ['c.organization_id = ?', [organizationId]],
    ['(c.started_at, c.id) < (?, ?)', [before.time, before.id]],
    ...(integrationId ? ([['c.integration_id = ?', [integrationId]]] as const) : []),
    ...(chat === undefined
      ? []
      : ([
          ['c.chat_id = ANY (ARRAY(SELECT id FROM chats WHERE organization_id = ? AND platform_chat_id = ?))', [organizationId, chat]],
        ] as const)),
    ...(onlyGroups ? ([["(SELECT kind FROM chats WHERE id = c.chat_id) = 'group'", []]] as const) : []),
    ...(expertId ? ([['c.expert_id = ?', [expertId]]] as const) : []),
    ...(from ? ([['c.started_at >= ?', [from]]] as const) : []),
    ...(to ? ([['c.started_at < ?', [to]]] as const) : []),
    ...(state ? ([[`c.ended_at IS ${state === 'open' ? '' : 'NOT '}NULL`, []]] as const) : []),
  ];
}

/** What only its messages tell. */
function deepConditions({ organizationId }: Scope, { personId, userId, q }: ConversationFilter): Deep[] {
  const people: Condition[] = [
    ...(personId ? ([['SELECT id FROM people WHERE organization_id = ? AND id = ?', [organizationId, personId]]] as const) : []),
    ...(userId ? ([['SELECT id FROM people WHERE organization_id = ? AND user_id = ?', [organizationId, userId]]] as const) : []),
  ];
  const asked = people.map(
    ([sql, bindings]): Deep => ({
      near: [
        `COALESCE((SELECT true FROM turns t JOIN events e ON e.turn_id = t.id WHERE t.conversation_id = c.id AND e.person_id = ANY (ARRAY(${sql})) LIMIT 1), false)`,
        bindings,
      ],
      index: [
        `SELECT conversation_id AS id FROM turns WHERE id = ANY (ARRAY(SELECT turn_id FROM events WHERE person_id = ANY (ARRAY(${sql})) AND turn_id IS NOT NULL))`,
        bindings,
      ],
    }),
  );
  if (q === undefined) return asked;
  const { terms, patterns } = termsOf(organizationId, q);
  const said = [terms, patterns as string[]] as Knex.RawBinding[];
  return [
    ...asked,
    {
      near: [
        `COALESCE((SELECT true FROM turns t WHERE t.conversation_id = c.id AND ${says('t', 'answer')} LIMIT 1),
                  (SELECT true FROM turns t JOIN events e ON e.turn_id = t.id WHERE t.conversation_id = c.id AND ${says('e', 'text')} LIMIT 1), false)`,
        [...said, ...said],
      ],
      index: ['SELECT id FROM conversations_saying(?, ?::tsquery, ?::text[])', [organizationId, ...said]],
    },
  ];
}

/** Binds the terms and the patterns. Asked of few rows that are found otherwise: `IS TRUE` keeps the planner from asking the index for each. */
const says = (table: string, column: string): string =>
  `${table}.${column} <> '' AND (search_terms(${table}.organization_id, ${table}.${column}) @@ ?::tsquery) IS TRUE AND lower(${table}.${column}) LIKE ALL (?::text[])`;

const ORDER = 'ORDER BY c.started_at DESC, c.id DESC';

/** From `page`, which holds rows of conversations. */
const PRESENT = `
SELECT c.id, CASE WHEN c.ended_at IS NULL THEN 'open' ELSE 'ended' END AS state, c.end_reason AS "endReason", c.integration_id AS "integrationId",
       i.name AS "integrationName", c.expert_id AS "expertId", x.name AS "expertName", c.chat_id AS "chatId", ch.platform_chat_id AS chat, ch.kind AS "chatKind",
       ch.key AS "chatKey", c.started_at AS "startedAt", c.ended_at AS "endedAt", c.run_id AS "runId", ${exactTime('c.started_at')} AS "listedAt",
       (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id)::int AS "turnCount",
       COALESCE((SELECT json_agg(json_build_object('id', p.id, 'name', COALESCE(p.name, p.platform_id)) ORDER BY first)
                 FROM (SELECT e.person_id, min(e.number) AS first FROM turns t JOIN events e ON e.turn_id = t.id
                       WHERE t.conversation_id = c.id GROUP BY e.person_id ORDER BY first LIMIT 5) asker JOIN people p ON p.id = asker.person_id), '[]') AS people
FROM page c JOIN chats ch ON ch.id = c.chat_id LEFT JOIN integrations i ON i.id = c.integration_id LEFT JOIN experts x ON x.id = c.expert_id ${ORDER}`;

const SNIPPETS = `
SELECT c.id AS "conversationId", found."turnId", found.part, substr(found.text, greatest(1, position(? in lower(found.text)) - 40), 160) AS text
FROM unnest(?::uuid[]) c(id) CROSS JOIN LATERAL (
  (SELECT t.id AS "turnId", 'question' AS part, e.text, e.received_at AS at FROM turns t JOIN events e ON e.turn_id = t.id
   WHERE t.conversation_id = c.id AND ${says('e', 'text')} ORDER BY e.number LIMIT 1)
  UNION ALL
  (SELECT t.id, 'answer', t.answer, t.ended_at FROM turns t WHERE t.conversation_id = c.id AND ${says('t', 'answer')} ORDER BY t.number LIMIT 1)
  ORDER BY at LIMIT 1) found`;
