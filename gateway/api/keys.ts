import { z } from 'zod';
import { roles } from '../../domain/roles';
import type { ApiKey } from '../../store/keys';
import type { Scope } from '../../store/scope';
import { type GatewayDeps, nowOf } from '../deps';
import { moment, nameField, unfit, unknownId } from './checking';
import { shownOnce } from './content';
import { checkGrant, grantableRole } from './invitations';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const keyAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.enum(roles),
  state: z.enum(['valid', 'expired', 'revoked']),
  createdAt: moment,
  expiresAt: moment.nullable(),
  lastUsedAt: moment.nullable().meta({ description: 'To the minute' }),
});
const newKey = z.strictObject({
  name: nameField,
  role: grantableRole,
  expiresAt: moment.optional().meta({ description: 'Never unless given' }),
});

/** API keys of an organization. */
export const keyOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const shared = { tag: 'API keys', right: 'members' } as const;
  const find = async ({ scope, params }: { readonly scope: Scope; readonly params: { readonly id: string } }): Promise<ApiKey> => {
    const found = await store.access.getKey(scope, params.id);
    if (!found) throw unknownId('key');
    return found;
  };
  const present = ({ id, name, role, createdAt, expiresAt, lastUsedAt, revokedAt }: ApiKey) => ({
    ...{ id, name, role, createdAt: createdAt.toISOString() },
    state: revokedAt ? 'revoked' : expiresAt && expiresAt <= nowOf(deps) ? 'expired' : 'valid',
    ...{ expiresAt: expiresAt?.toISOString() ?? null, lastUsedAt: lastUsedAt?.toISOString() ?? null },
  });
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/keys', summary: 'All keys, oldest first; revoked ones too' },
      ...{ query: pageQuery, status: 200, answer: listOf(keyAnswer) },
      run: async ({ scope, query }) => pageOf(await store.access.listKeys(scope, ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{
        ...shared,
        method: 'post',
        path: '/keys',
        summary: 'Makes a key',
        action: 'key.created',
        atomic: true,
        body: newKey,
        status: 201,
      },
      answer: keyAnswer.extend({ key: shownOnce('The key itself; shown only now') }),
      async run({ scope, caller, body: { name, role, expiresAt } }) {
        checkGrant(caller, role);
        const end = expiresAt === undefined ? undefined : new Date(expiresAt);
        if (end && end <= nowOf(deps)) throw unfit([{ path: 'expiresAt', message: 'must be in the future' }]);
        const { id, key } = await store.access.newKey(name, role, scope, end);
        return { ...present((await store.access.getKey(scope, id))!), key };
      },
    }),
    operation({
      ...{ ...shared, method: 'get', path: '/keys/:id', summary: 'One key', status: 200, answer: keyAnswer, find },
      run: async ({ found }) => present(found),
    }),
    operation({
      ...{
        ...shared,
        method: 'delete',
        path: '/keys/:id',
        summary: 'Revokes a key, at once',
        action: 'key.revoked',
        status: 204,
        atomic: true,
        find,
      },
      async run({ scope, found, caller }) {
        checkGrant(caller, found.role);
        await store.access.revokeKey(scope, found.id);
      },
    }),
  ];
};
