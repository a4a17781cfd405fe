import { randomBytes } from 'node:crypto';
import { openStore, type Store } from '../store';
import type { Scope } from '../store/scope';
import { createTestDatabase } from '../tests/support/postgres';
import { type SeedOptions, seed } from './seed';

const PAGE = { afterTime: new Date(0), afterId: '00000000-0000-0000-0000-000000000000', limit: 10 };
const NOTHING = { baseUrl: undefined, apiKey: undefined, model: undefined };
const SERVICE = { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'key', model: 'model' };

let options: Omit<SeedOptions, 'openai'>;
let store: Store;
let drop: () => Promise<void>;

beforeEach(async () => {
  const database = await createTestDatabase();
  options = { databaseUrl: database.url, secretKey: randomBytes(32).toString('base64') };
  drop = database.drop;
  store = openStore(options);
}, 60_000);
afterEach(async () => {
  await store?.close();
  await drop?.();
});

const scope = async (): Promise<Scope> => (await store.access.tenantNamed('Demo'))!;
async function found() {
  const [integrations, experts] = await Promise.all([
    store.integrations.list(await scope(), PAGE),
    store.experts.list(await scope(), PAGE),
  ]);
  const triggers = await Promise.all(experts.map(async ({ id }) => store.triggers.list(await scope(), id, PAGE)));
  return {
    integrations: integrations.map(({ id, channel }) => [id, channel]),
    experts: experts.map(({ backend, config, publishedVersion }) => [backend, config, publishedVersion]),
    triggers: triggers.flat().map(({ integrationId }) => integrationId),
  };
}

test.each([
  ['without an AI service', NOTHING, ['echo', {}, 1]],
  ['with one', SERVICE, ['openai', SERVICE, 1]],
])('a newcomer finds a sandbox, an expert that answers in it, and a key; %s, and twice nothing new', async (_, openai, expert) => {
  const first = await seed({ ...options, openai });
  const once = await found();
  expect(once).toEqual({
    integrations: [[first.sandboxIntegrationId, 'sandbox']],
    experts: [expert],
    triggers: [first.sandboxIntegrationId],
  });
  expect(await seed({ ...options, openai })).toEqual(first);
  expect(await found()).toEqual(once);
});

test('where another key sealed them, the sandbox is set anew, and the expert where the environment names a service', async () => {
  await seed({ ...options, secretKey: randomBytes(32).toString('base64'), openai: SERVICE });
  const unreadable = async () => {
    const all = [...(await store.integrations.list(await scope(), PAGE)), ...(await store.experts.list(await scope(), PAGE))];
    return all.filter((one) => one.unreadable).map(({ name }) => name);
  };
  expect(await unreadable()).toHaveLength(2);
  await seed({ ...options, openai: NOTHING });
  expect(await unreadable()).toEqual(['Demo expert']);
  await seed({ ...options, openai: SERVICE });
  expect(await unreadable()).toEqual([]);
  expect((await found()).experts).toEqual([['openai', SERVICE, 2]]);
});

test('the expert follows the environment, and settings of its own stay', async () => {
  await seed({ ...options, openai: NOTHING });
  await seed({ ...options, openai: SERVICE });
  expect((await found()).experts).toEqual([['openai', SERVICE, 2]]);
  const [expert] = await store.experts.list(await scope(), PAGE);
  const config = { ...SERVICE, systemPrompt: 'Be brief.' };
  await store.experts.save(await scope(), expert!.id, { name: expert!.name, backend: 'openai', config });
  await seed({ ...options, openai: SERVICE });
  expect((await found()).experts).toEqual([['openai', config, 2]]);
  await seed({ ...options, openai: { ...SERVICE, model: 'newer' } });
  expect((await found()).experts).toEqual([['openai', { ...config, model: 'newer' }, 3]]);
  await seed({ ...options, openai: NOTHING });
  expect((await found()).experts).toEqual([['openai', { ...config, model: 'newer' }, 3]]);
});

test('what was renamed, disabled or set otherwise stays as it was left', async () => {
  const { sandboxIntegrationId } = await seed({ ...options, openai: NOTHING });
  await store.integrations.setEnabled(await scope(), sandboxIntegrationId, false);
  await seed({ ...options, openai: NOTHING });
  const [integration, ...others] = await store.integrations.list(await scope(), PAGE);
  expect([integration!.enabled, others]).toEqual([false, []]);
});
