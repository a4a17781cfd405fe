import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { type FieldError, Refusal } from '../../domain/errors';
import { completePeople } from '../../domain/person';
import type { Alert } from '../../store/alerts';
import type { Integration } from '../../store/integrations';
import type { GatewayDeps } from '../deps';
import { changedAlert, newAlert, newAlertFields, presentAlert } from './alert-fields';
import { demandAvailable } from './availability';
import { checkFields, unfit } from './checking';
import { takeExpert } from './configuration-experts';
import { WHOLE } from './configuration-export';
import { type ConfigurationFile, type SecretsByPlace, together } from './configuration-file';
import { takeLimit } from './configuration-limits';
import { type Change, keep, leftOut, only, type Place, plain, type Work } from './configuration-work';
import { changeFields, createFields, integrationChange, newIntegration, presentIntegration } from './integration-fields';
import type { Settings } from './masking';
import type { Shown, Step } from './recording';

export interface Imported {
  readonly changes: readonly Change[];
  /** The same for the record. */
  readonly steps: readonly Step[];
  /** Whose connections have to be told. */
  readonly integrations: readonly Integration[];
}

/**
 * Makes an organization what the file says, by name; what the file does not name stays. Inside a transaction of the caller's, who may undo it;
 * another import of this organization waits for its end.
 * @throws Refusal 422 that names each place of the file, 409 where another expert has the integration
 */
export async function importConfiguration(place: Place, file: ConfigurationFile, secrets: SecretsByPlace): Promise<Imported> {
  const { deps, scope } = place;
  // Names are no keys, so that people may use one twice; of two imports at once, each would miss what the other one makes.
  await deps.store.access.holdOrganization(scope);
  const work: Work = { ...place, secrets, changes: [], steps: [], touched: [] };
  const errors: FieldError[] = [];
  const each = async <T extends { readonly name?: unknown }>(
    kind: string,
    items: readonly T[],
    one: (item: T, path: string) => Promise<void>,
  ) => {
    for (const [index, item] of items.entries()) {
      const path = `${kind}.${index}`;
      try {
        if (items.findIndex(({ name }) => name === item.name) !== index)
          throw unfit([{ path: 'name', message: 'is the name of another one above' }]);
        await one(item, path);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 422) throw error;
        errors.push(...error.errors.map(({ path: inner, message }) => ({ path: `configuration.${path}.${inner}`, message })));
      }
    }
  };
  await each('integrations', file.integrations, (item, path) => takeIntegration(work, item, path));
  // Names of integrations that could not be taken would be told as errors of their own.
  if (errors.length > 0) throw unfit(errors);
  const ids = new Map((await deps.store.integrations.list(scope, WHOLE)).map(({ id, name }) => [name, id]));
  await each('experts', file.experts, (item, path) => takeExpert(work, item, path, ids));
  await each('alerts', file.alerts, (item, path) => takeAlert(work, item, path, ids));
  const experts = new Map((await deps.store.experts.list(scope, WHOLE)).map(({ id, name }) => [name, id]));
  const limits = await deps.store.spending.list(scope, WHOLE);
  await each('limits', file.limits, (item, path) => takeLimit(work, item, path, { integrations: ids, experts }, limits));
  if (errors.length > 0) throw unfit(errors);
  return { changes: work.changes, steps: work.steps, integrations: work.touched };
}

/** What the file does not name is taken away. */
const exactly = (current: Settings, given: Settings): Settings => ({
  ...Object.fromEntries(Object.keys(current).map((name) => [name, null])),
  ...given,
});

