import { z } from 'zod';
import type { Expert } from '../../store/experts';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { moment, nameField, text, unfit, unknownId } from './checking';
import { deleteQuery, demandUnused, recordLosses } from './dependents';
import { mergeSettings, type Settings } from './masking';
import { type Operation, operation } from './operation';
import { ascending, listOf, pageOf, pageQuery, placeOf } from './paging';
import { demandReadable, presentSettings, settingsAnswer } from './unreadable';

const config = z.record(z.string(), z.unknown()).meta({
  description: "Fits the backend's form in `GET backends`. Merged by key: absent or `***` keeps a secret, null takes a setting away.",
});
const shared = { name: nameField, backend: text(50), config };
const newExpert = z.strictObject({ ...shared, config: config.default({}) });
const expertChange = z.strictObject(shared).partial();
export const notice = z.strictObject({ en: text(1000), zh: text(1000) });
export const expertAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  backend: z.string(),
  ...settingsAnswer,
  publishedVersion: z.int().nullable(),
  paused: z
    .object({ notice, at: moment, by: z.string() })
    .nullable()
    .meta({ description: 'While it is paused questions are told the notice' }),
  createdAt: moment,
});

/** @throws Refusal 404, also for those of other organizations */
export async function expertOf({ store }: GatewayDeps, scope: Scope, id: string): Promise<Expert> {
  const found = await store.experts.get(scope, id);
  if (!found) throw unknownId('expert');
  return found;
}

/** An expert's draft as answers show it. */
export const presentExpert = (
  { backends }: GatewayDeps,
  { id, name, backend, publishedVersion, paused, createdAt, ...settings }: Expert,
) => ({
  ...{ id, name, backend, ...presentSettings(backends.find((one) => one.name === backend)?.config, settings) },
  ...{ publishedVersion, paused, createdAt: createdAt.toISOString() },
});

/** Experts: what is changed here is the draft; publishing makes it, with its triggers, the next version. */
export const expertOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Experts';
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => expertOf(deps, scope, params.id);
  const present = (expert: Expert) => presentExpert(deps, expert);
  return [
    operation({
      ...{
        method: 'get',
        path: '/experts',
        tag,
        summary: 'All experts, oldest first',
        query: pageQuery,
        status: 200,
        answer: listOf(expertAnswer),
      },
      run: async ({ scope, query }) => pageOf(await store.experts.list(scope, ascending(query)), query.limit, placeOf, present),
    }),
    operation({
      ...{
        method: 'post',
        path: '/experts',
        tag,
        summary: "Creates an expert's draft",
        atomic: true,
        body: newExpert,
        status: 201,
        answer: expertAnswer,
      },
      run: async ({ scope, body }) =>
        present(await store.experts.create(scope, { ...body, config: checkConfig(deps, body.backend, {}, body.config) })),
    }),
    operation({
      ...{ method: 'get', path: '/experts/:id', tag, summary: 'One expert', status: 200, answer: expertAnswer, find },
      run: async ({ found }) => present(found),
    }),
    operation({
      ...{
        method: 'patch',
        path: '/experts/:id',
        tag,
        summary: 'Changes the given fields of the draft',
        atomic: true,
        body: expertChange,
        status: 200,
        answer: expertAnswer,
        find,
      },
      async run({ scope, params, body }) {
        const saved = await store.experts.change(scope, params.id, (current) => {
          const { name = current.name, backend = current.backend } = body;
          // Credentials of one service are nothing to another.
          const kept = backend === current.backend ? current.config : {};
          if (current.unreadable && backend === current.backend && body.config === undefined) return { name, backend };
          return { name, backend, config: checkConfig(deps, backend, kept, body.config ?? {}) };
        });
        if (!saved) throw unknownId('expert');
        return present(saved);
      },
    }),
    operation({
      ...{
        method: 'delete',
        path: '/experts/:id',
        tag,
        summary: 'Deletes an expert, with limits on it; it answers no longer',
        status: 204,
        atomic: true,
        find,
      },
      ...{ query: deleteQuery, refusals: [409] },
      async run({ scope, found, query, record }) {
        const hanging = await store.dependents.ofExpert(scope, found.id);
        if (query.ifUnused) demandUnused(hanging, 'expert');
        await recordLosses(store, scope, hanging, record);
        await store.experts.remove(scope, found.id);
      },
    }),
    operation({
      ...{
        method: 'post',
        path: '/experts/:id/publish',
        tag,
        summary: 'Makes draft and triggers the next version, from the next message on',
        action: 'config.published',
        atomic: true,
      },
      ...{ status: 200, answer: z.object({ version: z.int() }), refusals: [409, 422], find },
      async run({ scope, found }) {
        fitsBackend(deps, found);
        return { version: await store.experts.publish(scope, found.id) };
      },
    }),
  ];
};

/** Draft settings after a change. @throws Refusal 422 */
export function checkConfig({ backends }: GatewayDeps, name: string, current: Settings, given: Settings): Settings {
  const backend = backends.find((one) => one.name === name);
  if (!backend) throw unfit([{ path: 'backend', message: `is not one of: ${backends.map((one) => one.name).join(', ')}` }]);
  return mergeSettings(backend.config as z.ZodType<Settings>, current, given);
}

/** @throws Refusal 422 where the backend is not there any more or does not take the settings, 409 where these cannot be read */
export function fitsBackend(deps: GatewayDeps, expert: Pick<Expert, 'name' | 'backend' | 'config' | 'unreadable'>): Settings {
  demandReadable('expert', expert);
  const { backend, config: settings } = expert;
  return checkConfig(deps, backend, settings, {});
}
