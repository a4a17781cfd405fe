import type { PluginChoice } from '../../store/plugins';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { unfit } from './checking';

/** Whether integrations of a channel may be made in an organization; `why` tells an administrator what to do. */
export type Availability =
  | { readonly available: true; readonly why: null; readonly reason: null }
  | { readonly available: false; readonly why: string; readonly reason: Unavailable };

/** Why something is not available, for programs. */
export const unavailable = ['off_here', 'elsewhere', 'off_in_tenant', 'not_enabled'] as const;
type Unavailable = (typeof unavailable)[number];

const WORDS: Readonly<Record<Unavailable, string>> = {
  off_here: 'It is switched off for this organization.',
  elsewhere: 'It is enabled elsewhere in this tenant, not for this organization.',
  off_in_tenant: 'It is switched off for this tenant.',
  not_enabled: 'It is not enabled in this tenant.',
};

/** The nearest decision counts; without any, what comes with Parley is available and what comes from a package is not. */
export function availabilityOf(builtIn: boolean, choice: Omit<PluginChoice, 'name'> | undefined): Availability {
  const { tenant = null, organization = null, elsewhere = false } = choice ?? {};
  if (organization ?? tenant ?? builtIn) return { available: true, why: null, reason: null };
  const reason = reasonOf(organization, tenant, elsewhere);
  return { available: false, why: `${WORDS[reason]} Ask a tenant administrator to enable it.`, reason };
}

function reasonOf(organization: boolean | null, tenant: boolean | null, elsewhere: boolean): Unavailable {
  if (organization === false) return 'off_here';
  if (elsewhere) return 'elsewhere';
  return tenant === false ? 'off_in_tenant' : 'not_enabled';
}

/** Where channels stand in an organization, by their names. */
export async function availabilityIn(
  { store, packageOf }: Pick<GatewayDeps, 'store' | 'packageOf'>,
  scope: Scope,
): Promise<(channel: string) => Availability> {
  const choices = await store.plugins.choices(scope);
  return (channel) =>
    availabilityOf(
      packageOf?.(channel) === undefined,
      choices.find(({ name }) => name === channel),
    );
}

/** @throws Refusal 422 that says why no integration of this channel can be made here */
export async function demandAvailable(deps: GatewayDeps, scope: Scope, channel: string): Promise<void> {
  const { why } = (await availabilityIn(deps, scope))(channel);
  if (why !== null) throw unfit([{ path: 'channel', message: `cannot be used here. ${why}` }]);
}
