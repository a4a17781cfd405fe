import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { Refusal } from '../domain/errors';
import { conflictOf, type Routed } from '../domain/routing';
import { completeTrigger, type TriggerSettings } from '../domain/trigger';
import { row, rows } from './database';
import type { Scope } from './scope';

/** What a version holds: its settings sealed, its triggers as they were. */
export interface PublishedContent {
  readonly name: string;
  readonly backend: string;
  readonly config: string;
  readonly triggers: readonly PublishedTrigger[];
}

export interface PublishedTrigger {
  readonly id: string;
  readonly integrationId: string;
  readonly enabled: boolean;
  readonly settings: TriggerSettings;
}

/**
 * Makes the content the expert's next version, all at once; from the next message on it answers. The expert's row is locked by the caller.
 * Triggers whose integration is gone are left out. @throws Refusal 409 that names who stands in the way
 */
export async function publishContent(tx: Knex.Transaction, scope: Scope, expertId: string, last: number, content: PublishedContent) {
  const version = last + 1;
  const versionId = randomUUID();
  const wanted = content.triggers.map(({ integrationId }) => integrationId);
  // Two experts that publish at once on one integration wait for each other here.
  const there = await rows<{ id: string; name: string }>(
    tx,
    'SELECT id, name FROM integrations WHERE organization_id = ? AND id = ANY(?) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE',
    [scope.organizationId, wanted],
  );
  const triggers = content.triggers.filter(({ enabled, integrationId }) => enabled && there.some(({ id }) => id === integrationId));
  await tx.raw('DELETE FROM published_triggers WHERE organization_id = ? AND expert_id = ?', [scope.organizationId, expertId]);
  await refuseConflicts(tx, scope, { expertId, name: content.name }, triggers, there);
  await tx.raw(
    'INSERT INTO expert_versions (id, tenant_id, organization_id, expert_id, version, name, backend, config, triggers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)',
    [
      ...[versionId, scope.tenantId, scope.organizationId, expertId, version],
      ...[content.name, content.backend, content.config, JSON.stringify(triggers)],
    ],
  );
  for (const { id, integrationId, settings } of triggers) {
    await tx.raw(
      'INSERT INTO published_triggers (trigger_id, integration_id, tenant_id, organization_id, expert_id, version_id, settings) VALUES (?, ?, ?, ?, ?, ?, ?::jsonb)',
      [id, integrationId, scope.tenantId, scope.organizationId, expertId, versionId, JSON.stringify(settings)],
    );
  }
  await tx.raw('UPDATE experts SET published_version = ? WHERE organization_id = ? AND id = ?', [version, scope.organizationId, expertId]);
  return version;
}

interface Standing extends Routed {
  readonly integrationId: string;
  readonly expert: string;
}

async function refuseConflicts(
  tx: Knex.Transaction,
  scope: Scope,
  { expertId, name }: { readonly expertId: string; readonly name: string },
  triggers: readonly PublishedTrigger[],
  integrations: readonly { readonly id: string; readonly name: string }[],
): Promise<void> {
  const published = await rows<Omit<Standing, 'order' | 'match'> & { readonly settings: Partial<TriggerSettings> }>(
    tx,
    `SELECT t.trigger_id AS "triggerId", t.integration_id AS "integrationId", t.expert_id AS "expertId", x.name AS expert, t.settings
     FROM published_triggers t JOIN experts x ON x.id = t.expert_id
     WHERE t.organization_id = ? AND t.integration_id = ANY(?) ORDER BY t.integration_id, x.name, t.trigger_id`,
    [scope.organizationId, triggers.map(({ integrationId }) => integrationId)],
  );
  const standing: Standing[] = published.map(({ settings, ...one }) => ({ ...one, ...routingOf(settings) }));
  for (const { id: triggerId, integrationId, settings } of triggers) {
    const mine: Standing = { triggerId, integrationId, expertId, expert: name, ...routingOf(settings) };
    for (const other of standing) {
      const conflict = other.integrationId === integrationId ? conflictOf(mine, other) : undefined;
      if (conflict) throw refusal(conflict, mine, other, integrations.find(({ id }) => id === integrationId)?.name ?? '');
    }
    standing.push(mine);
  }
}

const routingOf = (settings: Partial<TriggerSettings>): Pick<Routed, 'order' | 'match'> => {
  const { order, match } = completeTrigger(settings);
  return { order, match };
};

function refusal(conflict: 'twoDefaults' | 'sameOrder', mine: Standing, other: Standing, integration: string): Refusal {
  const who = other.expertId === mine.expertId ? 'another trigger of this expert' : `the expert “${other.expert}”`;
  return conflict === 'twoDefaults'
    ? new Refusal(
        409,
        'integration_taken',
        `On the integration “${integration}” ${who} is the default route already: give one of the two a match, or disable that trigger and publish its expert.`,
      )
    : new Refusal(
        409,
        'routes_overlap',
        `On the integration “${integration}” a message can be for this trigger and for ${who}, both with the order ${mine.order}: give one of them another order.`,
      );
}

/** The published version of that number. */
export const versionRow = (db: Knex, scope: Scope, expertId: string, version: number) =>
  row<PublishedContent & { readonly id: string; readonly version: number; readonly publishedAt: Date }>(
    db,
    `SELECT id, version, name, backend, config, triggers, published_at AS "publishedAt" FROM expert_versions WHERE organization_id = ? AND expert_id = ? AND version = ?`,
    [scope.organizationId, expertId, version],
  );
