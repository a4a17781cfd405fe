import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openStore, type Store } from '../../store';
import { until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(180_000);

let stack: RunningStack;
let store: Store;
let platform: string;

beforeAll(async () => {
  stack = await startStack();
  store = openStore({ databaseUrl: stack.stack.databaseUrl, secretKey: readFileSync(join(stack.dataDir, 'secret.key'), 'utf8').trim() });
  platform = await store.access.createKey('platform', 'platform', undefined);
});

afterAll(async () => {
  await store?.close();
  await stack?.stop();
});

async function call(key: string, method: string, path: string, body?: unknown) {
  const response = await stack.api(path, { method, headers: { authorization: `Bearer ${key}` }, ...(body !== undefined && { body }) });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

interface Filled {
  readonly ids: readonly string[];
  readonly integrationId: string;
}

/** A talk with a file, an alert, a member, and what else leaves rows. */
async function fill(key: string): Promise<Filled> {
  const make = async (path: string, body: object): Promise<string> => {
    const made = await call(key, 'POST', path, body);
    if (made.status >= 300) throw new Error(`${path}: ${JSON.stringify(made)}`);
    return made.body.id;
  };
  const integrationId = await make('integrations', { name: 'Desk', channel: 'sandbox' });
  const expertId = await make('experts', { name: 'Echo', backend: 'echo', config: { chunkMs: 0 } });
  const triggerId = await make(`experts/${expertId}/triggers`, { integrationId, gatherMs: 0 });
  await call(key, 'POST', `experts/${expertId}/publish`);
  const alertId = await make('alerts', { name: 'a', channel: 'chat', config: { integrationId, chatId: 'c' } });
  await call(key, 'POST', `alerts/${alertId}/test`);
  const upload = await fetch(`${stack.stack.apiUrl}/sandbox/${integrationId}/files?name=a.txt`, {
    ...{ method: 'POST', body: 'some words', headers: { authorization: `Bearer ${key}`, 'content-type': 'text/plain' } },
  });
  expect(upload.status).toBeLessThan(300);
  const { fileId } = (await upload.json()) as { fileId: string };
  const said = await call(key, 'POST', `sandbox/${integrationId}/messages`, {
    chat: 'c',
    sender: 'ann',
    text: 'hello',
    attachments: [{ fileId }],
  });
  expect(said.status).toBe(202);
  const conversation = await until(async () => {
    const [open] = (await call(key, 'GET', `conversations?integrationId=${integrationId}`)).body.items;
    const found = open && (await call(key, 'GET', `conversations/${open.id}`)).body;
    return found?.turns[0]?.state === 'done' && found;
  });
  const rows = (await store.db.raw('SELECT id FROM chats WHERE integration_id = ? UNION SELECT id FROM people WHERE integration_id = ?', [
    ...[integrationId, integrationId],
  ])) as { rows: { id: string }[] };
  return {
    integrationId,
    ids: [integrationId, expertId, triggerId, alertId, conversation.id, conversation.turns[0].id, ...rows.rows.map(({ id }) => id)],
  };
}

/** Every table whose rows hold one of these ids anywhere, with how many. */
async function traces(ids: readonly string[]): Promise<Record<string, number>> {
  const tables = (await store.db.raw("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) as { rows: { tablename: string }[] };
  expect(tables.rows.length).toBeGreaterThan(30);
  const found: Record<string, number> = {};
  for (const { tablename } of tables.rows) {
    const counted = (await store.db.raw('SELECT count(*) FROM ?? AS whole WHERE whole::text ~ ?', [tablename, ids.join('|')])) as {
      rows: { count: number }[];
    };
    if (counted.rows[0]!.count > 0) found[tablename] = counted.rows[0]!.count;
  }
  return found;
}

async function running(ids: readonly string[]): Promise<string[]> {
  const connection = await Connection.connect({ address: stack.stack.temporalAddress });
  const found: string[] = [];
  for await (const { workflowId } of new Client({ connection }).workflow.list({ query: 'ExecutionStatus = "Running"' }))
    if (ids.some((id) => workflowId.includes(id))) found.push(workflowId);
  await connection.close();
  return found;
}

test('of a deleted organization nothing is left but the record of that; its neighbour is untouched', async () => {
  const tenant = (await call(platform, 'POST', 'tenants', { name: 'Acme' })).body;
  const scope = { tenantId: tenant.id, organizationId: tenant.organization.id };
  const admin = await store.access.createKey('root', 'tenant_admin', scope);
  const other = (await call(admin, 'POST', 'organizations', { name: 'Neighbour' })).body.id;
  const otherKey = await store.access.createKey('neighbour', 'admin', { tenantId: tenant.id, organizationId: other });
  const [gone, neighbour] = [await fill(tenant.apiKey), await fill(otherKey)];
  const ids = [scope.organizationId, ...gone.ids];
  const before = await traces(neighbour.ids);
  expect(Object.keys(await traces(ids)).length).toBeGreaterThan(15);

  const remove = (name: string, key = admin) => call(key, 'POST', `organizations/${scope.organizationId}/delete`, { name });
  expect((await remove('Acme', tenant.apiKey)).status).toBe(403);
  expect(await remove('Neighbour')).toMatchObject({ status: 422, body: { errors: [{ path: 'name' }] } });
  expect(await call(otherKey, 'GET', `conversations?integrationId=${neighbour.integrationId}`)).toMatchObject({ status: 200 });
  const deleted = await remove('Acme');
  expect(deleted).toMatchObject({ status: 200, body: { name: 'Acme', rows: expect.any(Number) } });

  // The other one is the platform's own, of how the tenant was made.
  expect(await traces(ids)).toEqual({ audit: 2 });
  const record = (await store.db.raw('SELECT action, organization_id FROM audit WHERE target_id = ?', [scope.organizationId])) as {
    rows: object[];
  };
  expect(record.rows).toEqual([{ action: 'organization.deleted', organization_id: null }]);
  expect(await running(ids)).toEqual([]);
  const attachments = join(stack.dataDir, 'attachments');
  expect(existsSync(attachments) ? readdirSync(attachments) : []).not.toContain(scope.organizationId);
  expect((await call(tenant.apiKey, 'GET', 'integrations')).status).toBe(401);

  expect(await traces(neighbour.ids)).toEqual(before);
  await call(otherKey, 'POST', `sandbox/${neighbour.integrationId}/messages`, { chat: 'c', sender: 'ann', text: 'still there?' });
  await until(async () =>
    JSON.stringify((await call(otherKey, 'GET', `conversations?integrationId=${neighbour.integrationId}`)).body).includes('"open"'),
  );

  const whole = [tenant.id, other, ...neighbour.ids];
  expect(await call(platform, 'POST', `tenants/${tenant.id}/delete`, { name: 'Acme' })).toMatchObject({ status: 200 });
  expect(await traces(whole)).toEqual({ audit: 1 });
  expect(await running(whole)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(await traces(whole)).toEqual({ audit: 1 });
});
