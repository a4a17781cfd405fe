import type { Knex } from 'knex';
import type { ConnectionRecord } from '../domain/connection';
import { row, rows } from './database';
import type { Scope } from './scope';

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

export type Bucket = 'hour' | 'day';

/** Answers that ended in some time, by how they ended. */
export interface AnswerFigures {
  readonly done: number;
  readonly failed: number;
  readonly stopped: number;
  readonly expired: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** From a question's last message to the end of its answer, in milliseconds and within 3 %, of answers that were given. */
  readonly answerMs: Percentiles;
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface BucketFigures extends AnswerFigures {
  readonly at: Date;
  readonly messages: number;
}

export const usageKeys = ['person', 'department', 'expert', 'integration'] as const;
export type UsageKey = (typeof usageKeys)[number];

export interface UsageRow {
  /** Of the user where one is known, else of the identity; of the expert or integration; the department's name. null: not known. */
  readonly key: string | null;
  readonly name: string | null;
  readonly department: string | null;
  readonly turns: number;
  readonly failed: number;
  readonly messages: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly lastAt: Date;
}

/** Figures of one organization, counted from the rows themselves. */
export const stats = (db: Knex) => ({
  /** Every link with what it takes to tell its state. */
  links: (scope: Scope): Promise<(ConnectionRecord & { readonly channel: string; readonly mode: string })[]> =>
    rows(db, LINKS, [scope.organizationId]),

  async counts({ organizationId }: Scope, { from, to }: Range) {
    const range = [organizationId, from, to];
    return (await row<{ conversations: number; undeliverable: number; open: number; unended: number }>(db, COUNTS, [
      ...[...range, ...range, organizationId, organizationId],
    ]))!;
  },

  /** Hours or days one after the other, with what came and ended in each, and all of it together. @param timeZone IANA, where days begin */
  async course({ organizationId }: Scope, { from, to }: Range, bucket: Bucket, timeZone: string) {
    const edges = (await rows<{ at: Date }>(db, EDGES, [from, to, bucket, timeZone])).map(({ at }) => at);
    const spans = edges.map((at, place): Span => ({ place, from: at < from ? from : at, to: edges[place + 1] ?? to }));
    const half = Math.ceil(spans.length / 2);
    // A statement keeps one processor busy; of two, one counts the older half.
    const [older, newer, came] = await Promise.all([
      rows<EndedRow>(db, ENDED, spansOf(spans.slice(0, half), organizationId)),
      rows<EndedRow>(db, ENDED, spansOf(spans.slice(half), organizationId)),
      rows<{ place: number; messages: number }>(db, CAME, spansOf(spans, organizationId)),
    ]);
    const all = [...older, ...newer];
    const ended = all.filter((one) => one.state !== null);
    const buckets = edges.map((at, n): BucketFigures => {
      const messages = came.find(({ place }) => place === n)?.messages ?? 0;
      return { at, messages, ...figuresOf(ended.filter(({ place }) => place === n)) };
    });
    const firstTokens = all.filter(({ state }) => state === null).map(({ firstBin, count }) => ({ bin: firstBin, count }));
    const messages = came.reduce((total, one) => total + one.messages, 0);
    return { buckets, messages, total: figuresOf(ended), firstTokenMs: percentilesOf(firstTokens) };
  },

  /** The most used first, after the given one. */
  usage(
    { organizationId }: Scope,
    by: UsageKey,
    { from, to }: Range,
    after: { readonly turns: number; readonly key: string } | undefined,
    limit: number,
  ) {
    const { key, name, department, join } = GROUPS[by];
    const sql = `
      WITH counted AS (
        SELECT ${by === 'department' ? 'person' : by}_id AS id, count(*) AS turns, count(*) FILTER (WHERE state IN ('failed', 'expired')) AS failed, COALESCE(sum(messages), 0) AS messages,
               COALESCE(sum(input_tokens), 0) AS input, COALESCE(sum(output_tokens), 0) AS output, max(ended_at) AS last
        FROM turns WHERE organization_id = ? AND ended_at >= ? AND ended_at < ? GROUP BY 1),
      grouped AS (
        SELECT ${key} AS key, max(${name}) AS name, max(${department}) AS department, sum(c.turns)::bigint AS turns, sum(c.failed)::bigint AS failed,
               sum(c.messages)::bigint AS messages, sum(c.input)::bigint AS "inputTokens", sum(c.output)::bigint AS "outputTokens", max(c.last) AS "lastAt"
        FROM counted c ${join} GROUP BY 1)
      SELECT * FROM grouped ${after ? `WHERE (turns, COALESCE(key, '')) < (?, ?)` : ''} ORDER BY turns DESC, COALESCE(key, '') DESC LIMIT ?`;
    return rows<UsageRow>(db, sql, [organizationId, from, to, ...(after ? [after.turns, after.key] : []), limit]);
  },
});

const PEOPLE = 'LEFT JOIN people p ON p.id = c.id LEFT JOIN directory_users u ON u.id = p.user_id';
const GROUPS: Readonly<Record<UsageKey, { key: string; name: string; department: string; join: string }>> = {
  person: {
    key: 'COALESCE(p.user_id, p.id)::text',
    name: 'COALESCE(u.name, p.name, p.platform_id)',
    department: 'u.department',
    join: PEOPLE,
  },
  department: { key: 'u.department', name: 'u.department', department: 'u.department', join: PEOPLE },
  expert: { key: 'c.id::text', name: 'x.name', department: 'NULL', join: 'LEFT JOIN experts x ON x.id = c.id' },
  integration: { key: 'c.id::text', name: 'i.name', department: 'NULL', join: 'LEFT JOIN integrations i ON i.id = c.id' },
};

const LINKS = `
SELECT c.integration_id AS "integrationId", c.epoch, c.owner, c.state, c.parked, c.since, c.proven_at AS "provenAt", c.last_event_at AS "lastEventAt",
       c.last_call_at AS "lastCallAt", c.last_call_version AS "lastCallVersion", c.last_error AS "lastError", c.failures, now() AS now, i.channel, i.mode
FROM integrations i JOIN connections c ON c.integration_id = i.id WHERE i.organization_id = ? AND i.deleted_at IS NULL`;

interface Bin {
  /** Of logarithmic ones, each 5 % wide; null where nothing was waited for. */
  readonly bin: number | null;
  readonly count: number;
}

/** What falls into one hour or day, as far as it was asked for. */
interface Span extends Range {
  readonly place: number;
}

const spansOf = (spans: readonly Span[], organizationId: string): Knex.RawBinding[] => [
  spans.map(({ place }) => place),
  spans.map(({ from }) => from.toISOString()),
  spans.map(({ to }) => to.toISOString()),
  organizationId,
];

interface EndedRow extends Bin {
  readonly place: number;
  /** null: answers of any end by the bin of their first words. */
  readonly state: 'done' | 'failed' | 'stopped' | 'expired' | null;
  readonly firstBin: number | null;
  readonly input: number;
  readonly output: number;
}

const BINS = 20;

function figuresOf(ended: readonly EndedRow[]): AnswerFigures {
  const sum = (of: (one: EndedRow) => number): number => ended.reduce((total, one) => total + of(one), 0);
  const count = (state: EndedRow['state']): number => sum((one) => (one.state === state ? one.count : 0));
  return {
    ...{ done: count('done'), failed: count('failed'), stopped: count('stopped'), expired: count('expired') },
    ...{ inputTokens: sum(({ input }) => input), outputTokens: sum(({ output }) => output) },
    answerMs: percentilesOf(ended),
  };
}

/** Bins may come in any order and more than once. */
function percentilesOf(bins: readonly Bin[]): Percentiles {
  const known = bins.filter((one): one is Bin & { bin: number } => one.bin !== null).sort((a, b) => a.bin - b.bin);
  const all = known.reduce((total, { count }) => total + count, 0);
  const at = (share: number): number | null => {
    let passed = 0;
    for (const { bin, count } of known) {
      passed += count;
      if (passed >= all * share) return Math.round(Math.exp(bin / BINS) - 1);
    }
    return null;
  };
  return { p50: at(0.5), p95: at(0.95) };
}

/** Where hours or days of the time zone begin; the first one holds `from`. */
const EDGES = `
WITH given AS (SELECT ?::timestamptz AS since, ?::timestamptz AS until, ?::text AS bucket, ?::text AS zone)
SELECT at FROM given, generate_series(date_trunc('hour', since, zone), until - interval '1 microsecond', interval '1 hour') at WHERE bucket = 'hour'
UNION ALL
SELECT day AT TIME ZONE zone FROM given, generate_series(date_trunc('day', since AT TIME ZONE zone), (until - interval '1 microsecond') AT TIME ZONE zone, interval '1 day') day
WHERE bucket = 'day' ORDER BY at`;

/** Span by span, for a range of the index is counted faster than each row is told which span it belongs to; the index is read once for all figures. */
const SPANS = 'unnest(?::int[], ?::timestamptz[], ?::timestamptz[]) span(place, since, until)';
const binOf = (ms: string): string => `CASE WHEN state = 'done' THEN (ln(${ms} + 1::float8) * ${BINS}::float8)::int END`;

const ENDED = `
SELECT span.place, counted.* FROM ${SPANS} CROSS JOIN LATERAL (
  SELECT state, ${binOf('answer_ms')} AS bin, ${binOf('first_token_ms')} AS "firstBin", count(*) AS count,
         COALESCE(sum(input_tokens), 0)::bigint AS input, COALESCE(sum(output_tokens), 0)::bigint AS output
  FROM turns WHERE organization_id = ? AND ended_at >= span.since AND ended_at < span.until
  GROUP BY GROUPING SETS ((state, bin), ("firstBin"))) counted`;

const CAME = `
SELECT span.place, counted.messages FROM ${SPANS} CROSS JOIN LATERAL (
  SELECT count(*) AS messages FROM events
  WHERE organization_id = ? AND kind = 'message' AND decision = 'accepted' AND received_at >= span.since AND received_at < span.until) counted`;

const COUNTS = `
SELECT (SELECT count(*) FROM conversations WHERE organization_id = ? AND started_at >= ? AND started_at < ?) AS conversations,
       (SELECT count(*) FROM replies WHERE organization_id = ? AND undeliverable AND finished_at >= ? AND finished_at < ?) AS undeliverable,
       (SELECT count(*) FROM conversations WHERE organization_id = ? AND ended_at IS NULL) AS open,
       (SELECT count(*) FROM events WHERE organization_id = ? AND "end" IS NULL AND received_at < now() - interval '60 seconds'
          AND (orphaned_at IS NOT NULL OR delivered_at IS NULL)) AS unended`;
