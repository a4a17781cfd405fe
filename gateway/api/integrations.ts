import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '../../domain/errors';
import { ensureConnection, removeConnection, startConnection } from '../../runtime/connections';
import type { Integration } from '../../store/integrations';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { demandAvailable } from './availability';
import { unknownId } from './checking';
import { deleteQuery, demandUnused, dependentsAnswer, presentDependents, recordLosses } from './dependents';
import { changeFields, createFields, integrationAnswer, integrationChange, newIntegration, presentIntegration } from './integration-fields';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const SESSIONS_ENDED_AT_ONCE = 1000;
const ENDING_MS = 3000;
const LOOK_EVERY_MS = 50;

/** @throws Refusal 404, also for those of other organizations */
export async function integrationOf({ store }: GatewayDeps, scope: Scope, id: string): Promise<Integration> {
  const found = await store.integrations.get(scope, id);
  if (!found) throw unknownId('integration');
  return found;
}

/** Channels with credentials. Creating or enabling one connects it on its own. */
export const integrationOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => integrationOf(deps, scope, params.id);
  const tag = 'Integrations';
  return [
    operation({
      ...{ method: 'get', path: '/integrations', tag, summary: 'All integrations, oldest first', query: pageQuery },
      ...{ status: 200, answer: listOf(integrationAnswer) },
      run: async ({ scope, query, origin }) =>
        pageOf(await store.integrations.list(scope, ascending(query)), query.limit, placeOf, (found) =>
          presentIntegration(deps, found, origin),
        ),
    }),
    operation({
      ...{ method: 'post', path: '/integrations', tag, summary: 'Creates an integration and connects it', body: newIntegration },
      ...{ status: 201, answer: integrationAnswer, atomic: true },
      async run({ scope, body, origin, afterwards }) {
        await demandAvailable(deps, scope, body.channel);
        const created = await store.integrations.create(scope, createFields(deps, body));
        // The row is what counts: a refusal now would make the caller create a second one.
        afterwards(() => startConnection(deps, created).catch(logAway(deps, created, 'starts later')));
        return presentIntegration(deps, created, origin);
      },
    }),
    operation({
      ...{ method: 'get', path: '/integrations/:id', tag, summary: 'One integration', status: 200, answer: integrationAnswer, find },
      run: async ({ found, origin }) => presentIntegration(deps, found, origin),
    }),
    operation({
      ...{
        method: 'patch',
        path: '/integrations/:id',
        tag,
        summary: 'Changes the given fields; reconnects only where the connection is concerned',
      },
      ...{ body: integrationChange, status: 200, answer: integrationAnswer, refusals: [503], atomic: true, find },
      async run({ scope, found, params, body, caller, origin, afterwards }) {
        if (body.channel !== undefined && body.channel !== found.channel) await demandAvailable(deps, scope, body.channel);
        const saved = await store.integrations.change(scope, params.id, (current) => changeFields(deps, current, body));
        if (!saved) throw unknownId('integration');
        const { channel, mode, config, enabled } = body;
        if ([channel, mode, config, enabled].some((given) => given !== undefined))
          afterwards(() => ensureConnection(deps, saved, caller.name));
        return presentIntegration(deps, saved, origin);
      },
    }),
    operation({
      ...{ method: 'get', path: '/integrations/:id/dependents', tag, summary: 'What hangs on it' },
      ...{ status: 200, answer: dependentsAnswer, find },
      run: async ({ scope, found }) => presentDependents(await store.dependents.ofIntegration(scope, found.id)),
    }),
    operation({
      ...{
        method: 'delete',
        path: '/integrations/:id',
        tag,
        summary: 'Ends its sessions, lets go of its link and deletes it; switches off alerts that speak through it, deletes limits on it',
        status: 204,
        refusals: [409, 503],
        query: deleteQuery,
        atomic: true,
        find,
      },
      async prepare({ scope, found, caller, query, record }) {
        if (query.ifUnused) demandUnused(await store.dependents.ofIntegration(scope, found.id), 'integration');
        // Sessions need the row until they have ended, so what cannot be undone comes before the transaction that deletes it.
        if (found.enabled)
          await store.atomically(async () => {
            await store.integrations.setEnabled(scope, found.id, false);
            const { name } = found;
            await record({ action: 'connection.disabled', before: { name, enabled: true }, after: { name, enabled: false } });
          });
        await endSessions(deps, scope, found.id, caller.name);
        await removeConnection(deps, found.id, caller.name);
      },
      async run({ scope, found, caller, afterwards, record }) {
        await recordLosses(store, scope, await store.dependents.ofIntegration(scope, found.id), record);
        await store.integrations.remove(scope, found.id);
        // Whoever reconciled in between started it again.
        afterwards(() => removeConnection(deps, found.id, caller.name).catch(logAway(deps, found, 'stays without a row')));
      },
    }),
  ];
};

/** Asks every open session to end, and gives them a moment: their last cards need the integration's settings and its link. */
export async function endSessions({ store, dispatch }: GatewayDeps, scope: Scope, integrationId: string, by: string): Promise<void> {
  const open = () => store.conversations.openOf(scope, integrationId, SESSIONS_ENDED_AT_ONCE);
  for (const { id: sessionId, ...chat } of await open()) {
    await dispatch.instruct({ ...chat, id: `delete:${sessionId}`, command: 'end', sessionId, by, integrationId });
  }
  for (let leftMs = ENDING_MS; leftMs > 0 && (await open()).length > 0; leftMs -= LOOK_EVERY_MS) await wait(LOOK_EVERY_MS);
}

function logAway({ log }: GatewayDeps, { id }: Integration, connection: string) {
  return (error: unknown): void => {
    if (!(error instanceof Refusal)) throw error;
    log.warn({ integrationId: id }, `Temporal is away: the connection ${connection}`);
  };
}
