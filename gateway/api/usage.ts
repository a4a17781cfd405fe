import { z } from 'zod';
import { holds } from '../../domain/roles';
import type { Scope } from '../../store/scope';
import { type Range, type UsageKey, type UsageRow, usageKeys } from '../../store/stats';
import { type GatewayDeps, nowOf } from '../deps';
import { moment } from './checking';
import { content } from './content';
import { download } from './download';
import { csvRows } from './export-formats';
import { type Operation, operation } from './operation';
import { listOf, pageOf, pageQuery, readCursor } from './paging';
import { rangeOf, rangeQuery } from './ranges';

const MOST_DAYS = 366;
const ROWS_AT_A_TIME = 1000;

const usageQuery = rangeQuery.extend({ by: z.enum(usageKeys) });
const usagePlace = z.tuple([z.int().min(0), z.string().max(300)]);

const usageAnswer = z.object({
  key: z.string().nullable().meta({
    description:
      'Of a person (the user where one is known, else the identity), expert or integration the id; of a department its name; null: not known',
  }),
  name: z.string().nullable().meta({ description: 'Of experts, integrations and departments' }),
  person: content(z.string().nullable(), 'Their name'),
  department: z.string().nullable(),
  turns: z.int().meta({ description: 'Questions whose answers ended in the range' }),
  failed: z.int().meta({ description: 'Of them failed or expired' }),
  messages: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  lastAt: moment,
});

const COLUMNS = ['key', 'name', 'person', 'department', 'turns', 'failed', 'messages', 'inputTokens', 'outputTokens', 'lastAt'] as const;

/** Who and what used how much. A question of several people counts for who asked first. */
export const usageOperations = (deps: GatewayDeps): readonly Operation[] => [
  operation({
    ...{
      method: 'get',
      path: '/usage',
      tag: 'Figures',
      summary: 'Questions and tokens by person, department, expert or integration, the most first',
      status: 200,
    },
    ...{ query: pageQuery.extend(usageQuery.shape), answer: listOf(usageAnswer) },
    async run({ scope, query }) {
      const [turns, key] = readCursor(usagePlace, query.cursor) ?? [];
      const after = turns === undefined || key === undefined ? undefined : { turns, key };
      const found = await deps.store.stats.usage(scope, query.by, rangeOf(query, nowOf(deps), MOST_DAYS), after, query.limit + 1);
      return pageOf(found, query.limit, placeOf, (row) => present(query.by, row));
    },
  }),
  download({
    ...{
      path: '/exports/usage',
      tag: 'Exports',
      summary: 'The same as a file; names of people only with the right `content`',
      right: 'read',
    },
    ...{ query: usageQuery, types: ['text/csv'] },
    async run({ scope, caller, query }) {
      const columns = COLUMNS.filter((name) => name !== 'person' || holds(caller.role, 'content'));
      const range = rangeOf(query, nowOf(deps), MOST_DAYS);
      const chunks = async function* () {
        yield csvRows([columns], true);
        for await (const row of everyRow(deps, scope, query.by, range))
          yield csvRows([columns.map((name) => present(query.by, row)[name] ?? '')]);
      };
      return { name: `usage-by-${query.by}.csv`, type: 'text/csv', chunks: chunks() };
    },
  }),
];

async function* everyRow({ store }: GatewayDeps, scope: Scope, by: UsageKey, range: Range): AsyncGenerator<UsageRow> {
  for (let after: { turns: number; key: string } | undefined; ; ) {
    const found = await store.stats.usage(scope, by, range, after, ROWS_AT_A_TIME);
    yield* found;
    const last = found.at(-1);
    if (!last || found.length < ROWS_AT_A_TIME) return;
    after = { turns: last.turns, key: last.key ?? '' };
  }
}

const placeOf = ({ turns, key }: UsageRow): readonly (string | number)[] => [turns, key ?? ''];

const present = (by: UsageKey, { name, lastAt, ...row }: UsageRow) => ({
  ...row,
  name: by === 'person' ? null : name,
  ...(by === 'person' && { person: name }),
  lastAt: lastAt.toISOString(),
});
