import type { Request } from 'express';
import { Refusal } from '../domain/errors';
import type { User } from '../store/users';
import { contextOf } from './auth';
import { type GatewayDeps, nowOf } from './deps';
import type { SingleSignOnSettings } from './single-sign-on';

/** What a provider says of somebody. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
}

/**
 * Whose account it is: the subject's, else the one of the verified address, else a new one where the tenant wants that.
 * All of it stays inside one tenant: its provider can vouch for nobody elsewhere.
 * @throws Refusal 403 that says why not
 */
export async function userFor(
  deps: GatewayDeps,
  request: Request,
  tenantId: string,
  settings: SingleSignOnSettings,
  claims: Claims,
): Promise<User> {
  const { store } = deps;
  const { issuer, subject, email } = claims;
  const known = await store.users.withSubject(tenantId, issuer, subject);
  if (known) return known;
  if (!email) throw refusal('no_email', 'The provider does not say your e-mail address.');
  if (!claims.emailVerified && !settings.trustEmails)
    throw refusal('email_not_verified', 'The provider has not verified your e-mail address.');
  if (!settings.domains.includes(email.split('@')[1] ?? ''))
    throw refusal('domain_not_allowed', 'Addresses of your domain may not sign in here.');
  return await store.atomically(async () => {
    const [existing] = await store.users.withEmail(email, tenantId);
    if (!existing && !settings.createUsers) throw refusal('not_invited', 'You have no account here: ask for an invitation.');
    const user = existing ?? (await create(deps, request, tenantId, settings, { ...claims, email }));
    if (!(await store.users.bind(user.id, issuer, subject)))
      throw refusal('bound_elsewhere', 'This address belongs to another person of the provider.');
    await store.sessions.revokeAll(user.id, nowOf(deps));
    return user;
  });
}

async function create(
  deps: GatewayDeps,
  request: Request,
  tenantId: string,
  settings: SingleSignOnSettings,
  { email, name }: Claims & { readonly email: string },
): Promise<User> {
  const { store } = deps;
  const [oldest] = await store.access.listOrganizations(tenantId, { afterTime: '-infinity', afterId: NIL_ID, limit: 1 });
  const wanted = settings.organizationId ? await store.access.organization(tenantId, settings.organizationId) : oldest;
  if (!wanted) throw refusal('no_organization', 'The organization for new accounts is gone.');
  const user = await store.users.create({ tenantId, email, name: name ?? email });
  await store.users.setMember({ tenantId, organizationId: wanted.id }, user.id, settings.defaultRole);
  await store.audit.record(
    {
      ...{ action: 'member.joined', tenantId, organizationId: wanted.id, context: contextOf(request), outcome: { status: 'ok' } },
      actor: { type: 'admin', id: user.id, name: user.name, email },
      ...{ targets: [{ type: 'member', id: user.id, name: user.name }], change: { before: null, after: { role: settings.defaultRole } } },
    },
    nowOf(deps),
  );
  return user;
}

const NIL_ID = '00000000-0000-0000-0000-000000000000';
const refusal = (code: string, message: string) => new Refusal(403, code, message);
