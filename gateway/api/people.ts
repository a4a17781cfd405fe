import { z } from 'zod';
import type { PersonRow } from '../../store/people';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { text, unknownId } from './checking';
import { content } from './content';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { personAnswer, personDetail, presentIdentity, presentPerson } from './people-view';

const filters = pageQuery.extend({
  q: content(text(100), 'Part of a name, an address, a number or a platform id'),
  integrationId: z.uuid().optional(),
  userId: z.uuid().optional(),
  blocked: z.stringbool().optional(),
});

/** @throws Refusal 404, also for those of other organizations */
export async function personOf({ store }: GatewayDeps, scope: Scope, id: string): Promise<PersonRow> {
  const found = await store.people.get(scope, id);
  if (!found) throw unknownId('person');
  return found;
}

/** Who spoke with the experts: identities on platforms, and the users they are. */
export const peopleOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'People';
  return [
    operation({
      ...{ method: 'get', path: '/people', tag, summary: 'Everybody who ever spoke, the longest known first', query: filters },
      ...{ status: 200, answer: listOf(personAnswer) },
      async run({ scope, query: { cursor, limit, ...filter } }) {
        const found = await store.people.list(scope, filter, ascending({ cursor, limit }));
        return pageOf(found, limit, placeOf, presentPerson);
      },
    }),
    operation({
      ...{
        method: 'get',
        path: '/people/:id',
        tag,
        summary: 'One person, with the identities of the same user',
        status: 200,
        answer: personDetail,
      },
      find: ({ scope, params }) => personOf(deps, scope, params.id),
      run: async ({ scope, params, found }) => ({
        ...presentPerson(found),
        identities: (await store.people.identities(scope, params.id)).map(presentIdentity),
      }),
    }),
  ];
};
