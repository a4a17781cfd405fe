import { z } from 'zod';
import { defaultTrigger } from '../../domain/trigger';
import type { Trigger, TriggerFields } from '../../store/triggers';
import { moment, text } from './checking';

const ids = z.array(text(200)).max(1000);
const privateChats = { scope: z.enum(['all', 'selected', 'none']), people: ids };
const groups = {
  scope: z.enum(['all', 'selected', 'none']),
  chats: ids,
  mention: z.enum(['required', 'any', 'keywords']),
  keywords: z.array(text(100)).max(100),
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
const binding = { integrationId: z.uuid(), enabled: z.boolean() };

/** The whole of a trigger, defaults for what is not said. */
export const newTrigger = z.strictObject({
  integrationId: binding.integrationId,
  enabled: binding.enabled.default(true),
  ...withDefaults(timings, defaultTrigger),
  privateChats: z.strictObject(withDefaults(privateChats, defaultTrigger.privateChats)).prefault({}),
  groups: z.strictObject(withDefaults(groups, defaultTrigger.groups)).prefault({}),
});

/** What a change may give; the two lists of chats are merged by key as well. */
export const triggerChange = z
  .strictObject({ ...binding, ...timings, privateChats: z.strictObject(privateChats).partial(), groups: z.strictObject(groups).partial() })
  .partial();

export const triggerAnswer = z.object({
  id: z.uuid(),
  ...binding,
  ...timings,
  privateChats: z.object(privateChats),
  groups: z.object(groups),
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

export function mergeTrigger({ integrationId, enabled, settings }: Trigger, given: z.output<typeof triggerChange>): TriggerFields {
  const { privateChats: people = {}, groups: chats = {}, ...rest } = given;
  const merged = {
    ...{ integrationId, enabled, ...settings, ...rest },
    privateChats: { ...settings.privateChats, ...people },
    groups: { ...settings.groups, ...chats },
  };
  return toFields(newTrigger.parse(merged));
}

export const presentTrigger = ({ id, integrationId, enabled, settings, createdAt }: Trigger) => ({
  ...{ id, integrationId, enabled, ...defaultTrigger, ...settings, createdAt: createdAt.toISOString() },
});
