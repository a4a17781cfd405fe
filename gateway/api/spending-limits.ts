import type { Scope } from '../../store/scope';
import type { StoredLimit } from '../../store/spending';
import type { GatewayDeps } from '../deps';
import { unknownId } from './checking';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { changedLimit, checkLimit, limitAnswer, limitChange, newLimit, presentLimit } from './spending-fields';

/** How much may be used in a day or month. */
export const spendingLimitOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Spending limits';
  const find = async ({ scope, params }: { readonly scope: Scope; readonly params: { readonly id: string } }): Promise<StoredLimit> => {
    const found = await store.spending.get(scope, params.id);
    if (!found) throw unknownId('spending limit');
    return found;
  };
  const one = { path: '/spending-limits/:id', tag, find } as const;
  return [
    operation({
      ...{ method: 'get', path: '/spending-limits', tag, summary: 'All limits with what is used of them now, oldest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(limitAnswer) },
      async run({ scope, query }) {
        const { items, nextCursor } = pageOf(await store.spending.list(scope, ascending(query)), query.limit, placeOf, (found) => found);
        return { items: await Promise.all(items.map((found) => presentLimit(deps, scope, found))), nextCursor };
      },
    }),
    operation({
      ...{ method: 'post', path: '/spending-limits', tag, summary: 'Sets a limit', atomic: true },
      ...{ body: newLimit, status: 201, answer: limitAnswer },
      run: async ({ scope, body }) => presentLimit(deps, scope, await store.spending.create(scope, await checkLimit(deps, scope, body))),
    }),
    operation({
      ...{ ...one, method: 'get', summary: 'One limit with what is used of it now', status: 200, answer: limitAnswer },
      run: ({ scope, found }) => presentLimit(deps, scope, found),
    }),
    operation({
      ...{ ...one, method: 'patch', summary: 'Changes the given fields; counts from the next question on', atomic: true },
      ...{ body: limitChange, status: 200, answer: limitAnswer },
      async run({ scope, params, body }) {
        const current = await store.spending.hold(scope, params.id);
        const saved = current && (await store.spending.save(scope, current.id, await checkLimit(deps, scope, changedLimit(current, body))));
        if (!saved) throw unknownId('spending limit');
        return await presentLimit(deps, scope, saved);
      },
    }),
    operation({
      ...{ ...one, method: 'delete', summary: 'Takes a limit away', status: 204, atomic: true },
      run: ({ scope, found }) => store.spending.remove(scope, found.id),
    }),
  ];
};
