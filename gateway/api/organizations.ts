import { z } from 'zod';
import type { Organization } from '../../store/tenants';
import type { Caller } from '../caller';
import type { GatewayDeps } from '../deps';
import { moment, nameField, unknownId } from './checking';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const organizationAnswer = z.object({ id: z.uuid(), name: z.string(), createdAt: moment });
const fields = z.strictObject({ name: nameField });

/** The organizations of a tenant, for its administrators. */
export const organizationOperations = ({ store }: GatewayDeps): readonly Operation[] => {
  const shared = { tag: 'Tenants', right: 'tenant' } as const;
  const one = { ...shared, path: '/organizations/:id' } as const;
  const find = async ({ caller, params }: { readonly caller: Caller; readonly params: { readonly id: string } }): Promise<Organization> => {
    const found = await store.access.organization(tenantOf(caller), params.id);
    if (!found) throw unknownId('organization');
    return found;
  };
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/organizations', summary: 'All organizations of the tenant, oldest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(organizationAnswer) },
      run: async ({ caller, query }) =>
        pageOf(await store.access.listOrganizations(tenantOf(caller), ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{ ...shared, method: 'post', path: '/organizations', summary: 'Creates an organization', atomic: true },
      ...{ body: fields, status: 201, answer: organizationAnswer },
      run: async ({ caller, body }) => present(await store.access.createOrganization(tenantOf(caller), body.name)),
    }),
    operation({
      ...{ ...one, method: 'get', summary: 'One organization', status: 200, answer: organizationAnswer, find },
      run: async ({ found }) => present(found),
    }),
    operation({
      ...{
        ...one,
        method: 'patch',
        summary: 'Renames it',
        atomic: true,
        body: fields.partial(),
        status: 200,
        answer: organizationAnswer,
        find,
      },
      async run({ caller, found, body }) {
        if (body.name !== undefined) await store.access.renameOrganization(tenantOf(caller), found.id, body.name);
        return present({ ...found, name: body.name ?? found.name });
      },
    }),
  ];
};

function tenantOf({ tenantId }: Caller): string {
  if (!tenantId) throw unknownId('tenant');
  return tenantId;
}

const present = ({ id, name, createdAt }: Organization) => ({ id, name, createdAt: createdAt.toISOString() });
