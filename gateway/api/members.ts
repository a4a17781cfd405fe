import { z } from 'zod';
import { Refusal } from '../../domain/errors';
import { roles } from '../../domain/roles';
import type { Scope } from '../../store/scope';
import type { Member } from '../../store/users';
import type { Caller } from '../caller';
import { type GatewayDeps, nowOf } from '../deps';
import { hasNoPassword, linkUrl } from '../sign-in-links';
import { mailAnswer, mailLink } from '../sign-in-mail';
import { moment, unknownId } from './checking';
import { shownOnce } from './content';
import { checkGrant, grantableRole } from './invitations';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';

const RESET_MS = 24 * 3_600_000;

const memberAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  since: moment,
  signedInAt: moment.nullable(),
});
const resetAnswer = z.object({ url: shownOnce('Sets a new password once; shown only now'), expiresAt: moment, mail: mailAnswer });

/** People who administer an organization, tenant administrators among them. */
export const memberOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const shared = { tag: 'Members', right: 'members' } as const;
  const one = { ...shared, path: '/members/:id' } as const;
  const find = async ({ scope, params }: { readonly scope: Scope; readonly params: { readonly id: string } }): Promise<Member> => {
    const found = await store.users.member(scope, params.id);
    if (!found) throw unknownId('member');
    return found;
  };
  return [
    operation({
      ...{ ...shared, method: 'get', path: '/members', summary: 'All members, oldest account first' },
      ...{ query: pageQuery, status: 200, answer: listOf(memberAnswer) },
      run: async ({ scope, query }) => pageOf(await store.users.members(scope, ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{ ...one, method: 'get', summary: 'One member', status: 200, answer: memberAnswer, find },
      run: async ({ found }) => present(found),
    }),
    operation({
      ...{ ...one, method: 'patch', summary: "Changes a member's role", action: 'role.changed', atomic: true, refusals: [409], find },
      ...{ body: z.strictObject({ role: grantableRole }), status: 200, answer: memberAnswer },
      async run({ scope, found, caller, body: { role } }) {
        checkOther(caller, found);
        checkGrant(caller, role);
        if (role === 'tenant_admin') await store.users.setRole(scope, found.id, role);
        else {
          if (found.role === 'tenant_admin') await store.users.setRole(scope, found.id, null);
          await store.users.setMember(scope, found.id, role);
        }
        return present({ ...found, role });
      },
    }),
    operation({
      ...{
        ...one,
        method: 'delete',
        summary: 'Ends a membership; the account stays',
        action: 'member.removed',
        status: 204,
        refusals: [409],
      },
      ...{ atomic: true, find },
      async run({ scope, found, caller }) {
        checkOther(caller, found);
        if (found.role === 'tenant_admin') await store.users.setRole(scope, found.id, null);
        await store.users.removeMember(scope, found.id);
      },
    }),
    operation({
      ...{ ...shared, method: 'post', path: '/members/:id/password-reset', summary: 'A link by which the member sets a new password' },
      ...{ action: 'password.reset_link_created', status: 201, answer: resetAnswer, refusals: [409], atomic: true, find },
      async run({ scope, found, caller, origin, language, afterwards }) {
        checkGrant(caller, found.role);
        if (caller.role !== 'tenant_admin' && (await store.users.isMemberElsewhere(scope, found.id)))
          throw new Refusal(409, 'member_elsewhere', 'This account opens other organizations too: a tenant administrator must do this.');
        if ((await store.users.find(found.id))?.isBound) throw hasNoPassword();
        const link = await resetLink(deps, caller.name, { ...found, tenantId: scope.tenantId }, deps.config.publicUrl ?? origin);
        const place = (await store.access.tenant(scope.tenantId))?.name ?? '';
        const mail = { purpose: 'reset', place, by: caller.name, url: link.url, expiresAt: new Date(link.expiresAt) } as const;
        afterwards(async () => ({ mail: await mailLink(deps, found.email, mail, language) }));
        return link;
      },
    }),
  ];
};

async function resetLink(
  deps: GatewayDeps,
  createdBy: string,
  user: { readonly id: string; readonly email: string; readonly tenantId: string },
  origin: string,
) {
  const now = nowOf(deps);
  const expiresAt = new Date(now.getTime() + RESET_MS);
  const { id: userId, email, tenantId } = user;
  const { token } = await deps.store.links.create(
    { purpose: 'reset', tenantId, organizationId: null, userId, email, role: null, expiresAt, createdBy },
    now,
  );
  return { url: linkUrl(origin, token), expiresAt: expiresAt.toISOString(), mail: null };
}

/** Nobody changes or removes themselves, so that somebody is always left; nor whom they could not have appointed. */
function checkOther(caller: Caller, { id, role }: Member): void {
  if (caller.id === id) throw new Refusal(409, 'oneself', 'You cannot change your own membership: ask another administrator.');
  checkGrant(caller, role);
}

const present = ({ id, name, email, role, since, signedInAt }: Member) => ({
  ...{ id, name, email, role, since: since.toISOString(), signedInAt: signedInAt?.toISOString() ?? null },
});
