import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { completeTrigger } from '../../domain/trigger';
import type { ExpertContent, ExpertVersion } from '../../store/experts';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { moment, unknownId } from './checking';
import { expertOf, fitsBackend } from './experts';
import { mask } from './masking';
import { type Operation, operation } from './operation';
import { listOf, pageOf, pageQuery, readCursor } from './paging';
import { triggerAnswer } from './trigger-fields';
import { presentSettings, settingsAnswer } from './unreadable';

const BEYOND_ANY_VERSION = 2_147_483_647;
const versionPlace = z.tuple([z.int().min(0).max(BEYOND_ANY_VERSION)]);
const number = z.coerce.number().int().min(1).max(BEYOND_ANY_VERSION);
const side = z.union([z.literal('draft'), z.literal('published'), number]);
const diffQuery = z.object({
  from: side.default('published').meta({ description: 'A version, `published` or `draft`' }),
  to: side.default('draft').meta({ description: 'A version, `published` or `draft`' }),
});
const versionAnswer = z.object({ id: z.uuid(), version: z.int(), name: z.string(), backend: z.string(), publishedAt: moment });
const contentAnswer = z.object({
  id: z.uuid(),
  ...{ version: z.int(), name: z.string(), backend: z.string() },
  ...settingsAnswer,
  triggers: z.array(triggerAnswer.omit({ createdAt: true })).meta({ description: 'As the routes of triggers show them' }),
  publishedAt: moment,
});
const rollbackAnswer = z.object({
  version: z.int().meta({ description: 'The next version, which answers from now on' }),
  from: z.int().meta({ description: 'The one that answered before' }),
  to: z.int().meta({ description: 'The one whose content it has' }),
});
const diffAnswer = z.object({
  items: z.array(
    z.object({
      path: z.string().meta({ description: 'Such as `config.model` or `triggers.<id>.groups.mention`' }),
      before: z
        .unknown()
        .meta({ description: 'null = not there; secrets are shown as `***`; of `config` as a whole, why it cannot be read' }),
      after: z.unknown(),
    }),
  ),
});

/** What was published, how it differs, and back to it. */
export const expertVersionOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Experts';
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => expertOf(deps, scope, params.id);

  async function contentOf(scope: Scope, id: string, which: z.output<typeof side>, published: number | null) {
    const version = which === 'published' ? published : which;
    if (version === null) return undefined;
    const found = version === 'draft' ? await store.experts.draft(scope, id) : await store.experts.version(scope, id, version);
    if (!found) throw unknownId('version');
    return found;
  }

  return [
    operation({
      ...{ method: 'get', path: '/experts/:id/versions', tag, summary: 'What was published, newest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(versionAnswer), find },
      async run({ scope, found, query: { cursor, limit } }) {
        const [before] = readCursor(versionPlace, cursor) ?? [BEYOND_ANY_VERSION];
        return pageOf(await store.experts.versions(scope, found.id, before, limit + 1), limit, ({ version }) => [version], presentVersion);
      },
    }),
    operation({
      ...{ method: 'get', path: '/experts/:id/versions/:version', tag, summary: 'One version, whole' },
      ...{ status: 200, answer: contentAnswer, find },
      async run({ scope, found, params }) {
        const version = number.safeParse(params.version);
        const content = version.success ? await store.experts.version(scope, found.id, version.data) : undefined;
        if (!content) throw unknownId('version');
        const { id, name, backend, publishedAt } = content;
        const triggers = content.triggers.map(({ id: triggerId, integrationId, enabled, settings }) => ({
          ...{ id: triggerId, integrationId, enabled, ...completeTrigger(settings) },
        }));
        return {
          ...{ id, version: content.version, name, backend, ...presentSettings(schemaOf(deps, content), content), triggers },
          publishedAt: publishedAt.toISOString(),
        };
      },
    }),
    operation({
      ...{
        method: 'get',
        path: '/experts/:id/diff',
        tag,
        summary: 'What differs between two versions, or the published one and the draft',
      },
      ...{ query: diffQuery, status: 200, answer: diffAnswer, find },
      async run({ scope, found, query }) {
        const before = await contentOf(scope, found.id, query.from, found.publishedVersion);
        const after = await contentOf(scope, found.id, query.to, found.publishedVersion);
        return { items: differences(deps, before, after) };
      },
    }),
    operation({
      ...{
        method: 'post',
        path: '/experts/:id/rollback',
        tag,
        summary: "Publishes an earlier version's content as the next version",
        atomic: true,
      },
      ...{ action: 'config.rolled_back', body: z.strictObject({ version: z.int().min(1).max(BEYOND_ANY_VERSION) }) },
      ...{ status: 200, answer: rollbackAnswer, refusals: [409, 422], find },
      async run({ scope, found, body }) {
        const content = await store.experts.version(scope, found.id, body.version);
        if (!content) throw unknownId('version');
        fitsBackend(deps, content);
        const version = await store.experts.rollBack(scope, found.id, body.version);
        // The newest version is always the one that answers.
        return { version, from: version - 1, to: body.version };
      },
    }),
  ];
};

const presentVersion = ({ id, version, name, backend, publishedAt }: ExpertVersion) => ({
  id,
  version,
  name,
  backend,
  publishedAt: publishedAt.toISOString(),
});

const schemaOf = ({ backends }: GatewayDeps, { backend }: Pick<ExpertContent, 'backend'>): z.ZodType | undefined =>
  backends.find(({ name }) => name === backend)?.config;

interface Leaf {
  readonly value: unknown;
  /** As answers show it. */
  readonly shown: unknown;
}

/** Field by field, by path; lists are compared as a whole. */
function differences(deps: GatewayDeps, before: ExpertContent | undefined, after: ExpertContent | undefined) {
  const [old, current] = [leavesOf(deps, before), leavesOf(deps, after)];
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((path) => {
    const [a, b] = [old.get(path), current.get(path)];
    return isDeepStrictEqual(a?.value, b?.value) ? [] : [{ path, before: a?.shown ?? null, after: b?.shown ?? null }];
  });
}

function leavesOf(deps: GatewayDeps, content: ExpertContent | undefined): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  if (!content) return leaves;
  const { name, backend, config, unreadable, triggers } = content;
  const shown = mask(schemaOf(deps, content), config);
  leaves.set('name', { value: name, shown: name }).set('backend', { value: backend, shown: backend });
  for (const key of Object.keys(shown)) leaves.set(`config.${key}`, { value: config[key], shown: shown[key] });
  if (unreadable) leaves.set('config', { value: unreadable, shown: unreadable });
  for (const { id, integrationId, enabled, settings } of triggers)
    for (const [path, value] of flat({ integrationId, enabled, ...completeTrigger(settings) }, `triggers.${id}`))
      leaves.set(path, { value, shown: value });
  return leaves;
}

const flat = (value: unknown, path: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => flat(inner, `${path}.${key}`))
    : [[path, value]];
