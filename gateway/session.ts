import { Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import { rights, rightsOf, roles } from '../domain/roles';
import { checkFields } from './api/checking';
import { actorOf, callerOf, contextOf, demand, identify } from './auth';
import type { Caller } from './caller';
import { cookieOptions, sessionCookie } from './cookies';
import type { Demo } from './demo';
import { type GatewayDeps, nowOf } from './deps';
import { isLoopback } from './loopback';

const place = z.object({ id: z.uuid(), name: z.string() });

export const sessionAnswer = z.object({
  user: z.string(),
  email: z.string().nullable(),
  role: z.enum(roles),
  rights: z.array(z.enum(Object.keys(rights) as [keyof typeof rights])).meta({ description: 'What the pages may offer' }),
  signedInBy: z.enum(['key', 'demo', 'password', 'single_sign_on', 'link']),
  tenant: place.extend({ contentNeedsReason: z.boolean() }).nullable(),
  organization: place.nullable().meta({ description: 'The one that calls act in; `x-parley-organization` names another' }),
  organizations: z.array(place.extend({ role: z.enum(roles) })).meta({ description: 'The first 200 that may be chosen' }),
  sandbox: z.object({ integrationId: z.uuid() }).nullable(),
  temporalUiUrl: z.string().nullable(),
});

export const sessionChange = z.strictObject({ organizationId: z.uuid() });

const FIRST_PAGE = { afterTime: '-infinity', afterId: '00000000-0000-0000-0000-000000000000', limit: 200 };

/** Who the page is, and what it shows first. On the embedded stack, a page of this machine is signed in as the demo administrator. */
export function sessionRoute(deps: GatewayDeps, demo: Demo | undefined): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    // Whoever sends a key wants to be known by it, or be told that it is good for nothing.
    const mayBeDemo = demo !== undefined && request.headers.authorization === undefined && isLoopback(request);
    const caller = (await identify(deps, demo, request)) ?? (mayBeDemo ? demo.signIn(response) : undefined);
    if (!caller) throw new Refusal(401, 'unauthenticated', 'Sign in, or send an API key: Authorization: Bearer <key>.');
    response.set('cache-control', 'no-store').json(await describeSession(deps, caller));
  });
  return router;
}

/** Changes of the own session, for callers that are known already. */
export function ownSessionRoutes(deps: GatewayDeps): Router {
  const { store, config } = deps;
  const router = Router();
  router.patch('/', async (request, response) => {
    const caller = callerOf(response);
    const { organizationId } = checkFields(sessionChange, request.body);
    if (!caller.session)
      throw new Refusal(403, 'no_session', 'Only signed-in people choose; name the organization in x-parley-organization.');
    const chosen = caller.places.find(({ id }) => id === organizationId);
    if (!chosen || !caller.tenantId) throw new Refusal(404, 'not_found', 'There is no such organization.');
    await store.sessions.choose(caller.session.id, organizationId);
    const role = caller.role === 'tenant_admin' ? caller.role : chosen.role;
    response.json(await describeSession(deps, { ...caller, role, scope: { tenantId: caller.tenantId, organizationId } }));
  });
  router.delete('/', async (request, response) => {
    const caller = callerOf(response);
    demand(caller, 'self');
    if (caller.session && caller.id) {
      await store.sessions.revoke(caller.id, caller.session.id, nowOf(deps));
      await store.audit.record({
        ...{ action: 'admin.logout', tenantId: caller.tenantId, organizationId: caller.scope?.organizationId ?? null },
        ...{ actor: actorOf(caller), targets: [], context: contextOf(request, caller), outcome: { status: 'ok' } },
      });
    }
    response.clearCookie(sessionCookie(config), cookieOptions(config));
    response.status(204).end();
  });
  return router;
}

export async function describeSession({ store, config }: GatewayDeps, caller: Caller): Promise<z.output<typeof sessionAnswer>> {
  const { name, email, role, scope, tenantId, session, kind } = caller;
  const tenant = tenantId ? await store.access.tenant(tenantId) : undefined;
  const organization = scope ? await store.access.organization(scope.tenantId, scope.organizationId) : undefined;
  const everywhere = role === 'tenant_admin' && tenantId ? await store.access.listOrganizations(tenantId, FIRST_PAGE) : undefined;
  const own = organization ? [{ id: organization.id, name: organization.name, role }] : [];
  const organizations =
    everywhere?.map((one) => ({ id: one.id, name: one.name, role })) ?? (caller.places.length > 0 ? caller.places : own);
  const sandbox =
    scope && config.sandbox ? (await store.integrations.list(scope, FIRST_PAGE)).find(({ channel }) => channel === 'sandbox') : undefined;
  return {
    ...{
      user: name,
      email: email ?? null,
      role,
      rights: [...rightsOf(role)],
      signedInBy: session?.way ?? (kind === 'demo' ? 'demo' : 'key'),
    },
    tenant: tenant ? { id: tenant.id, name: tenant.name, contentNeedsReason: tenant.contentNeedsReason } : null,
    organization: organization ? { id: organization.id, name: organization.name } : null,
    organizations: organizations.map((one) => ({ id: one.id, name: one.name, role: one.role })),
    sandbox: sandbox ? { integrationId: sandbox.id } : null,
    temporalUiUrl: config.temporalUiUrl ?? null,
  };
}
