import { z } from 'zod';
import type { DirectoryUser } from '../../store/directory';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { text, unknownId, verbatim } from './checking';
import { content } from './content';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { presentUser, userAnswer } from './people-view';
import { removedLimit } from './spending-fields';

const newUser = z.strictObject({
  username: text(200).meta({ description: 'The same user name again brings that user up to date' }),
  email: z.email().max(320),
  name: text(200).optional(),
  mobile: text(50).optional(),
  staffId: text(100).optional(),
  department: text(300).optional(),
  attributes: z.record(text(100), z.union([verbatim(1000), z.number(), z.boolean()])).optional(),
});

const filters = pageQuery.extend({
  q: content(text(100), 'Part of a name, an address, a number, or the id of one of the user’s identities on a platform').optional(),
});

/** Users that people can be mapped to, apart from those that the mappings make by themselves. */
export const userOperations = ({ store }: GatewayDeps): readonly Operation[] => {
  const tag = 'People';
  const find = async ({ scope, params }: { scope: Scope; params: { readonly id: string } }): Promise<DirectoryUser> => {
    const found = await store.directory.get(scope, params.id);
    if (!found) throw unknownId('user');
    return found;
  };
  return [
    operation({
      ...{ method: 'get', path: '/users', tag, summary: 'Users of the organization, oldest first; they sign in nowhere', query: filters },
      ...{ status: 200, answer: listOf(userAnswer) },
      run: async ({ scope, query }) =>
        pageOf(await store.directory.search(scope, query.q, ascending(query)), query.limit, placeOf, presentUser),
    }),
    operation({
      ...{
        method: 'post',
        path: '/users',
        tag,
        summary: 'Adds a user that people are found as',
        body: newUser,
        atomic: true,
        status: 201,
        answer: userAnswer,
      },
      async run({ scope, body }) {
        const id = await store.directory.save(scope, { ...body, source: 'api', subject: body.username.toLowerCase() });
        return presentUser((await store.directory.get(scope, id))!);
      },
    }),
    operation({
      ...{ method: 'get', path: '/users/:id', tag, summary: 'One user', status: 200, answer: userAnswer, find },
      run: async ({ found }) => presentUser(found),
    }),
    operation({
      ...{
        method: 'delete',
        path: '/users/:id',
        tag,
        summary: 'Takes a user away; whoever was mapped to it is looked up again',
        atomic: true,
        status: 204,
        find,
      },
      async run({ scope, params, record }) {
        for (const limit of await store.directory.remove(scope, params.id)) await record(removedLimit(limit));
      },
    }),
  ];
};
