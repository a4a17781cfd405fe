import { z } from 'zod';
import { type GatewayDeps, nowOf } from '../deps';
import { moment } from './checking';
import { integrationOf } from './integrations';
import { type Operation, operation } from './operation';

const trafficQuery = z.object({
  hours: z.coerce.number().int().min(1).max(168).default(24).meta({ description: 'Up to now, the hour under way among them' }),
});

const answers = z.object({ done: z.int(), failed: z.int(), stopped: z.int(), expired: z.int() });

const trafficAnswer = z.object({
  from: moment,
  to: moment,
  messages: z.int().meta({ description: 'Accepted in these hours' }),
  answers: answers
    .extend({ undeliverable: z.int().meta({ description: 'Refused by the platform, however they ended' }) })
    .meta({ description: 'Ended in these hours' }),
  series: z.array(answers.extend({ at: moment, messages: z.int() })).meta({ description: 'Each hour, oldest first' }),
  allowance: z
    .object({
      limits: z
        .int()
        .meta({ description: 'Limits of the platform that calls have met so far: one for each API, on some platforms for each chat' }),
      usedUp: z.int().meta({ description: 'Those that calls wait for now, for longer than a second' }),
      longestWaitMs: z.int(),
      callsThisHour: z.int().meta({ description: 'Calls under these limits since the hour began, of UTC' }),
      callsLastHour: z.int().meta({ description: 'In the hour before' }),
    })
    .meta({ description: 'How much of what the platform grants is used and left; how calls ended is counted in the metrics only' }),
});

/** What goes in and out through one integration. */
export const trafficOperations = (deps: GatewayDeps): readonly Operation[] => [
  operation({
    ...{ method: 'get', path: '/integrations/:id/traffic', tag: 'Connections', summary: 'Messages in and answers out, by the hour' },
    ...{ query: trafficQuery, status: 200, answer: trafficAnswer },
    find: ({ scope, params }) => integrationOf(deps, scope, params.id),
    async run({ scope, found: { id }, query }) {
      const { traffic } = deps.store;
      const now = nowOf(deps);
      const [hours, allowance] = await Promise.all([traffic.byHour(scope, id, query.hours, now), traffic.allowance(scope, id)]);
      const from = hours[0]?.at ?? now;
      const sum = (name: 'messages' | keyof z.output<typeof answers>): number => hours.reduce((total, hour) => total + hour[name], 0);
      const ended = { done: sum('done'), failed: sum('failed'), stopped: sum('stopped'), expired: sum('expired') };
      return {
        ...{ from: from.toISOString(), to: now.toISOString(), messages: sum('messages') },
        answers: { ...ended, undeliverable: await traffic.undeliverable(scope, id, from) },
        series: hours.map(({ at, ...counts }) => ({ at: at.toISOString(), ...counts })),
        allowance,
      };
    },
  }),
];
