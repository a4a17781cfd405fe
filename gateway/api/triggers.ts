import type { Scope } from '../../store/scope';
import type { Trigger } from '../../store/triggers';
import type { GatewayDeps } from '../deps';
import { unfit, unknownId } from './checking';
import { expertOf } from './experts';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { mergeTrigger, newTrigger, presentTrigger, toFields, triggerAnswer, triggerChange } from './trigger-fields';

/** What binds an expert to integrations. Changes take effect with the expert's next publish. */
export const triggerOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Triggers';
  const findExpert = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => expertOf(deps, scope, params.id);
  const find = async ({
    scope,
    params,
  }: {
    scope: Scope;
    params: { readonly id: string; readonly triggerId: string };
  }): Promise<Trigger> => {
    const { id } = await expertOf(deps, scope, params.id);
    const found = await store.triggers.get(scope, id, params.triggerId);
    if (!found) throw unknownId('trigger');
    return found;
  };
  return [
    operation({
      ...{ method: 'get', path: '/experts/:id/triggers', tag, summary: "An expert's triggers, oldest first" },
      ...{ query: pageQuery, status: 200, answer: listOf(triggerAnswer), find: findExpert },
      run: async ({ scope, found, query }) =>
        pageOf(await store.triggers.list(scope, found.id, ascending(query)), query.limit, placeOf, presentTrigger),
    }),
    operation({
      ...{ method: 'post', path: '/experts/:id/triggers', tag, summary: 'Binds the expert to an integration', atomic: true },
      ...{ body: newTrigger, status: 201, answer: triggerAnswer, find: findExpert },
      async run({ scope, found, body }) {
        await checkIntegration(deps, scope, body.integrationId);
        return presentTrigger(await store.triggers.create(scope, found.id, toFields(body)));
      },
    }),
    operation({
      ...{ method: 'get', path: '/experts/:id/triggers/:triggerId', tag, summary: 'One trigger', status: 200, answer: triggerAnswer, find },
      run: async ({ found }) => presentTrigger(found),
    }),
    operation({
      ...{ method: 'patch', path: '/experts/:id/triggers/:triggerId', tag, summary: 'Changes the given fields', atomic: true },
      ...{ body: triggerChange, status: 200, answer: triggerAnswer, find },
      async run({ scope, params, body }) {
        if (body.integrationId) await checkIntegration(deps, scope, body.integrationId);
        const saved = await store.triggers.change(scope, params.id, params.triggerId, (current) => mergeTrigger(current, body));
        if (!saved) throw unknownId('trigger');
        return presentTrigger(saved);
      },
    }),
    operation({
      ...{ method: 'delete', path: '/experts/:id/triggers/:triggerId', tag, summary: 'Deletes a trigger', status: 204, atomic: true, find },
      run: ({ scope, params }) => store.triggers.remove(scope, params.id, params.triggerId),
    }),
  ];
};

async function checkIntegration({ store }: GatewayDeps, scope: Scope, id: string): Promise<void> {
  if (!(await store.integrations.get(scope, id)))
    throw unfit([{ path: 'integrationId', message: 'is no integration of this organization' }]);
}
