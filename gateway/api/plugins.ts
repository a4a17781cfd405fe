import { z } from 'zod';
import type { AnyChannel } from '../../channels/channel';
import { Refusal } from '../../domain/errors';
import type { PluginChoice } from '../../store/plugins';
import type { Organization } from '../../store/tenants';
import type { GatewayDeps } from '../deps';
import { availabilityOf, unavailable } from './availability';
import { offeredChannels } from './channels';
import { unknownId } from './checking';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const choice = (description: string) => z.boolean().nullable().meta({ description });
const pluginAnswer = z.object({
  name: z.string(),
  title: z.object({ en: z.string(), zh: z.string() }),
  package: z.string().nullable().meta({ description: 'The npm package it comes from; null = it comes with Parley' }),
  tenant: choice('What was decided for the tenant; null = nothing'),
  organization: choice('What was decided for this organization, before what holds for the tenant; null = nothing'),
  available: z.boolean(),
  why: z.string().nullable().meta({ description: 'Why it is not available here' }),
  reason: z.enum(unavailable).nullable().meta({ description: 'The same for programs' }),
});
const placeAnswer = z.object({
  ...{ id: z.uuid(), name: z.string(), available: z.boolean() },
  organization: choice('What was decided for it, before what holds for the tenant; null = nothing'),
  integrations: z
    .array(z.object({ id: z.uuid(), name: z.string(), enabled: z.boolean(), openConversations: z.int() }))
    .meta({ description: 'The integrations of the channel, oldest first; 100 at most' }),
});
const pluginChange = z.strictObject({ tenant: pluginAnswer.shape.tenant, organization: pluginAnswer.shape.organization }).partial();

/** Channels as plugins: where they come from, and where they are available. */
export const pluginOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Plugins';
  const find = async ({ params }: { params: { readonly name: string } }): Promise<AnyChannel> => {
    const found = offeredChannels(deps).find(({ name }) => name === params.name);
    if (!found) throw unknownId('plugin');
    return found;
  };
  const present = ({ name, title }: AnyChannel, choices: readonly PluginChoice[]) => {
    const made = choices.find((one) => one.name === name);
    const from = deps.packageOf?.(name);
    const { tenant = null, organization = null } = made ?? {};
    return { name, title, package: from ?? null, tenant, organization, ...availabilityOf(from === undefined, made) };
  };
  return [
    operation({
      ...{ method: 'get', path: '/plugins', tag, summary: 'All channels, where they come from and whether they can be used here' },
      ...{ status: 200, answer: listOf(pluginAnswer) },
      async run({ scope }) {
        const choices = await store.plugins.choices(scope);
        return { items: offeredChannels(deps).map((channel) => present(channel, choices)), nextCursor: null };
      },
    }),
    operation({
      ...{ method: 'get', path: '/plugins/:name', tag, summary: 'One of them', status: 200, answer: pluginAnswer, find },
      run: async ({ scope, found }) => present(found, await store.plugins.choices(scope)),
    }),
    operation({
      ...{ method: 'get', path: '/plugins/:name/organizations', tag, right: 'tenant', find },
      summary: 'Where it stands in each organization of the tenant, and which integrations hang on it',
      ...{ query: pageQuery, status: 200, answer: listOf(placeAnswer) },
      async run({ caller: { tenantId }, found: { name }, query }) {
        if (!tenantId) throw unknownId('tenant');
        const { items, nextCursor } = pageOf(
          await store.access.listOrganizations(tenantId, ascending(query)),
          query.limit,
          placeOf,
          (organization) => organization,
        );
        const places = [];
        for (const organization of items) places.push(await standingIn(deps, tenantId, organization, name));
        return { items: places, nextCursor };
      },
    }),
    operation({
      ...{ method: 'patch', path: '/plugins/:name', tag, summary: 'Makes it available or not, for the tenant or for this organization' },
      ...{ right: 'tenant', atomic: true, body: pluginChange, status: 200, answer: pluginAnswer, find },
      async run({ caller, scope, found, body }) {
        if (!caller.scope) throw new Refusal(403, 'no_organization', 'Say which organization this is about: x-parley-organization.');
        if (body.tenant !== undefined) await store.plugins.choose(scope, 'tenant', found.name, body.tenant);
        if (body.organization !== undefined) await store.plugins.choose(scope, 'organization', found.name, body.organization);
        return present(found, await store.plugins.choices(scope));
      },
    }),
  ];
};

async function standingIn({ store, packageOf }: GatewayDeps, tenantId: string, { id, name }: Organization, channel: string) {
  const scope = { tenantId, organizationId: id };
  // A call's statements reach one organization at a time.
  return await store.within(scope, async () => {
    const made = (await store.plugins.choices(scope)).find((one) => one.name === channel);
    const { available } = availabilityOf(packageOf?.(channel) === undefined, made);
    return {
      id,
      name,
      available,
      organization: made?.organization ?? null,
      integrations: await store.plugins.integrations(scope, channel),
    };
  });
}
