import { z } from 'zod';
import { type Right, type Role, rights, rightsOf, roles } from '../../domain/roles';
import { sessionCookie } from '../cookies';
import type { GatewayDeps } from '../deps';
import { operationsOf } from './all';
import { offeredChannels } from './channels';
import { otherOperations } from './openapi-others';
import type { Documented } from './operation';

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body is not JSON, or the call cannot be read.',
  401: 'No key and no session, or not a valid one.',
  403: 'The role does not hold the right for this, or a reason is missing.',
  404: 'Nothing has this id, or not in this organization; or the organization is not one of the caller.',
  409: 'Something else stands in the way; `title` says what to do.',
  413: 'The body is larger than this route takes: 1 MB, 20 kB around sign-in, 30 MB for files.',
  422: 'Some fields do not fit; `errors` names each.',
  429: 'Too many refused calls from this address, too many attempts to sign in, or too many open streams; `retry-after` says how long to wait, where waiting helps.',
  503: 'The database or Temporal does not answer at the moment.',
};

const lines = (of: readonly string[]): string => of.map((line) => `- ${line}`).join('\n');

const ABOUT = `Lists are \`{items, nextCursor}\`; refusals are problem documents (RFC 9457), whose words are Chinese where \`Accept-Language\` prefers that
and English otherwise; \`type\` and \`path\` are the same in both. So are the sentences of answers, fields marked \`sentence\`: why a link is not up,
what a test found.

Every operation needs one right, \`x-parley-right\`:
${lines(Object.entries(rights).map(([right, what]) => `\`${right}\`: ${what}`))}

Roles and what they hold:
${lines(
  roles.map(
    (role: Role) =>
      `\`${role}\`: ${rightsOf(role)
        .map((right: Right) => `\`${right}\``)
        .join(', ')}`,
  ),
)}

Without the right \`content\`, fields marked \`content\` are left out. A caller with several organizations names one in the header
\`x-parley-organization\`. Where the tenant asks for reasons, what people wrote is shown to calls with the header \`x-parley-reason\`
(percent-encoded).`;

const problem = z
  .object({
    type: z.string().meta({ description: 'Stable; for programs' }),
    title: z.string().meta({ description: 'What to do; for people' }),
    status: z.int(),
    detail: z.string().optional(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          value: z.string().nullable().optional().meta({ description: 'What it could be, where the message names a choice' }),
        }),
      )
      .optional(),
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
    info: { title: 'Parley', version: '1', description: ABOUT },
    servers: [{ url: `${deps.config.publicUrl ?? origin}/api/v1` }],
    security: [{ key: [] }, { session: [] }],
    tags: [...new Set(all.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: sessionCookie(deps.config) },
          description: 'Who signed in; changes must also carry `x-parley-console: 1`',
        },
      },
      schemas: { Problem: schemaOf(problem, 'output'), ...settingsSchemas(deps) },
      parameters: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, { in: 'header', ...header }])),
      responses: Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [`Refusal${status}`, refusal(description)])),
    },
  };
}

function describe(one: Documented): object {
  return {
    operationId: `${one.method}${one.path.replace(/\W+(\w)?/g, (_, letter?: string) => letter?.toUpperCase() ?? '')}`,
    ...{ tags: [one.tag], summary: one.summary },
    ...(one.open ? { security: [] } : one.right && { 'x-parley-right': one.right }),
    parameters: [...pathParameters(one.path), ...queryParameters(one.query), ...headerParameters(one)],
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
  const types = typeof contentType === 'object' ? contentType : [contentType ?? 'application/json'];
  return { description: 'Done', content: Object.fromEntries(types.map((type) => [type, { schema: schemaOf(answer, 'output') }])) };
}

/** What every route of a form can refuse, and what this one adds. */
function refusalsOf({ method, body, query, open, refusals = [] }: Documented): readonly number[] {
  const common = open ? [] : [401, 403, 404, 503, ...(method === 'get' ? [] : [400, 413]), ...(body || query ? [422] : [])];
  return [...new Set([...common, ...refusals])].sort((a, b) => a - b);
}

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string', ...(/id$/i.test(name) && { format: 'uuid' }) },
  }));

const headers = {
  Organization: {
    ...{ name: 'x-parley-organization', schema: { type: 'string', format: 'uuid' } },
    description: 'Which organization the call is about, for callers that have several',
  },
  Reason: {
    ...{ name: 'x-parley-reason', schema: { type: 'string' } },
    description: 'Why what people wrote is read, percent-encoded; needed where the tenant asks for it',
  },
  Console: {
    ...{ name: 'x-parley-console', required: true, schema: { type: 'string', const: '1' } },
    description: 'Shows that the call comes from no page of another origin',
  },
};

function headerParameters({ open, method, path }: Documented): object[] {
  const entering = path.startsWith('/api/v1/sign-in') && method !== 'get';
  const names = open ? (entering ? ['Console'] : []) : ['Organization', 'Reason'];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

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
