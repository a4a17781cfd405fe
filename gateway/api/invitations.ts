import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import type { Language } from '../../domain/language';
import { mayGrant, type Role, roles } from '../../domain/roles';
import type { Invitation } from '../../store/links';
import type { Scope } from '../../store/scope';
import type { Caller } from '../caller';
import { type GatewayDeps, nowOf } from '../deps';
import { emailField } from '../sign-in';
import { linkUrl } from '../sign-in-links';
import { mailAnswer, mailLink } from '../sign-in-mail';
import { moment, unknownId } from './checking';
import { shownOnce } from './content';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const INVITATION_MS = 7 * 24 * 3_600_000;

export const grantableRole = z.enum(roles).exclude(['platform']).meta({ description: 'At most what the caller holds' });

const invitationAnswer = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(roles),
  createdBy: z.string(),
  createdAt: moment,
  expiresAt: moment,
});
const invited = z.object({
  id: z.uuid().meta({ description: 'Of the invitation, or of the member' }),
  email: z.string(),
  role: z.enum(roles),
  isMember: z.boolean().meta({ description: 'The address has an account in this tenant: it is a member now, and there is no link' }),
  url: shownOnce('To hand to the person: lets its holder in once, and is shown only now').nullable(),
  expiresAt: moment.nullable(),
  mail: mailAnswer,
});

/** @throws Refusal 403 */
export function checkGrant(caller: Caller, role: Role): void {
  if (!mayGrant(caller.role, role))
    throw new Refusal(403, 'forbidden', `The role "${caller.role}" may not give or take the role "${role}".`);
}

/** A link that makes its holder a member. */
export async function linkFor(
  deps: GatewayDeps,
  caller: Pick<Caller, 'name'>,
  { tenantId, organizationId }: Scope,
  { email, role }: { readonly email: string; readonly role: Role },
  origin: string,
) {
  const now = nowOf(deps);
  const expiresAt = new Date(now.getTime() + INVITATION_MS);
  const { id, token } = await deps.store.links.create(
    { purpose: 'invitation', tenantId, organizationId, userId: null, email, role, expiresAt, createdBy: caller.name },
    now,
  );
  const url = linkUrl(deps.config.publicUrl ?? origin, token);
  return { id, email, role, isMember: false, url, expiresAt: expiresAt.toISOString(), mail: null };
}

type InvitationLink = Pick<Awaited<ReturnType<typeof linkFor>>, 'email' | 'url' | 'expiresAt'>;

/** Once the link is committed. */
export const mailInvitation = (
  deps: GatewayDeps,
  { name: by }: Pick<Caller, 'name'>,
  place: string,
  { email, url, expiresAt }: InvitationLink,
  language: Language,
) => mailLink(deps, email, { purpose: 'invitation', place, by, url, expiresAt: new Date(expiresAt) }, language);

/** People who shall administer an organization. */
export const invitationOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const shared = { tag: 'Members', right: 'members' } as const;
  const find = async ({ scope, params }: { readonly scope: Scope; readonly params: { readonly id: string } }): Promise<Invitation> => {
    const found = await store.links.invitation(scope, nowOf(deps), params.id);
    if (!found) throw unknownId('invitation');
    return found;
  };
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/invitations', summary: 'Invitations that still wait, oldest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(invitationAnswer) },
      run: async ({ scope, query }) =>
        pageOf(await store.links.invitations(scope, nowOf(deps), ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{
        ...shared,
        method: 'post',
        path: '/invitations',
        summary: 'Invites somebody, or makes a member of who has an account in the tenant',
      },
      ...{ action: 'member.invited', atomic: true, refusals: [409] },
      ...{ body: z.strictObject({ email: emailField, role: grantableRole }), status: 201, answer: invited },
      async run({ scope, caller, body: { email, role }, origin, language, afterwards }) {
        checkGrant(caller, role);
        const [known] = await store.users.withEmail(email, scope.tenantId);
        if (!known) {
          const link = await linkFor(deps, caller, scope, { email, role }, origin);
          const place = (await store.access.organization(scope.tenantId, scope.organizationId))?.name ?? '';
          afterwards(async () => ({ mail: await mailInvitation(deps, caller, place, link, language) }));
          return link;
        }
        if (await store.users.member(scope, known.id))
          throw new Refusal(409, 'already_member', 'This address belongs to a member already: change the role there.');
        if (role === 'tenant_admin') await store.users.setRole(scope, known.id, role);
        else await store.users.setMember(scope, known.id, role);
        return { id: known.id, email, role, isMember: true, url: null, expiresAt: null, mail: null };
      },
    }),
    operation({
      ...{ ...shared, method: 'get', path: '/invitations/:id', summary: 'One invitation', status: 200, answer: invitationAnswer, find },
      run: async ({ found }) => present(found),
    }),
    operation({
      ...{ ...shared, method: 'delete', path: '/invitations/:id', summary: 'Takes an invitation back', status: 204, atomic: true, find },
      async run({ scope, found, caller }) {
        checkGrant(caller, found.role);
        await store.links.withdraw(scope, nowOf(deps), found.id);
      },
    }),
  ];
};

const present = ({ id, email, role, createdBy, createdAt, expiresAt }: Invitation) => ({
  ...{ id, email, role, createdBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
});
