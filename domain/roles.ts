/** What a caller may be; from the least to the most. `tenant_admin` holds in all organizations of a tenant, `platform` in none of any. */
export const roles = ['viewer', 'auditor', 'operator', 'admin', 'tenant_admin', 'platform'] as const;
export type Role = (typeof roles)[number];

/** Roles of a member or a key inside one organization. */
export const organizationRoles = ['viewer', 'auditor', 'operator', 'admin'] as const satisfies readonly Role[];
export type OrganizationRole = (typeof organizationRoles)[number];

/** What an operation may ask for. Each names exactly one. */
export const rights = {
  self: 'about oneself: the own session, password and organizations',
  read: 'settings, states and figures, without what people wrote',
  content: 'what people wrote and what was answered, with their names',
  operate: 'enable, disable, restart, pause, stop',
  configure: 'create, change, publish and delete',
  members: 'members, invitations and API keys of the organization',
  audit: 'the record of what administrators did',
  tenant: "the tenant's organizations, settings and single sign-on",
  platform: 'tenants',
} as const;
export type Right = keyof typeof rights;

const held: Readonly<Record<Role, ReadonlySet<Right>>> = {
  viewer: new Set(['self', 'read']),
  auditor: new Set(['self', 'read', 'content', 'audit']),
  operator: new Set(['self', 'read', 'operate']),
  admin: new Set(['self', 'read', 'content', 'operate', 'configure', 'members', 'audit']),
  tenant_admin: new Set(['self', 'read', 'content', 'operate', 'configure', 'members', 'audit', 'tenant']),
  platform: new Set(['self', 'audit', 'platform']),
};

export const holds = (role: Role, right: Right): boolean => held[role].has(right);
export const rightsOf = (role: Role): readonly Right[] => [...held[role]];

/** Whether somebody may give, change or take away a role: nobody deals out more than they hold. */
export function mayGrant(granter: Role, role: Role): boolean {
  if (granter === 'platform') return role === 'tenant_admin' || role === 'platform';
  return holds(granter, 'members') && [...held[role]].every((right) => holds(granter, right));
}
