import { z } from 'zod';
import type { FieldError } from '../../domain/errors';
import { isTimeZone } from '../../domain/quiet-hours';
import { levelOf, periodOf, spendingActions, spendingMeasures, spendingPeriods } from '../../domain/spending';
import type { Scope } from '../../store/scope';
import type { SpendingLimitFields, StoredLimit } from '../../store/spending';
import { type GatewayDeps, nowOf } from '../deps';
import { moment, nameField, text, unfit } from './checking';
import { content, forRecord } from './content';
import type { Step } from './recording';

const own = (what: string) =>
  z
    .uuid()
    .nullable()
    .meta({ description: `Counts only what ${what}; null: whatever it is` });
const shared = {
  name: nameField,
  measure: z.enum(spendingMeasures).meta({ description: 'Tokens both ways, or answers that were given' }),
  amount: z.int().min(1).max(1e15),
  period: z.enum(spendingPeriods).meta({ description: 'Of the calendar' }),
  timeZone: z.string().max(100).refine(isTimeZone, 'must be a time zone such as Asia/Shanghai').meta({ description: 'Where it begins' }),
  action: z.enum(spendingActions).meta({
    description: 'What happens at the limit: alerts tell administrators of 80 % and 100 % in either case; `refuse` answers nobody any more',
  }),
  expertId: own('this expert answers'),
  integrationId: own('is asked here'),
  department: text(200).nullable().meta({ description: 'Counts only what people of this department ask; null: whatever theirs is' }),
  personId: own('this user asks, or this one identity on a platform'),
  eachPerson: z.boolean().meta({ description: 'Counts for everybody alone rather than for all together' }),
  enabled: z.boolean(),
};

export const newLimit = z.strictObject({
  ...shared,
  timeZone: shared.timeZone.default('UTC'),
  action: shared.action.default('warn'),
  expertId: shared.expertId.default(null),
  integrationId: shared.integrationId.default(null),
  department: shared.department.default(null),
  personId: shared.personId.default(null),
  eachPerson: shared.eachPerson.default(false),
  enabled: shared.enabled.default(true),
});
export const limitChange = z.strictObject(shared).partial();

export const limitAnswer = z.object({
  ...{ id: z.uuid(), ...shared, createdAt: moment },
  person: content(z.string().nullable(), 'Their name'),
  state: z.object({
    used: z.int().meta({ description: 'In this period; with `eachPerson` by whoever used most' }),
    level: z.enum(['below', 'near', 'reached']).meta({ description: 'near: from 80 % on' }),
    since: moment,
    resetsAt: moment,
  }),
});

const LEVELS = { 0: 'below', 80: 'near', 100: 'reached' } as const;

/** A limit with how much of it is used now. */
export async function presentLimit(deps: GatewayDeps, scope: Scope, { createdAt, person, ...limit }: StoredLimit) {
  const { spending } = deps.store;
  const period = periodOf(limit, nowOf(deps));
  const used = limit.eachPerson ? await spending.mostUsed(scope, limit, period) : await spending.used(scope, limit, period);
  return {
    ...{ id: limit.id, name: limit.name, measure: limit.measure, amount: limit.amount, period: limit.period, timeZone: limit.timeZone },
    ...{ action: limit.action, expertId: limit.expertId, integrationId: limit.integrationId, department: limit.department },
    ...{ personId: limit.personId, person, eachPerson: limit.eachPerson, enabled: limit.enabled, createdAt: createdAt.toISOString() },
    state: {
      ...{ used, level: LEVELS[levelOf(used, limit.amount)] },
      ...{ since: period.from.toISOString(), resetsAt: period.to.toISOString() },
    },
  };
}

/** A limit as records keep it: without what is used of it, and without names of people. */
export const recordedLimit = ({ createdAt, ...limit }: StoredLimit): unknown =>
  forRecord(limitAnswer, { ...limit, createdAt: createdAt.toISOString() });

/** The record of a limit that goes with what it counted. */
export const removedLimit = (limit: StoredLimit): Step => ({
  action: 'config.deleted',
  target: { type: 'spending-limit', id: limit.id, name: limit.name },
  before: recordedLimit(limit),
  after: null,
});

/** @throws Refusal 422 where it names what is not of this organization */
export async function checkLimit({ store }: GatewayDeps, scope: Scope, fields: SpendingLimitFields): Promise<SpendingLimitFields> {
  const { expertId, integrationId, personId, eachPerson } = fields;
  const errors: FieldError[] = [];
  if (expertId && !(await store.experts.get(scope, expertId)))
    errors.push({ path: 'expertId', message: 'is no expert of this organization' });
  if (integrationId && !(await store.integrations.get(scope, integrationId)))
    errors.push({ path: 'integrationId', message: 'is no integration of this organization' });
  if (personId && !(await store.directory.get(scope, personId)) && !(await store.people.get(scope, personId)))
    errors.push({ path: 'personId', message: 'is no user or person of this organization' });
  if (personId && eachPerson) errors.push({ path: 'eachPerson', message: 'says nothing where one person is named' });
  if (errors.length > 0) throw unfit(errors);
  return fields;
}

/** What a change makes of a limit. */
export const changedLimit = (
  { id: _, createdAt: __, person: ___, ...current }: StoredLimit,
  given: z.output<typeof limitChange>,
): SpendingLimitFields => ({
  ...current,
  ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<SpendingLimitFields>),
});
