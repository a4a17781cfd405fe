import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Tenant } from '../../store/tenants';
import type { GatewayDeps } from '../deps';
import { emailField } from '../sign-in';
import { mailAnswer } from '../sign-in-mail';
import { redirectUri, singleSignOnSettings } from '../single-sign-on';
import { moment, nameField, unknownId } from './checking';
import { shownOnce } from './content';
import { linkFor, mailInvitation } from './invitations';
import { formOf, mergeSettings } from './masking';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { presentSettings, unreadable } from './unreadable';

const created = z.object({
  id: z.uuid(),
  organization: z.object({ id: z.uuid() }),
  apiKey: shownOnce('An administrator key of the organization; shown only now'),
  invitation: z
    .object({ email: z.string(), url: shownOnce('Lets its holder in once'), expiresAt: moment, mail: mailAnswer })
    .optional()
    .meta({ description: 'For the first administrator, where asked for' }),
});
const tenantAnswer = z.object({ id: z.uuid(), name: z.string(), contentNeedsReason: z.boolean(), createdAt: moment });
const tenantChange = z
  .strictObject({
    name: nameField,
    contentNeedsReason: z.boolean().meta({ description: 'Whether reading what people wrote needs the header `x-parley-reason`' }),
  })
  .partial();
const settings = z.record(z.string(), z.unknown());
const singleSignOnAnswer = z.object({
  config: settings.nullable().meta({ description: 'null where there is none; the secret is shown as `***`' }),
  unreadable,
  form: settings.meta({ description: 'JSON Schema of `config`' }),
  redirectUri: z.string().meta({ description: 'To enter at the provider' }),
});

/** Tenants: made by the administrator of the platform, kept by their own. */
export const tenantOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Tenants';
  return [
    operation({
      ...{ method: 'get', path: '/tenants', tag, summary: 'All tenants, oldest first', right: 'platform' },
      ...{ query: pageQuery, status: 200, answer: listOf(tenantAnswer) },
      run: async ({ query }) => pageOf(await store.access.listTenants(ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{
        method: 'post',
        path: '/tenants',
        tag,
        summary: 'Creates a tenant with its first organization and key',
        right: 'platform',
        atomic: true,
      },
      body: z.strictObject({
        name: nameField,
        adminEmail: emailField.optional().meta({ description: 'Invites the first tenant administrator' }),
      }),
      ...{ status: 201, answer: created },
      async run({ body: { name, adminEmail }, caller, origin, language, afterwards }) {
        const scope = await store.access.createTenant(name);
        const apiKey = await store.access.createKey('first administrator', 'admin', scope);
        const link = adminEmail ? await linkFor(deps, caller, scope, { email: adminEmail, role: 'tenant_admin' }, origin) : undefined;
        const invitation = link && { email: link.email, url: link.url, expiresAt: link.expiresAt, mail: link.mail };
        if (link)
          afterwards(async () => ({ invitation: { ...invitation, mail: await mailInvitation(deps, caller, name, link, language) } }));
        return { id: scope.tenantId, organization: { id: scope.organizationId }, apiKey, ...(invitation && { invitation }) };
      },
    }),
    operation({
      ...{ method: 'get', path: '/tenant', tag, summary: "The caller's own tenant", right: 'tenant', status: 200, answer: tenantAnswer },
      run: async ({ caller }) => present(await ownTenant(deps, caller.tenantId)),
    }),
    operation({
      ...{ method: 'patch', path: '/tenant', tag, summary: 'Changes the given fields', right: 'tenant', atomic: true },
      ...{ body: tenantChange, status: 200, answer: tenantAnswer },
      async run({ caller, body }) {
        const { id } = await ownTenant(deps, caller.tenantId);
        const { name, contentNeedsReason } = body;
        await store.access.changeTenant(id, {
          ...(name !== undefined && { name }),
          ...(contentNeedsReason !== undefined && { contentNeedsReason }),
        });
        return present(await ownTenant(deps, id));
      },
    }),
    ...singleSignOnOperations(deps),
  ];
};

const singleSignOnOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const shared = { path: '/tenant/single-sign-on', tag: 'Tenants', right: 'tenant' } as const;
  const show = async (tenantId: string | null, origin: string) => {
    const found = tenantId ? await store.singleSignOn.get(tenantId) : undefined;
    return {
      ...(found ? presentSettings(singleSignOnSettings, found) : { config: null }),
      ...{ form: formOf(singleSignOnSettings), redirectUri: redirectUri(deps.config.publicUrl ?? origin) },
    };
  };
  return [
    operation({
      ...{
        ...shared,
        method: 'get',
        summary: 'How people of the tenant sign in at their own provider',
        status: 200,
        answer: singleSignOnAnswer,
      },
      run: ({ caller, origin }) => show(caller.tenantId, origin),
    }),
    operation({
      ...{ ...shared, method: 'patch', summary: 'Sets up single sign-on, or changes the given fields', atomic: true },
      body: z.strictObject({
        config: settings.meta({ description: 'Merged by key: absent or `***` keeps the secret, null takes a setting away' }),
      }),
      ...{ status: 200, answer: singleSignOnAnswer },
      async run({ caller, body, origin }) {
        const { id } = await ownTenant(deps, caller.tenantId);
        const before = (await store.singleSignOn.get(id))?.config ?? {};
        const merged = mergeSettings(singleSignOnSettings, before, body.config);
        if (merged.organizationId && !(await store.access.organization(id, merged.organizationId)))
          throw new Refusal(422, 'invalid', 'Some fields do not fit.', [
            { path: 'config.organizationId', message: 'is no organization of this tenant' },
          ]);
        await store.singleSignOn.put(id, merged, merged.domains);
        if (merged.issuer !== before.issuer) await store.users.unbindAll(id);
        return await show(id, origin);
      },
    }),
    operation({
      ...{
        ...shared,
        method: 'delete',
        summary: 'Ends single sign-on; accounts stay, and need a link for a password',
        status: 204,
        atomic: true,
      },
      async run({ caller }) {
        const { id } = await ownTenant(deps, caller.tenantId);
        await store.singleSignOn.put(id, undefined);
        await store.users.unbindAll(id);
      },
    }),
  ];
};

async function ownTenant({ store }: GatewayDeps, id: string | null): Promise<Tenant> {
  const found = id ? await store.access.tenant(id) : undefined;
  if (!found) throw unknownId('tenant');
  return found;
}

const present = ({ id, name, contentNeedsReason, createdAt }: Tenant) => ({
  id,
  name,
  contentNeedsReason,
  createdAt: createdAt.toISOString(),
});