async function takeIntegration(work: Work, item: ConfigurationFile['integrations'][number], path: string) {
  const { deps, scope, origin, secrets, changes, touched } = work;
  const { store } = deps;
  const finish = (saved: Integration, before: Integration | undefined) => {
    const shown = (one: Integration): Shown => ({ shown: presentIntegration(deps, one, origin), real: one });
    keep(work, { type: 'integration', id: saved.id, name: saved.name }, before && shown(before), shown(saved));
    touched.push(saved);
  };
  const config = together(item.config, secrets[`integrations.${item.name}.config`] ?? {});
  const people = together(item.people, secrets[`integrations.${item.name}.people`] ?? {});
  const current = only(await store.integrations.list(scope, WHOLE), item.name);
  if (current?.channel !== item.channel) await demandAvailable(deps, scope, item.channel);
  if (!current) {
    const fields = createFields(deps, checkFields(newIntegration, { ...item, config, people: withoutNulls(people) }));
    finish(await store.integrations.create(scope, fields), undefined);
    changes.push({ path, name: item.name, action: 'create', fields: [] });
    return;
  }
  const appearance = exactly(current.appearance, item.appearance);
  const given = { ...item, config: withoutSecretsLost(deps, current, item, config), appearance, people };
  const { fields, reconnect } = changeFields(deps, current, checkFields(integrationChange, given) as z.output<typeof integrationChange>);
  const differing = (['channel', 'mode', 'config', 'appearance', 'people', 'enabled'] as const).filter(
    (name) =>
      fields[name] !== undefined &&
      ((name === 'config' && current.unreadable) || !isDeepStrictEqual(whole(name, fields[name]), whole(name, current[name]))),
  );
  if (differing.length === 0) return;
  const saved = await store.integrations.save(scope, current.id, fields, reconnect);
  if (saved) finish(saved, current);
  changes.push({ path, name: item.name, action: 'change', fields: differing });
}

/** What is not said of people has its usual value. */
const whole = (name: string, value: unknown): unknown => plain(name === 'people' ? completePeople(value as Settings) : value);

const withoutNulls = (given: Settings): Settings => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));

/** For an integration that stays on its channel, what the file leaves out goes; but a secret it has is no difference. */
function withoutSecretsLost(
  deps: GatewayDeps,
  current: Integration,
  item: ConfigurationFile['integrations'][number],
  config: Settings,
): Settings {
  if (current.channel !== item.channel) return config;
  const mode = deps.channels.find(({ name }) => name === item.channel)?.modes.find(({ name }) => name === item.mode);
  return mode ? { ...leftOut(mode.config, current.config, config), ...config } : config;
}

async function takeAlert(work: Work, item: Settings, path: string, ids: ReadonlyMap<string, string>): Promise<void> {
  const { deps, scope, secrets, changes } = work;
  const { store } = deps;
  const finish = (saved: Alert, before: Alert | undefined) => {
    const shown = (one: Alert): Shown => ({ shown: presentAlert(one), real: one });
    keep(work, { type: 'alert', id: saved.id, name: saved.name }, before && shown(before), shown(saved));
  };
  const { integration, ...own } = together((item.config ?? {}) as Settings, secrets[`alerts.${String(item.name)}.config`] ?? {});
  const integrationId = integration === undefined ? undefined : ids.get(String(integration));
  if (integration !== undefined && !integrationId)
    throw unfit([{ path: 'config.integration', message: 'is no integration of this file or organization' }]);
  const given = checkFields(newAlert, { ...item, config: { ...(integrationId && { integrationId }), ...own } });
  const current = only<Alert>(await store.alerts.list(scope, WHOLE), given.name);
  if (!current) {
    finish(await store.alerts.create(scope, await newAlertFields(deps, scope, given)), undefined);
    changes.push({ path, name: given.name, action: 'create', fields: [] });
    return;
  }
  if (current.channel !== given.channel) throw unfit([{ path: 'channel', message: 'cannot be changed: delete the alert here first' }]);
  const { channel: _, ...change } = given;
  const fields = await changedAlert(deps, scope, current, change);
  const differing = (['config', 'kinds', 'language', 'downAfterSeconds', 'failuresInRow', 'enabled'] as const).filter(
    (name) => !isDeepStrictEqual(plain(fields[name]), plain(current[name])),
  );
  if (differing.length === 0) return;
  const saved = await store.alerts.save(scope, current.id, fields);
  if (saved) finish(saved, current);
  changes.push({ path, name: given.name, action: 'change', fields: differing });
}
