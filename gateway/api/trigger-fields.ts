import { z } from 'zod';
import { isTimeZone, weekdays } from '../../domain/quiet-hours';
import { completeTrigger, defaultTrigger } from '../../domain/trigger';
import type { Trigger, TriggerFields } from '../../store/triggers';
import { checkFields, moment, text } from './checking';
import { contradictions } from './trigger-contradictions';

const ids = z.array(text(200)).max(1000);
const privateChats = { scope: z.enum(['all', 'selected', 'none']), people: ids };
const context = {
  messages: z
    .int()
    .min(0)
    .max(100)
    .meta({ description: 'Most of what was said before a question in its group, not to the bot; 0 keeps none' }),
  windowSeconds: z.int().min(1).max(604_800).meta({ description: 'Nothing older' }),
};
const groupPolicy = {
  people: ids.meta({ description: 'With anybody here nobody else may ask in a group' }),
  mention: z.enum(['required', 'any', 'keywords']),
  keywords: z.array(text(100)).max(100),
  mentionAll: z.boolean().meta({ description: 'Naming everybody names the bot' }),
  conversation: z.enum(['shared', 'member', 'thread']),
};
const timings = {
  gatherMs: z.int().min(0).max(60_000).meta({ description: 'Quiet time that ends a question; 0 asks at once' }),
  gatherMaxMs: z.int().min(0).max(300_000),
  gatherMaxMessages: z.int().min(1).max(100),
  sessionTimeoutSeconds: z.int().min(1).max(2_592_000),
  onBusy: z.enum(['queue', 'interrupt', 'drop']),
  queueMax: z.int().min(0).max(1000).meta({ description: 'Turns that may wait behind the running one' }),
  staleAfterSeconds: z.int().min(1).max(2_592_000).meta({ description: 'An older question ends as expired' }),
};
const people = {
  allow: ids.meta({ description: 'With anybody here nobody else may ask' }),
  block: ids.meta({ description: 'May never ask' }),
};
const perPerson = {
  messages: z.int().min(0).max(100_000).meta({ description: 'Most messages of one person in the window; 0 sets no limit' }),
  seconds: z.int().min(1).max(86_400),
};
const timeOfDay = (latest: RegExp) => z.string().regex(latest, 'must be a time of day such as 09:30');
const quietHours = z
  .strictObject({
    timeZone: z.string().max(100).refine(isTimeZone, 'must be a time zone such as Asia/Shanghai'),
    from: timeOfDay(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: timeOfDay(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/).meta({ description: 'Not later than `from` means on the next day' }),
    days: z
      .array(z.enum(weekdays))
      .min(1, 'must name at least one day')
      .max(7)
      .default([...weekdays])
      .meta({ description: 'Days on which they begin' }),
    notice: z.boolean().default(true).meta({ description: 'Whoever writes is told, once in each quiet period' }),
  })
  .nullable();
const policies = {
  bots: z.enum(['ignore', 'answer']),
  botTurns: z.int().min(1).max(100).meta({ description: 'Messages of bots answered in a row in one chat' }),
  external: z.enum(['answer', 'refuse']).meta({ description: 'People from outside the company' }),
  quietHours,
  staleCommandSeconds: z.int().min(1).max(86_400).meta({ description: 'An older command or pressed button is not carried out' }),
};
const override = z
  .strictObject({ ...groupPolicy, ...timings, ...policies, context: z.strictObject(context).partial() })
  .partial()
  .extend({ chats: ids.min(1, 'must name at least one group') });
const groups = {
  scope: z.enum(['all', 'selected', 'none']),
  chats: ids,
  block: ids.meta({ description: 'Never served, whatever the scope' }),
  ...groupPolicy,
  overrides: z.array(override).max(100).meta({ description: 'What is otherwise in some groups' }),
};
const routing = {
  order: z
    .int()
    .min(0)
    .max(10_000)
    .meta({ description: "Of an integration's triggers the first that matches takes a message; lower goes first" }),
};
const match = {
  keywords: z.array(text(100)).max(100).meta({ description: 'One of these occurs in the text' }),
  commands: z
    .array(text(50).regex(/^[/／][^\s/／]+$/u, 'must be one word behind a slash, such as /finance'))
    .max(100)
    .meta({ description: 'The text begins with one of these' }),
  groups: ids.meta({ description: 'Said in one of these groups' }),
  people: ids.meta({ description: 'Said by one of these people' }),
};
const binding = { integrationId: z.uuid(), enabled: z.boolean() };

/** The whole of a trigger, defaults for what is not said. */
export const newTrigger = z
  .strictObject({
    integrationId: binding.integrationId,
    enabled: binding.enabled.default(true),
    ...withDefaults(timings, defaultTrigger),
    ...withDefaults(policies, defaultTrigger),
    ...withDefaults(routing, defaultTrigger),
    match: z.strictObject(withDefaults(match, defaultTrigger.match)).prefault({}).meta({
      description: 'Each list that is not empty must fit; all empty = the default route, which takes what no other trigger takes',
    }),
    privateChats: z.strictObject(withDefaults(privateChats, defaultTrigger.privateChats)).prefault({}),
    groups: z
      .strictObject({
        ...withDefaults(groups, defaultTrigger.groups),
        context: z.strictObject(withDefaults(context, defaultTrigger.groups.context)).prefault({}),
      })
      .prefault({}),
    people: z.strictObject(withDefaults(people, defaultTrigger.people)).prefault({}),
    perPerson: z.strictObject(withDefaults(perPerson, defaultTrigger.perPerson)).prefault({}),
  })
  .superRefine((given, found) => {
    for (const { path, message } of contradictions(given)) found.addIssue({ code: 'custom', path: [...path], message });
  });

/** What a change may give; fields of fields are merged by key as well. Quiet hours and overrides are given whole. */
export const triggerChange = z
  .strictObject({
    ...{ ...binding, ...timings, ...policies, ...routing },
    match: z.strictObject(match).partial(),
    privateChats: z.strictObject(privateChats).partial(),
    groups: z.strictObject({ ...groups, context: z.strictObject(context).partial() }).partial(),
    people: z.strictObject(people).partial(),
    perPerson: z.strictObject(perPerson).partial(),
  })
  .partial();

export const triggerAnswer = z.object({
  id: z.uuid(),
  ...binding,
  ...timings,
  ...policies,
  ...routing,
  match: z.object(match),
  privateChats: z.object(privateChats),
  groups: z.object({ ...groups, context: z.object(context) }),
  people: z.object(people),
  perPerson: z.object(perPerson),
  createdAt: moment,
});

type Defaulted<Shape extends Record<string, z.ZodType>> = { [Key in keyof Shape]: z.ZodDefault<Shape[Key]> };

function withDefaults<Shape extends Record<string, z.ZodType>>(
  shape: Shape,
  defaults: { readonly [Key in keyof Shape]: unknown },
): Defaulted<Shape> {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.default(defaults[key])])) as Defaulted<Shape>;
}

export function toFields({ integrationId, enabled, ...settings }: z.output<typeof newTrigger>): TriggerFields {
  return { integrationId, enabled, settings };
}

/** @throws Refusal 422 where the whole contradicts itself */
export function mergeTrigger({ integrationId, enabled, settings }: Trigger, given: z.output<typeof triggerChange>): TriggerFields {
  const before = completeTrigger(settings);
  const merged = {
    ...{ integrationId, enabled, ...before, ...given },
    privateChats: { ...before.privateChats, ...given.privateChats },
    groups: { ...before.groups, ...given.groups, context: { ...before.groups.context, ...given.groups?.context } },
    people: { ...before.people, ...given.people },
    perPerson: { ...before.perPerson, ...given.perPerson },
    match: { ...before.match, ...given.match },
  };
  return toFields(checkFields(newTrigger, merged));
}

export const presentTrigger = ({ id, integrationId, enabled, settings, createdAt }: Trigger) => ({
  ...{ id, integrationId, enabled, ...completeTrigger(settings), createdAt: createdAt.toISOString() },
});
