import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecrets, keyIds } from '../store/secrets';
import { createDesk, createWorld, type World } from '../tests/support/world';
import { dumpDatabase } from './dump';

let world: World;
const folder = mkdtempSync(join(tmpdir(), 'parley-dump-'));

beforeAll(async () => {
  world = await createWorld();
  mkdirSync(join(folder, 'database'));
}, 60_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world?.close();
});

test('a dump names the key of whatever is sealed', async () => {
  const { store, scope } = world;
  await createDesk(world);
  await store.alerts.create(scope, {
    ...{ name: 'hook', channel: 'webhook', config: {}, kinds: ['events_unended'], language: 'en', enabled: true },
    ...{ downAfterSeconds: 60, failuresInRow: 3 },
  });
  const keys: string[] = [];
  for (const [table, column] of [
    ['integrations', 'config'],
    ['integrations', 'people_secrets'],
    ['experts', 'config'],
    ['expert_versions', 'config'],
    ['alerts', 'config'],
    ['tenants', 'single_sign_on'],
  ] as const) {
    const key = randomBytes(32).toString('base64');
    await store.db.raw(`UPDATE ${table} SET ${column} = ?`, [createSecrets(key).seal({})]);
    keys.push(key);
  }
  const dump = await dumpDatabase(world.databaseUrl, folder);
  expect([...dump.keyIds].sort()).toEqual([...keyIds(keys.join())].sort());
});
