import { Router } from 'express';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import type { OrganizationRole } from '../domain/roles';
import type { SignInLink } from '../store/links';
import type { User } from '../store/users';
import { checkFields, text } from './api/checking';
import { contextOf } from './auth';
import { type GatewayDeps, nowOf } from './deps';
import { hashPassword, newPassword } from './passwords';
import { describeSession } from './session';
import { accountKey, enter } from './sign-in';

const token = z.string().min(1).max(100);
export const lookBody = z.strictObject({ token });
export const linkAnswer = z.object({
  purpose: z.enum(['invitation', 'reset']),
  email: z.string(),
  organization: z.string().nullable(),
  expiresAt: z.iso.datetime(),
});
export const useBody = z.strictObject({
  token,
  password: newPassword,
  name: text(100).optional().meta({ description: 'How others see the new account; the address unless given' }),
});

/** Where a link of ours leads: behind the `#`, which browsers send to nobody. */
export const linkUrl = (origin: string, linkToken: string): string => `${origin}/#/link/${linkToken}`;

/** Invitations and password resets: what a link is for, and its use. */
export function linkRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const { store } = deps;
  router.post('/links/look', async (request, response) => {
    const link = await store.links.look(checkFields(lookBody, request.body).token, nowOf(deps));
    if (!link) throw gone();
    const { purpose, email, expiresAt, tenantId, organizationId } = link;
    const organization = tenantId && organizationId ? await store.access.organization(tenantId, organizationId) : undefined;
    response.json({ purpose, email, organization: organization?.name ?? null, expiresAt: expiresAt.toISOString() });
  });
  router.post('/links/use', async (request, response) => {
    const body = checkFields(useBody, request.body);
    if (!(await store.links.look(body.token, nowOf(deps)))) throw gone();
    const password = await hashPassword(body.password);
    const user = await store.atomically(async () => {
      const link = await store.links.use(body.token, nowOf(deps));
      if (!link) throw gone();
      const found =
        link.purpose === 'invitation' ? await join(deps, link, body.name ?? link.email, password) : await reset(deps, link, password);
      await store.audit.record(
        {
          ...{ action: link.purpose === 'invitation' ? 'member.joined' : 'password.reset', tenantId: link.tenantId },
          organizationId: link.organizationId ?? (await store.users.firstOrganization(found.id)),
          actor: { type: 'admin', id: found.id, name: found.name, email: found.email },
          ...{ targets: [{ type: 'member', id: found.id, name: found.name }], context: contextOf(request), outcome: { status: 'ok' } },
        },
        nowOf(deps),
      );
      return found;
    });
    response.json(await describeSession(deps, await enter(deps, request, response, user, 'link')));
  });
  return router;
}

async function join({ store }: GatewayDeps, link: SignInLink, name: string, password: string): Promise<User> {
  const { tenantId, organizationId, email, role } = link;
  const existing = await store.users.withEmail(email, tenantId);
  if (existing.length > 0)
    throw new Refusal(409, 'account_exists', 'This address has an account here already: sign in, and ask to be made a member.');
  const everywhere = role === 'tenant_admin' || role === 'platform' ? { role } : {};
  const user = await store.users.create({ tenantId, email, name, password, ...everywhere });
  if (tenantId && organizationId && role && role !== 'tenant_admin' && role !== 'platform')
    await store.users.setMember({ tenantId, organizationId }, user.id, role satisfies OrganizationRole);
  return user;
}

async function reset(deps: GatewayDeps, { userId }: SignInLink, password: string): Promise<User> {
  const { store } = deps;
  const user = userId ? await store.users.find(userId) : undefined;
  if (!user) throw gone();
  if (user.isBound) throw hasNoPassword();
  await store.users.setPassword(user.id, password);
  await store.sessions.revokeAll(user.id, nowOf(deps));
  await store.attempts.forget(accountKey(user));
  return user;
}

/** A password would open what the provider alone shall open. */
export const hasNoPassword = () =>
  new Refusal(409, 'single_sign_on', 'This account signs in at the identity provider of its tenant: it has no password to set.');

const gone = () => new Refusal(404, 'not_found', 'This link was used already, was replaced, or has expired: ask for a new one.');
