import { Refusal } from '../../domain/errors';
import type { Alert } from '../../store/alerts';
import type { Expert } from '../../store/experts';
import type { Integration } from '../../store/integrations';
import type { Page, Scope } from '../../store/scope';
import type { Trigger } from '../../store/triggers';
import type { GatewayDeps } from '../deps';
import { presentAlert } from './alert-fields';
import { modeOf } from './channels';
import { apart, type ConfigurationFile, FORMAT, FORMAT_VERSION, type SecretsByPlace, sealSecrets } from './configuration-file';
import { writeLimit } from './configuration-limits';
import { mask, type Settings } from './masking';
import { presentPeople } from './people-settings';
import { presentTrigger } from './trigger-fields';
import { demandReadable } from './unreadable';

/** All of a list at once. */
export const WHOLE: Page = { afterTime: '-infinity', afterId: '00000000-0000-0000-0000-000000000000', limit: 10_000 };

type Names = ReadonlyMap<string, string>;
type Keep = (place: string, masked: Settings, real: Settings) => Settings;

/**
 * What an organization is set up with, by name.
 * @param passphrase seals the secrets into the file; without it they are left out
 * @throws Refusal 409 where two of a kind have the same name, or settings cannot be read: a file without them could not be taken in again
 */
export async function exportConfiguration(deps: GatewayDeps, scope: Scope, passphrase?: string): Promise<ConfigurationFile> {
  const { store } = deps;
  const integrations = byName(await store.integrations.list(scope, WHOLE));
  const experts = byName(await store.experts.list(scope, WHOLE));
  const alerts = byName(await store.alerts.list(scope, WHOLE));
  const limits = byName(await store.spending.list(scope, WHOLE)).filter(({ personId }) => personId === null);
  demandNames({ integrations, experts, alerts, limits });
  for (const one of integrations)
    for (const { unreadable } of [one, one.people]) demandReadable('integration', { name: one.name, unreadable });
  for (const one of experts) demandReadable('expert', one);
  for (const one of alerts) demandReadable('alert', one);
  const names: Names = new Map(integrations.map(({ id, name }) => [id, name]));
  const secrets: Record<string, Settings> = {};
  const keep: Keep = (place, masked, real) => {
    const { plain, secret } = apart(masked, real);
    if (Object.keys(secret).length > 0) secrets[place] = secret;
    return plain;
  };
  const written: ConfigurationFile['experts'] = [];
  for (const expert of experts) written.push(await writeExpert(deps, scope, expert, names, keep));
  return {
    ...{ format: FORMAT, version: FORMAT_VERSION, exportedAt: new Date().toISOString() },
    integrations: integrations.map((one) => writeIntegration(deps, one, keep)),
    experts: written,
    alerts: alerts.map((one) => writeAlert(one, names, keep)),
    limits: limits.flatMap((one) => writeLimit(one, { integrations: names, experts: new Map(experts.map(({ id, name }) => [id, name])) })),
    secrets: passphrase === undefined ? null : await sealSecrets(secrets satisfies SecretsByPlace, passphrase),
  };
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): T[] => [...items].sort((a, b) => (a.name < b.name ? -1 : 1));

function demandNames(lists: Readonly<Record<string, readonly { readonly name: string }[]>>): void {
  for (const [kind, items] of Object.entries(lists)) {
    const twice = items.find(({ name }, place) => items.findIndex((one) => one.name === name) !== place);
    if (twice)
      throw new Refusal(409, 'name_twice', `Two ${kind} are called "${twice.name}": rename one, for a file tells them apart by name.`);
  }
}

function writeIntegration(deps: GatewayDeps, { name, channel, mode, config, appearance, people, enabled }: Integration, keep: Keep) {
  const form = modeOf(
    deps.channels.find((one) => one.name === channel),
    mode,
  )?.config;
  const place = `integrations.${name}`;
  return {
    ...{ name, channel, mode, enabled, appearance: { ...appearance } },
    config: { ...keep(`${place}.config`, mask(form, config), config) },
    people: { ...keep(`${place}.people`, { ...presentPeople(people) }, people) },
  };
}

async function writeExpert(
  deps: GatewayDeps,
  scope: Scope,
  { id, name, backend, config, publishedVersion }: Expert,
  names: Names,
  keep: Keep,
) {
  const { store } = deps;
  const published = publishedVersion === null ? undefined : await store.experts.version(scope, id, publishedVersion);
  demandReadable('published expert', { name, unreadable: published?.unreadable });
  const write = (place: string, of: { readonly backend: string; readonly config: Settings; readonly triggers: readonly Written[] }) => ({
    backend: of.backend,
    config: { ...keep(place, mask(deps.backends.find((one) => one.name === of.backend)?.config, of.config), of.config) },
    triggers: writeTriggers(of.triggers, names),
  });
  return {
    name,
    ...write(`experts.${name}.config`, { backend, config, triggers: await store.triggers.list(scope, id, WHOLE) }),
    published: published ? write(`experts.${name}.published.config`, published) : null,
  };
}

type Written = Pick<Trigger, 'id' | 'integrationId' | 'enabled' | 'settings'>;

/** In an order of their own, so that files can be compared: how they were made says nothing. */
export const writeTriggers = (triggers: readonly Written[], names: Names): Record<string, unknown>[] =>
  triggers
    .flatMap((one) => writeTrigger(one, names))
    .map((one) => ({ one, key: JSON.stringify(one) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ one }) => one);

/** Of integrations that are gone there is nothing to write. */
function writeTrigger(trigger: Written, names: Names): Record<string, unknown>[] {
  const integration = names.get(trigger.integrationId);
  const { id: _, integrationId: __, createdAt: ___, ...rest } = presentTrigger({ ...trigger, createdAt: new Date(0) });
  return integration === undefined ? [] : [{ integration, ...rest }];
}

function writeAlert(alert: Alert, names: Names, keep: Keep): Record<string, unknown> {
  const { id: _, createdAt: __, config: masked, ...rest } = presentAlert(alert);
  const { integrationId, ...config } = keep(`alerts.${alert.name}.config`, masked, alert.config);
  return { ...rest, config: typeof integrationId === 'string' ? { integration: names.get(integrationId) ?? '', ...config } : config };
}
