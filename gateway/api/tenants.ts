import { z } from 'zod';
import type { GatewayDeps } from '../deps';
import { nameField } from './checking';
import { type Operation, operation } from './operation';

const tenantAnswer = z.object({
  id: z.uuid(),
  organization: z.object({ id: z.uuid() }),
  apiKey: z.string().meta({ description: 'An administrator key of the organization; shown only now' }),
});

/** Only for the administrator of the platform. */
export const tenantOperations = ({ store }: GatewayDeps): readonly Operation[] => [
  operation({
    ...{
      method: 'post',
      path: '/tenants',
      tag: 'Tenants',
      summary: 'Creates a tenant with its first organization and key',
      role: 'platform',
    },
    ...{ body: z.strictObject({ name: nameField }), status: 201, answer: tenantAnswer },
    async run({ body: { name } }) {
      const scope = await store.access.createTenant(name);
      const apiKey = await store.access.createKey('first administrator', 'admin', scope);
      return { id: scope.tenantId, organization: { id: scope.organizationId }, apiKey };
    },
  }),
];
