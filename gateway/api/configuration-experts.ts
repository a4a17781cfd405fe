import { isDeepStrictEqual } from 'node:util';
import type { Expert, ExpertContent } from '../../store/experts';
import type { TriggerFields } from '../../store/triggers';
import type { GatewayDeps } from '../deps';
import { checkFields, unfit } from './checking';
import { WHOLE, writeTriggers } from './configuration-export';
import { type ConfigurationFile, together } from './configuration-file';
import { completed, keep, leftOut, only, plain, type Work } from './configuration-work';
import { checkConfig } from './experts';
import { mask, type Settings } from './masking';
import { type Shown, type Step, stepsOf } from './recording';
import { newTrigger, toFields } from './trigger-fields';

/** Makes an expert what the file says: first what answers, then the draft. @param ids of integrations, by name */
export async function takeExpert(work: Work, item: ConfigurationFile['experts'][number], path: string, ids: ReadonlyMap<string, string>) {
  const { deps, scope, secrets, changes, steps } = work;
  const { store } = deps;
  const found = only(await store.experts.list(scope, WHOLE), item.name);
  const place = `experts.${item.name}`;
  const published = item.published && {
    ...item.published,
    config: together(item.published.config, secrets[`${place}.published.config`] ?? {}),
  };
  const draft = { ...item, config: together(item.config, secrets[`${place}.config`] ?? {}) };
  const first = published ?? draft;
  const before = found && (await draftShown(work, found.id, ids));
  const expert =
    found ??
    (await store.experts.create(scope, {
      ...{ name: item.name, backend: first.backend, config: checkConfig(deps, first.backend, {}, first.config) },
    }));
  if (!found) changes.push({ path, name: item.name, action: 'create', fields: [] });
  const isNews = published && !(await answersAlready(work, expert, published, ids));
  const publishing = isNews ? await publish(work, expert, published, path, ids) : [];
  // What was a draft before is none any more: the file's own follows.
  const fields = await put(work, expert, draft, '', ids);
  if (found && !isNews && fields.length > 0) changes.push({ path, name: item.name, action: 'change', fields });
  const after = await draftShown(work, expert.id, ids);
  if (after && !isDeepStrictEqual(before, after)) keep(work, { type: 'expert', id: expert.id, name: item.name }, before, after);
  steps.push(...publishing);
}

/** Makes it what answers. Resolves with what that is for the record. */
async function publish(work: Work, expert: Expert, content: Content, path: string, ids: ReadonlyMap<string, string>): Promise<Step[]> {
  const { deps, scope, changes } = work;
  const { experts } = deps.store;
  await put(work, expert, content, `published.`, ids);
  const { publishedVersion } = (await experts.get(scope, expert.id)) ?? expert;
  const shown = async (number: number | null): Promise<Shown | undefined> => {
    const version = number === null ? undefined : await experts.version(scope, expert.id, number);
    if (!version) return undefined;
    const of = shownContent(deps, version, ids);
    return { shown: { version: number, ...of.shown }, real: of.real };
  };
  const before = await shown(publishedVersion);
  const after = await shown(await experts.publish(scope, expert.id));
  changes.push({ path: `${path}.published`, name: expert.name, action: 'publish', fields: publishedVersion === null ? [] : ['published'] });
  return after ? stepsOf('config.published', { type: 'expert', id: expert.id, name: expert.name }, before, after) : [];
}

/** A draft as records keep it. */
async function draftShown({ deps, scope }: Work, id: string, ids: ReadonlyMap<string, string>) {
  const { experts, triggers } = deps.store;
  const draft = await experts.draft(scope, id);
  // Triggers that are off too, which would not be published.
  return draft && shownContent(deps, { ...draft, triggers: await triggers.list(scope, id, WHOLE) }, ids);
}

/** With triggers as the file has them. */
const shownContent = ({ backends }: GatewayDeps, { name, backend, config, triggers }: ExpertContent, ids: ReadonlyMap<string, string>) => ({
  shown: {
    ...{ name, backend, config: mask(backends.find((one) => one.name === backend)?.config, config) },
    triggers: writeTriggers(triggers, namesOf(ids)),
  },
  real: { config },
});

const namesOf = (ids: ReadonlyMap<string, string>): ReadonlyMap<string, string> => new Map([...ids].map(([name, id]) => [id, name]));

interface Content {
  readonly backend: string;
  readonly config: Settings;
  readonly triggers: readonly Settings[];
}

/** Writes a draft; resolves with what differed. */
async function put(
  { deps, scope }: Work,
  { id }: Expert,
  { backend, config, triggers }: Content,
  at: string,
  ids: ReadonlyMap<string, string>,
) {
  const { store } = deps;
  const current = await store.experts.get(scope, id);
  if (!current) return [];
  const kept = backend === current.backend ? current.config : {};
  const form = deps.backends.find(({ name }) => name === backend)?.config;
  const given = form ? { ...leftOut(form, kept, config), ...config } : config;
  const next = { name: current.name, backend, config: checkConfig(deps, backend, kept, given) };
  const before = await store.triggers.list(scope, id, WHOLE);
  const after = triggers.map((one, place) => takeTrigger(one, `${at}triggers.${place}`, ids));
  const names = namesOf(ids);
  const same = isDeepStrictEqual(
    writeTriggers(before, names),
    writeTriggers(
      after.map((one) => ({ id, ...one })),
      names,
    ),
  );
  const differing = [
    ...(backend !== current.backend ? ['backend'] : []),
    ...(!current.unreadable && isDeepStrictEqual(plain(next.config), plain(completed(form, current.config))) ? [] : ['config']),
    ...(same ? [] : ['triggers']),
  ];
  if (differing.length > 0) await store.experts.save(scope, id, next);
  if (!same) {
    for (const one of before) await store.triggers.remove(scope, id, one.id);
    for (const one of after) await store.triggers.create(scope, id, one);
  }
  return differing;
}

function takeTrigger({ integration, ...given }: Settings, at: string, ids: ReadonlyMap<string, string>): TriggerFields {
  const integrationId = ids.get(String(integration));
  if (!integrationId) throw unfit([{ path: `${at}.integration`, message: 'is no integration of this file or organization' }]);
  return toFields(checkFields(newTrigger, { integrationId, ...given }, at));
}

/** Whether what is published now is what the file says; secrets that the file lacks make no difference. */
async function answersAlready({ deps, scope }: Work, expert: Expert, wanted: Content, ids: ReadonlyMap<string, string>): Promise<boolean> {
  const now = expert.publishedVersion === null ? undefined : await deps.store.experts.version(scope, expert.id, expert.publishedVersion);
  if (!now || now.unreadable || now.backend !== wanted.backend) return false;
  const form = deps.backends.find(({ name }) => name === wanted.backend)?.config;
  const config = checkConfig(
    deps,
    wanted.backend,
    now.config,
    form ? { ...leftOut(form, now.config, wanted.config), ...wanted.config } : wanted.config,
  );
  const names = namesOf(ids);
  const triggers = wanted.triggers.map((one, place) => takeTrigger(one, `published.triggers.${place}`, ids));
  return (
    isDeepStrictEqual(plain(config), plain(completed(form, now.config))) &&
    isDeepStrictEqual(
      writeTriggers(now.triggers, names),
      writeTriggers(
        triggers.map((one) => ({ id: expert.id, ...one })),
        names,
      ),
    )
  );
}
