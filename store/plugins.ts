import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { rows } from './database';
import type { Scope } from './scope';

/** What was decided about one channel: for the whole tenant, for this organization, and whether some other organization has it. */
export interface PluginChoice {
  readonly name: string;
  readonly tenant: boolean | null;
  readonly organization: boolean | null;
  readonly elsewhere: boolean;
}

/** An integration as far as taking its channel away goes. */
export interface HangingIntegration {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly openConversations: number;
}

/** Where channels are available. Without a row nothing was decided. */
export const plugins = (db: Knex) => ({
  choices: (scope: Scope): Promise<PluginChoice[]> =>
    rows<PluginChoice>(
      db,
      `SELECT name, bool_or(available) FILTER (WHERE organization_id IS NULL) AS tenant,
              bool_or(available) FILTER (WHERE organization_id = ?) AS organization,
              COALESCE(bool_or(available) FILTER (WHERE organization_id <> ?), false) AS elsewhere
       FROM plugins WHERE tenant_id = ? GROUP BY name ORDER BY name`,
      [scope.organizationId, scope.organizationId, scope.tenantId],
    ),

  /** What hangs on a channel in an organization, oldest first. */
  integrations: (scope: Scope, channel: string): Promise<HangingIntegration[]> =>
    rows<HangingIntegration>(
      db,
      `SELECT i.id, i.name, i.enabled,
              (SELECT count(*) FROM conversations c WHERE c.organization_id = i.organization_id AND c.integration_id = i.id AND c.ended_at IS NULL) AS "openConversations"
       FROM integrations i WHERE i.organization_id = ? AND i.channel = ? AND i.deleted_at IS NULL ORDER BY i.created_at, i.id LIMIT 100`,
      [scope.organizationId, channel],
    ),

  /** @param available null takes the decision back */
  async choose(scope: Scope, at: 'tenant' | 'organization', name: string, available: boolean | null): Promise<void> {
    const organizationId = at === 'organization' ? scope.organizationId : null;
    if (available === null)
      await db.raw('DELETE FROM plugins WHERE tenant_id = ? AND organization_id IS NOT DISTINCT FROM ?::uuid AND name = ?', [
        ...[scope.tenantId, organizationId, name],
      ]);
    else
      await db.raw(
        `INSERT INTO plugins (id, tenant_id, organization_id, name, available) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (tenant_id, organization_id, name) DO UPDATE SET available = EXCLUDED.available, changed_at = now()`,
        [randomUUID(), scope.tenantId, organizationId, name, available],
      );
  },
});
