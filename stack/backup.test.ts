import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadSettings } from '../runtime/config';
import { migrateTo, pendingMigrations } from '../store/migrate';
import { createApiTester, until } from '../tests/support/api';
import { startStack } from '../tests/support/stack';
import { backUp } from './backup';
import { withPostgres } from './postgres-alone';
import { restore } from './restore';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'parley-backup-'));
const said: string[] = [];
const say = (line: string): void => void said.push(line);
const settingsOf = (dataDir: string) => loadSettings({ PARLEY_DATA_DIR: dataDir });
const plain = { replace: false, databaseOnly: false };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Number of rows and a checksum of each table's content. */
async function content(url: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^(knex|budgets|sign_in_attempts)'",
  );
  const found: Record<string, string> = {};
  for (const { name } of rows)
    found[name] = (
      await client.query<{ sum: string }>(
        `SELECT count(*) || '/' || COALESCE(md5(string_agg(t::text, ',' ORDER BY t::text)), '') AS sum FROM "${name}" t`,
      )
    ).rows[0]!.sum;
  await client.end();
  return found;
}

test('a stack is backed up while it runs and when it is stopped, and goes on from either elsewhere', async () => {
  const [here, there] = [join(folder, 'here'), join(folder, 'there')];
  const running = await startStack({ dataDir: here });
  const api = createApiTester(running);
  const { integrationId } = await api.newTalk();
  await api.say(integrationId, 'before the backup');
  await api.answered(integrationId);
  const hot = join(folder, 'hot');
  const manifest = await backUp(settingsOf(here), hot, { withKey: false }, say);
  expect(manifest).toMatchObject({ temporal: false, secretKey: false, keyIds: [expect.stringMatching(/^[0-9a-f]{8}$/)] });
  expect(said.join('\n')).toContain(join(here, 'secret.key'));
  expect(readdirSync(hot)).not.toContain('secret.key');
  expect(statSync(hot).mode & 0o077).toBe(0);
  await expect(backUp(settingsOf(here), hot, { withKey: false }, say)).rejects.toMatchObject({ code: 'not_empty' });
  await expect(restore(settingsOf(here), hot, plain, say)).rejects.toMatchObject({ code: 'already_running' });
  await running.stop();

  const cold = join(folder, 'cold');
  expect(await backUp(settingsOf(here), cold, { withKey: true }, say)).toMatchObject({ temporal: true, secretKey: true });
  await expect(restore(settingsOf(here), cold, plain, say)).rejects.toMatchObject({ code: 'not_empty' });
  await expect(restore(settingsOf(there), hot, plain, say)).rejects.toMatchObject({ code: 'no_key' });
  await restore(settingsOf(there), cold, plain, say);

  const restored = await startStack({ dataDir: there });
  const again = createApiTester({ ...restored, api: restored.api });
  const open = await until(async () => (await again.call('GET', `conversations?integrationId=${integrationId}&state=open`)).body.items[0]);
  await again.say(integrationId, 'after it');
  expect(await again.answered(integrationId, 2)).toMatchObject({ id: open.id });
  await restored.stop();

  // Without Temporal's data the open session has ended, and the next message begins another.
  await restore({ ...settingsOf(there) }, hot, { replace: true, databaseOnly: false }, say);
  expect(readdirSync(there).some((name) => name.startsWith('before-restore-'))).toBe(true);
  const bare = await startStack({ dataDir: there });
  const third = createApiTester(bare);
  await third.say(integrationId, 'without Temporal’s data');
  const fresh = await until(async () => {
    const [newest] = (await third.call('GET', `conversations?integrationId=${integrationId}&state=open`)).body.items;
    return newest && newest.id !== open.id && newest;
  });
  await until(async () => (await third.call('GET', `conversations/${fresh.id}`)).body.turns.every(({ state }) => state === 'done'));
  await bare.stop();
});

test('every row of every table comes back as it was', async () => {
  const source = join(folder, 'there');
  const [copy, twice] = [join(folder, 'copy'), join(folder, 'twice')];
  await backUp(settingsOf(source), copy, { withKey: true }, say);
  await restore(settingsOf(twice), copy, plain, say);
  const before = await withPostgres(source, content);
  expect(Object.values(before).filter((sum) => !sum.startsWith('0/')).length).toBeGreaterThan(12);
  expect(await withPostgres(twice, content)).toEqual(before);
  expect(existsSync(join(twice, 'temporal.db'))).toBe(true);

  const told = JSON.parse(readFileSync(join(copy, 'backup.json'), 'utf8'));
  writeFileSync(join(copy, 'backup.json'), JSON.stringify({ ...told, migrations: [...told.migrations, '29990101000000_future'] }));
  await expect(restore(settingsOf(join(folder, 'fourth')), copy, plain, say)).rejects.toMatchObject({ code: 'too_new' });
  writeFileSync(join(copy, 'backup.json'), JSON.stringify({ ...told, keyIds: ['00000000'] }));
  await expect(restore(settingsOf(join(folder, 'fifth')), copy, plain, say)).rejects.toMatchObject({ code: 'wrong_key' });
});

test('a backup of an older version is brought forward', async () => {
  const [older, copy, newer] = [join(folder, 'older'), join(folder, 'older-copy'), join(folder, 'newer')];
  const settings = (dataDir: string) => ({ ...settingsOf(dataDir), secretKey: Buffer.alloc(32).toString('base64') });
  mkdirSync(older);
  const all = await withPostgres(older, pendingMigrations);
  await withPostgres(older, async (url) => await migrateTo(url, all.slice(0, -1)));
  expect((await backUp(settings(older), copy, { withKey: false }, say)).migrations).toEqual(all.slice(0, -1));
  said.length = 0;
  await restore(settings(newer), copy, plain, say);
  expect(said).toContain('Brought forward by 1 migrations to this version.');
  expect(await withPostgres(newer, pendingMigrations)).toEqual([]);
});
