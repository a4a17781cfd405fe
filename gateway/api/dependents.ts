import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Store } from '../../store';
import type { Dependents } from '../../store/dependents';
import type { Scope } from '../../store/scope';
import type { Step } from './recording';
import { removedLimit } from './spending-fields';

const rule = z.object({ id: z.uuid(), name: z.string(), enabled: z.boolean() });

export const dependentsAnswer = z.object({
  triggers: z.array(
    z.object({
      id: z.uuid(),
      ...{ integrationId: z.uuid(), integration: z.string(), expertId: z.uuid(), expert: z.string() },
      enabled: z.boolean(),
      published: z.boolean().meta({ description: 'It takes messages now' }),
    }),
  ),
  publishedRoutes: z.int().meta({ description: 'How many of the triggers take messages now' }),
  openConversations: z.int(),
  alerts: z.array(rule).meta({ description: 'Alerts that speak through it: without it they are switched off' }),
  limits: z.array(rule).meta({ description: 'Limits that count only what is used of it: they are deleted with it' }),
});

export const deleteQuery = z.object({
  ifUnused: z.stringbool().default(false).meta({ description: '`true` refuses with 409 while something hangs on it' }),
});

export const presentDependents = ({ triggers, openConversations, alerts, limits }: Dependents) => ({
  ...{ triggers, openConversations, alerts, limits },
  publishedRoutes: triggers.filter(({ published }) => published).length,
});

/** Refuses to delete what something hangs on. @throws Refusal 409 that counts it */
export function demandUnused({ triggers, openConversations, alerts, limits }: Dependents, what: 'integration' | 'expert'): void {
  const hangs = [
    ...triggers.map(({ expert, integration, published }) => ({
      path: 'triggers',
      message: `The expert “${expert}” ${published ? 'answers' : 'has a trigger'} on the integration “${integration}”.`,
    })),
    ...(openConversations > 0 ? [{ path: 'conversations', message: `Conversations that are open: ${openConversations}.` }] : []),
    ...alerts.map(({ name }) => ({ path: 'alerts', message: `The alert “${name}” speaks through it.` })),
    ...limits.map(({ name }) => ({ path: 'limits', message: `The limit “${name}” counts only what is used of it.` })),
  ];
  if (hangs.length === 0) return;
  throw new Refusal(
    409,
    'in_use',
    `Something hangs on this ${what}: look at its dependents, then delete it without ?ifUnused=true.`,
    hangs,
  );
}

/** Keeps what goes with something that is deleted: alerts that are switched off, limits that are deleted. Before it happens. */
export async function recordLosses(
  { spending }: Pick<Store, 'spending'>,
  scope: Scope,
  { alerts, limits }: Dependents,
  record: (step: Step) => Promise<void>,
): Promise<void> {
  for (const { id, name, enabled } of alerts)
    if (enabled) {
      const target = { type: 'alert', id, name };
      await record({ action: 'config.updated', target, before: { name, enabled: true }, after: { name, enabled: false } });
    }
  for (const { id } of limits) {
    const limit = await spending.get(scope, id);
    if (limit) await record(removedLimit(limit));
  }
}
