import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import { removeConnection } from '../../runtime/connections';
import { terminateRuns } from '../../runtime/temporal';
import { openStore, type Store } from '../../store';
import { type Deleted, deleteRows } from '../../store/deletion';
import { openFiles } from '../../store/files';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { unfit, unknownId } from './checking';
import { WHOLE } from './configuration-export';
import { endSessions } from './integrations';
import { type Operation, operation } from './operation';

/** Deleting what a large organization has gathered takes a while. */
const LONGEST_MS = 15 * 60_000;

const confirmation = z.strictObject({ name: z.string().max(200).meta({ description: 'Its name, to make sure that this one is meant' }) });
const answer = z.object({ id: z.uuid(), name: z.string(), rows: z.int().meta({ description: 'How many rows were deleted' }) });

/** Whole organizations and tenants go, with everything they hold; the record of that is all that stays. */
export const deletionOperations = (deps: GatewayDeps): readonly Operation[] => {
  const shared = { method: 'post', tag: 'Tenants', status: 200, body: confirmation, answer, refusals: [409, 503] } as const;
  return [
    operation({
      ...{ ...shared, path: '/organizations/:id/delete', right: 'tenant', action: 'organization.deleted' },
      summary: 'Deletes an organization: connections, sessions, files, rows and records',
      async find({ caller, params }) {
        const found = caller.tenantId ? await deps.store.access.organization(caller.tenantId, params.id) : undefined;
        if (!found || !caller.tenantId) throw unknownId('organization');
        return { id: found.id, name: found.name, tenantId: caller.tenantId };
      },
      async run({ found: { id, name, tenantId }, body, caller }) {
        confirmed(name, body.name);
        const settings = await deps.store.singleSignOn.get(tenantId);
        if (settings?.config.organizationId === id)
          throw new Refusal(
            409,
            'in_use',
            'People who sign in for the first time come to this organization: choose another one for single sign-on first.',
          );
        return { id, name, rows: await remove(deps, { tenantId, organizationId: id }, [id], caller.name) };
      },
    }),
    operation({
      ...{ ...shared, path: '/tenants/:id/delete', right: 'platform', action: 'tenant.deleted' },
      summary: 'Deletes a tenant with all of its organizations and accounts',
      async find({ params }) {
        const found = await deps.store.access.tenant(params.id);
        if (!found) throw unknownId('tenant');
        return found;
      },
      async run({ found: { id, name }, body, caller }) {
        confirmed(name, body.name);
        const organizations = await deps.store.access.listOrganizations(id, WHOLE);
        const ids = organizations.map((one) => one.id);
        return { id, name, rows: await remove(deps, { tenantId: id }, ids, caller.name) };
      },
    }),
  ];
};

function confirmed(name: string, given: string): void {
  if (name !== given.trim()) throw unfit([{ path: 'name', message: 'is not its name: nothing was deleted' }]);
}

/** First what moves, then the files, then the rows: a failure in between leaves something to begin again with. */
async function remove(
  deps: GatewayDeps,
  whose: Omit<Deleted, 'integrationIds'>,
  organizationIds: readonly string[],
  by: string,
): Promise<number> {
  const { databaseUrl, secretKey, attachments } = deps.config;
  // Bound to no organization, unlike the caller's.
  const store = openStore({ databaseUrl, secretKey, maxConnections: 2, timeoutMs: LONGEST_MS });
  const files = openFiles(attachments.at);
  try {
    const integrationIds: string[] = [];
    for (const organizationId of organizationIds)
      integrationIds.push(...(await still({ ...deps, store }, { tenantId: whose.tenantId, organizationId }, by)));
    for (const folder of [...organizationIds, ...integrationIds.map((id) => `platform/${id}`)]) await files.removeAll(folder);
    const deleted = { ...whose, integrationIds };
    const count = await deleteRows(store.db, deleted);
    for (const organizationId of organizationIds) await terminateRuns(deps.client, organizationId, 'its organization was deleted');
    // What was on its way into the ledger meanwhile.
    return count + (await deleteRows(store.db, deleted));
  } finally {
    await store.close();
  }
}

/** Nothing comes in any more, no session is open, no link is held. Resolves with the organization's integrations. */
async function still(deps: GatewayDeps & { readonly store: Store }, scope: Scope, by: string): Promise<string[]> {
  const { store } = deps;
  const integrations = await store.integrations.list(scope, WHOLE);
  for (const { id } of integrations) await store.integrations.setEnabled(scope, id, false);
  for (const { id } of integrations) await endSessions(deps, scope, id, by);
  for (const { id } of integrations) {
    await removeConnection(deps, id, by);
    await store.integrations.remove(scope, id);
  }
  const all = (await store.db.raw('SELECT id FROM integrations WHERE organization_id = ?', [scope.organizationId])) as {
    rows: { id: string }[];
  };
  return all.rows.map(({ id }) => id);
}
