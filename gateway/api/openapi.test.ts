import { backends } from '../../agents';
import { channels } from '../../channels';
import type { GatewayDeps } from '../deps';
import { operationsOf } from './all';
import { openApiDocument } from './openapi';

const deps = { channels, backends, config: { sandbox: true, publicUrl: undefined } } as unknown as GatewayDeps;
const document = openApiDocument(deps, 'http://127.0.0.1:3000') as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  (['get', 'post', 'patch', 'delete'] as const).flatMap((method) => (item[method] ? [{ path, method, ...item[method] }] : [])),
);

interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<'get' | 'post' | 'patch' | 'delete', Described | undefined>>>>;
  readonly components: { readonly schemas: object; readonly responses: object };
}

interface Described {
  readonly operationId: string;
  readonly 'x-parley-right'?: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

test('every route is described, and every description has its route', () => {
  const registered = operationsOf(deps).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  const described = operations.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(registered).size).toBe(registered.length);
  expect(described).toEqual(expect.arrayContaining(registered));
  expect(described.filter((one) => !registered.includes(one)).sort()).toEqual([
    'delete /session',
    'get /api/v1/openapi.json',
    'get /api/v1/sign-in/callback',
    'get /api/v1/sign-in/forgotten',
    'get /api/v1/sign-in/single-sign-on/{tenantId}',
    'get /api/v1/sign-in/ways',
    'get /healthz',
    'get /integrations/stream',
    'get /metrics',
    'get /readyz',
    'get /sandbox/{integrationId}/chats',
    'get /sandbox/{integrationId}/files/{fileId}',
    'get /sandbox/{integrationId}/stream',
    'get /session',
    'get /webhooks/{integrationId}',
    'patch /session',
    'post /api/v1/sign-in',
    'post /api/v1/sign-in/forgotten',
    'post /api/v1/sign-in/links/look',
    'post /api/v1/sign-in/links/use',
    'post /channels/{name}/register',
    'post /experts/{id}/try',
    'post /sandbox/{integrationId}/actions',
    'post /sandbox/{integrationId}/files',
    'post /sandbox/{integrationId}/messages',
    'post /webhooks/{integrationId}',
  ]);
});

test('every operation has a name of its own, a summary, and says all its path parameters', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, summary, parameters } of operations) {
    expect(summary).not.toBe('');
    const inPath = parameters.filter((one) => one.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(50);
  for (const [, kind, name] of references) expect(Object.keys(document.components[kind as 'schemas' | 'responses'])).toContain(name);
  expect(JSON.stringify(document)).not.toContain('"$ref":"#/$defs');
});

test('bodies are refused as not JSON, too large or unfit, ids as unknown, everything without a key', () => {
  for (const { path, requestBody, parameters, responses } of operations.filter(
    ({ path: one, responses: all }) => '403' in all && !one.includes('/sign-in'),
  )) {
    const expected = ['401', '503', ...(path.includes('{') ? ['404'] : []), ...(requestBody ? ['400', '413', '422'] : [])];
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining([...expected, ...(parameters.some((one) => one.in === 'query') ? ['422'] : [])]),
    );
  }
});

test('every operation names the right it needs', () => {
  const registered = new Set(operationsOf(deps).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`));
  for (const { path, method, ...described } of operations.filter((one) => registered.has(`${one.method} ${one.path}`)))
    expect({ path, method, right: described['x-parley-right'] }).toEqual({ path, method, right: expect.stringMatching(/^[a-z]+$/) });
});

test('answers may grow, bodies may not', () => {
  const post = document.paths['/integrations']?.post;
  expect(JSON.stringify(post?.requestBody)).toContain('"additionalProperties":false');
  expect(JSON.stringify(post?.responses[201])).not.toContain('"additionalProperties":false');
});

test('the sandbox is described only where there is one', () => {
  const without = openApiDocument({ ...deps, config: { ...deps.config, sandbox: false } }, 'http://127.0.0.1:3000') as Document;
  expect(Object.keys({ ...without.paths, ...without.components.schemas }).filter((name) => name.includes('sandbox'))).toEqual([]);
});
