import { z } from 'zod';
import { connectionStatus } from '../../domain/connection';
import type { Scope } from '../../store/scope';
import type { AnswerFigures, Bucket, Range } from '../../store/stats';
import { type GatewayDeps, nowOf } from '../deps';
import { modeOf } from './channels';
import { moment, unfit } from './checking';
import { type Operation, operation } from './operation';
import { rangeOf, rangeQuery } from './ranges';

const MOST_DAYS = 62;
const MOST_DAYS_BY_HOUR = 14;
const DAY_MS = 86_400_000;
const ZONES: ReadonlySet<string> = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);

const overviewQuery = rangeQuery.extend({
  bucket: z
    .enum(['hour', 'day'])
    .optional()
    .meta({ description: 'Hours up to three days, days beyond, unless given; hours for at most 14 days' }),
  timeZone: z
    .string()
    .refine((zone) => ZONES.has(zone), 'is not a time zone')
    .default('UTC')
    .meta({ description: 'IANA name: where days begin' }),
});

const percentiles = z.object({ p50: z.number().nullable(), p95: z.number().nullable() });
const answers = z.object({ done: z.int(), failed: z.int(), stopped: z.int(), expired: z.int() });

const overviewAnswer = z.object({
  from: moment,
  to: moment,
  bucket: z.enum(['hour', 'day']),
  integrations: z
    .object({ connected: z.int(), connecting: z.int(), disconnected: z.int(), parked: z.int(), disabled: z.int() })
    .meta({ description: 'As they stand now; parked ones are among the disconnected too' }),
  messages: z.int().meta({ description: 'Accepted in the range' }),
  conversations: z.object({ started: z.int(), open: z.int().meta({ description: 'Now' }) }),
  answers: answers
    .extend({ undeliverable: z.int().meta({ description: 'Refused by the platform, however they ended' }) })
    .meta({ description: 'Ended in the range' }),
  answerMs: percentiles.meta({
    description: 'From the last message of a question to the end of its answer, within 3 %; of answers that were given',
  }),
  firstTokenMs: percentiles.meta({ description: "To the answer's first words, within 3 %" }),
  tokens: z.object({ input: z.int(), output: z.int() }),
  unendedEvents: z.int().meta({ description: 'Accepted and older than a minute, and nobody works on them: 0 where all is well' }),
  series: z
    .array(answers.extend({ at: moment, messages: z.int(), answerMs: percentiles }))
    .meta({ description: 'Every hour or day of the range, oldest first' }),
});

/** What an administrator wants to know at first sight. */
export const statsOperations = (deps: GatewayDeps): readonly Operation[] => [
  operation({
    ...{ method: 'get', path: '/stats/overview', tag: 'Figures', summary: 'Links, messages, answers and their times', status: 200 },
    ...{ query: overviewQuery, answer: overviewAnswer },
    async run({ scope, query }) {
      const range = rangeOf(query, nowOf(deps), MOST_DAYS);
      const bucket = bucketOf(query.bucket, range);
      const [integrations, counts, { buckets, messages, total, firstTokenMs }] = await Promise.all([
        linkStates(deps, scope),
        deps.store.stats.counts(scope, range),
        deps.store.stats.course(scope, range, bucket, query.timeZone),
      ]);
      return {
        ...{ from: range.from.toISOString(), to: range.to.toISOString(), bucket, integrations, messages },
        ...{ conversations: { started: counts.conversations, open: counts.open }, unendedEvents: counts.unended },
        ...{ answers: { ...endsOf(total), undeliverable: counts.undeliverable }, answerMs: total.answerMs, firstTokenMs },
        tokens: { input: total.inputTokens, output: total.outputTokens },
        series: buckets.map((one) => ({ at: one.at.toISOString(), messages: one.messages, ...endsOf(one), answerMs: one.answerMs })),
      };
    },
  }),
];

const endsOf = ({ done, failed, stopped, expired }: AnswerFigures) => ({ done, failed, stopped, expired });

function bucketOf(wanted: Bucket | undefined, { from, to }: Range): Bucket {
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (wanted === 'hour' && days > MOST_DAYS_BY_HOUR)
    throw unfit([{ path: 'bucket', message: `may be hour for at most ${MOST_DAYS_BY_HOUR} days` }]);
  return wanted ?? (days <= 3 ? 'hour' : 'day');
}

async function linkStates({ store, channels }: GatewayDeps, scope: Scope) {
  const count = { connected: 0, connecting: 0, disconnected: 0, parked: 0, disabled: 0 };
  for (const link of await store.stats.links(scope)) {
    const channel = channels.find(({ name }) => name === link.channel);
    const { state, parked } = connectionStatus(link, modeOf(channel, link.mode)?.way ?? 'listen');
    count[state] += 1;
    if (parked) count.parked += 1;
  }
  return count;
}
