import type { Knex } from 'knex';
import { row, rows } from './database';
import type { Scope } from './scope';

/** A trigger as far as deleting what it joins goes. */
export interface DependentTrigger {
  readonly id: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly expertId: string;
  readonly expert: string;
  readonly enabled: boolean;
  /** Dispatch reads it now. */
  readonly published: boolean;
}

/** An alert that speaks through it, or a limit that counts only what is used of it. */
export interface DependentRule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

export interface Dependents {
  readonly triggers: readonly DependentTrigger[];
  readonly openConversations: number;
  readonly alerts: readonly DependentRule[];
  readonly limits: readonly DependentRule[];
}

/** What hangs on an integration or an expert. */
export const dependents = (db: Knex) => ({
  ofIntegration: (scope: Scope, id: string): Promise<Dependents> => find(db, 'integration_id', scope, id),
  ofExpert: (scope: Scope, id: string): Promise<Dependents> => find(db, 'expert_id', scope, id),
});

async function find(db: Knex, column: 'integration_id' | 'expert_id', scope: Scope, id: string): Promise<Dependents> {
  const triggers = await rows<DependentTrigger>(
    db,
    `SELECT COALESCE(t.id, p.trigger_id) AS id, i.id AS "integrationId", i.name AS integration, x.id AS "expertId", x.name AS expert,
            COALESCE(t.enabled, false) AS enabled, p.trigger_id IS NOT NULL AS published
     FROM (SELECT * FROM triggers WHERE organization_id = ? AND ${column} = ?) t
     FULL JOIN (SELECT * FROM published_triggers WHERE organization_id = ? AND ${column} = ?) p ON p.trigger_id = t.id AND p.integration_id = t.integration_id
     JOIN integrations i ON i.id = COALESCE(t.integration_id, p.integration_id) JOIN experts x ON x.id = COALESCE(t.expert_id, p.expert_id)
     ORDER BY x.name, i.name, 1 LIMIT 1000`,
    [scope.organizationId, id, scope.organizationId, id],
  );
  const open = await row<{ count: number }>(
    db,
    `SELECT count(*) AS count FROM conversations WHERE organization_id = ? AND ${column} = ? AND ended_at IS NULL`,
    [scope.organizationId, id],
  );
  const rules = (sql: string) => rows<DependentRule>(db, sql, [scope.organizationId, id]);
  const alerts = column === 'integration_id' ? await rules(ALERTS) : [];
  const limits = await rules(
    `SELECT id, name, enabled FROM spending_limits WHERE organization_id = ? AND ${column} = ? ORDER BY name, id LIMIT 1000`,
  );
  return { triggers, openConversations: open?.count ?? 0, alerts, limits };
}

const ALERTS = 'SELECT id, name, enabled FROM alerts WHERE organization_id = ? AND through = ? ORDER BY name, id LIMIT 1000';
