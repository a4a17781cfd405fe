import { z } from 'zod';
import { isLinkLocal } from '../domain/link-local';
import { organizationRoles } from '../domain/roles';
import { text } from './api/checking';
import { isLoopbackHost } from './loopback';

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/, 'is not a domain such as example.com');

const issuer = z
  .url()
  .max(500)
  .refine(isAllowedIssuer, 'must be an https address that is not link-local')
  .meta({ description: 'Its discovery document is at `<issuer>/.well-known/openid-configuration`' });

/** How a tenant's people sign in at their own OpenID Connect provider. */
export const singleSignOnSettings = z.strictObject({
  issuer,
  clientId: text(500),
  clientSecret: text(1000).meta({ secret: true }),
  domains: z.array(domain).min(1).max(50).meta({ description: 'Whoever has an address of another domain is refused' }),
  createUsers: z.boolean().default(false).meta({ description: 'Whether people who have no account here get one' }),
  defaultRole: z.enum(organizationRoles).default('viewer').meta({ description: 'Of accounts made that way' }),
  organizationId: z
    .uuid()
    .optional()
    .meta({ description: 'Where accounts made that way are members; the oldest organization unless given' }),
  trustEmails: z
    .boolean()
    .default(false)
    .meta({ description: 'For providers that vouch for their addresses and do not say `email_verified`' }),
});

export type SingleSignOnSettings = z.output<typeof singleSignOnSettings>;

/** What to enter at the provider. */
export const redirectUri = (origin: string): string => `${origin}/api/v1/sign-in/callback`;

function isAllowedIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, host } = new URL(text);
  return !isLinkLocal(hostname) && (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(host)));
}
