import { z } from 'zod';
import type { Expert, ExpertVersion } from '../../store/experts';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { moment, nameField, text, unfit, unknownId } from './checking';
import { mask, mergeSettings, type Settings } from './masking';
import { type Operation, operation } from './operation';
import { aNumber, ascending, listOf, pageOf, pageQuery, placeOf, readCursor } from './paging';

const config = z.record(z.string(), z.unknown()).meta({
  description: "Fits the backend's form in `GET backends`. Merged by key: absent or `***` keeps a secret, null takes a setting away.",
});
const shared = { name: nameField, backend: text(50), config };
const newExpert = z.strictObject({ ...shared, config: config.default({}) });
const expertChange = z.strictObject(shared).partial();
const expertAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  backend: z.string(),
  config: z.record(z.string(), z.unknown()).meta({ description: 'Secrets are shown as `***`.' }),
  publishedVersion: z.int().nullable(),
  createdAt: moment,
});
const versionAnswer = z.object({ id: z.uuid(), version: z.int(), name: z.string(), backend: z.string(), publishedAt: moment });
const BEYOND_ANY_VERSION = 2_147_483_647;

/** @throws Refusal 404, also for those of other organizations */
export async function expertOf({ store }: GatewayDeps, scope: Scope, id: string): Promise<Expert> {
  const found = await store.experts.get(scope, id);
  if (!found) throw unknownId('expert');
  return found;
}

/** Experts: what is changed here is the draft; publishing makes it, with its triggers, the next version. */
export const expertOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Experts';
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => expertOf(deps, scope, params.id);
  const present = ({ id, name, backend, config: settings, publishedVersion, createdAt }: Expert) => ({
    ...{ id, name, backend, config: mask(deps.backends.find((one) => one.name === backend)?.config, settings) },
    ...{ publishedVersion, createdAt: createdAt.toISOString() },
  });
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
          return { name, backend, config: checkConfig(deps, backend, kept, body.config ?? {}) };
        });
        if (!saved) throw unknownId('expert');
        return present(saved);
      },
    }),
    operation({
      ...{ method: 'delete', path: '/experts/:id', tag, summary: 'Deletes an expert; it answers no longer', status: 204, find },
      run: ({ scope, found }) => store.experts.remove(scope, found.id),
    }),
    operation({
      ...{
        method: 'post',
        path: '/experts/:id/publish',
        tag,
        summary: 'Makes draft and triggers the next version, from the next message on',
      },
      ...{ status: 200, answer: z.object({ version: z.int() }), refusals: [409, 422], find },
      async run({ scope, found }) {
        checkConfig(deps, found.backend, found.config, {});
        return { version: await store.experts.publish(scope, found.id) };
      },
    }),
    operation({
      ...{ method: 'get', path: '/experts/:id/versions', tag, summary: 'What was published, newest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(versionAnswer), find },
      async run({ scope, found, query: { cursor, limit } }) {
        const [before] = readCursor(aNumber, cursor) ?? [BEYOND_ANY_VERSION];
        return pageOf(await store.experts.versions(scope, found.id, before, limit + 1), limit, ({ version }) => [version], presentVersion);
      },
    }),
  ];
};

function checkConfig({ backends }: GatewayDeps, name: string, current: Settings, given: Settings): Settings {
  const backend = backends.find((one) => one.name === name);
  if (!backend) throw unfit([{ path: 'backend', message: `is not one of: ${backends.map((one) => one.name).join(', ')}` }]);
  return mergeSettings(backend.config as z.ZodType<Settings>, current, given);
}

const presentVersion = ({ id, version, name, backend, publishedAt }: ExpertVersion) => ({
  id,
  version,
  name,
  backend,
  publishedAt: publishedAt.toISOString(),
});
