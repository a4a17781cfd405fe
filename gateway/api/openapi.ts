import { z } from 'zod';
import type { GatewayDeps } from '../deps';
import { operationsOf } from './all';
import { offeredChannels } from './channels';
import { otherOperations } from './openapi-others';
import type { Documented } from './operation';

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body is not JSON, or the call cannot be read.',
  401: 'No key, or not a valid one.',
  403: 'The key does not hold the right for this.',
  404: 'Nothing has this id, or not in this organization.',
  409: 'Something else stands in the way; `title` says what to do.',
  413: 'The body is larger than 1 MB.',
  422: 'Some fields do not fit; `errors` names each.',
  429: 'Too many refused calls from this address.',
  503: 'The database or Temporal does not answer at the moment.',
};

const problem = z
  .object({
    type: z.string().meta({ description: 'Stable; for programs' }),
    title: z.string().meta({ description: 'What to do; for people' }),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ description: 'RFC 9457' });

/**
 * The whole HTTP API as an OpenAPI 3.1 document, made from the schemas that the routes themselves use.
 * @param origin where the reader reaches us: `https://host`
 */
export function openApiDocument(deps: GatewayDeps, origin: string): object {
  const all: readonly Documented[] = [...operationsOf(deps), ...otherOperations(deps)];
  const paths: Record<string, Record<string, object>> = {};
  for (const one of all) {
    const path = one.path.replace(/:(\w+)/g, '{$1}');
    const item = { ...paths[path], [one.method]: describe(one) };
    paths[path] = one.open ? { ...item, servers: [{ url: deps.config.publicUrl ?? origin }] } : item;
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Parley', version: '1', description: 'Lists are `{items, nextCursor}`; refusals are problem documents (RFC 9457).' },
    servers: [{ url: `${deps.config.publicUrl ?? origin}/api/v1` }],
    security: [{ key: [] }],
    tags: [...new Set(all.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key' } },
      schemas: { Problem: schemaOf(problem, 'output'), ...settingsSchemas(deps) },
      responses: Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [`Refusal${status}`, refusal(description)])),
    },
  };
}

function describe(one: Documented): object {
  return {
    operationId: `${one.method}${one.path.replace(/\W+(\w)?/g, (_, letter?: string) => letter?.toUpperCase() ?? '')}`,
    ...{ tags: [one.tag], summary: one.summary },
    ...(one.open && { security: [] }),
    parameters: [...pathParameters(one.path), ...queryParameters(one.query)],
    ...(one.body && {
      requestBody: { required: true, content: { [one.requestType ?? 'application/json']: { schema: schemaOf(one.body, 'input') } } },
    }),
    responses: {
      [one.status]: answerOf(one),
      ...Object.fromEntries(refusalsOf(one).map((status) => [status, { $ref: `#/components/responses/Refusal${status}` }])),
    },
  };
}

function answerOf({ answer, contentType }: Documented): object {
  if (!answer) return { description: 'Done' };
  return { description: 'Done', content: { [contentType ?? 'application/json']: { schema: schemaOf(answer, 'output') } } };
}

/** What every route of a form can refuse, and what this one adds. */
function refusalsOf({ path, body, query, open, refusals = [] }: Documented): readonly number[] {
  const common = open
    ? []
    : [401, 403, 503, ...(path.includes(':') ? [404] : []), ...(body ? [400, 413, 422] : []), ...(query ? [422] : [])];
  return [...new Set([...common, ...refusals])].sort((a, b) => a - b);
}

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string', ...(/id$/i.test(name) && { format: 'uuid' }) },
  }));

function queryParameters(query: z.ZodType | undefined): object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as { properties?: Record<string, object>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: io === 'output' ? mayGrow : () => undefined,
  });
  return rest;
}

/** Answers may get more fields. */
const mayGrow = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

const refusal = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** The `config` of integrations and experts, for each kind: `Settings.lark.webhook`. */
function settingsSchemas(deps: GatewayDeps): Record<string, object> {
  const modes = offeredChannels(deps).flatMap(({ name, modes: all }) =>
    all.map((mode) => [`Settings.${name}.${mode.name}`, mode.config] as const),
  );
  const services = deps.backends.map(({ name, config }) => [`Settings.${name}`, config] as const);
  return Object.fromEntries([...modes, ...services].map(([name, schema]) => [name, schemaOf(schema, 'input')]));
}
