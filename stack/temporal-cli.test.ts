import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type CliSources, cachedTemporalCli, findTemporalCli } from './temporal-cli';

let cacheDir: string;
let asked: string[];

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'parley-cache-'));
  asked = [];
});
afterEach(() => rmSync(cacheDir, { recursive: true }));

const sources = (given: { path?: string; download?: boolean; build?: boolean; slow?: number }): CliSources => {
  const make = (name: string, works: boolean | undefined) => async (file: string) => {
    asked.push(name);
    writeFileSync(file, 'half');
    await wait(given.slow ?? 0);
    if (!works) throw new Error(`${name} is impossible`);
    writeFileSync(file, name);
  };
  return {
    async onPath() {
      asked.push('path');
      return given.path;
    },
    download: make('download', given.download),
    build: make('build', given.build),
  };
};

test('a CLI on the PATH comes first', async () => {
  expect(await findTemporalCli({ cacheDir, sources: sources({ path: '/bin/temporal', download: true }) })).toBe('/bin/temporal');
  expect(asked).toEqual(['path']);
});

test('the cache comes before the download', async () => {
  writeFileSync(cachedTemporalCli(cacheDir), '', { mode: 0o755 });
  expect(await findTemporalCli({ cacheDir, sources: sources({ download: true }) })).toBe(cachedTemporalCli(cacheDir));
  expect(asked).toEqual(['path']);
});

test('what is downloaded stays in the cache', async () => {
  const options = { cacheDir: join(cacheDir, 'new'), sources: sources({ download: true, build: true }) };
  const file = await findTemporalCli(options);
  expect(readFileSync(file, 'utf8')).toBe('download');
  await findTemporalCli(options);
  expect(asked).toEqual(['path', 'download', 'path']);
});

test('it is built where it cannot be downloaded, and nothing half made is left', async () => {
  const file = await findTemporalCli({ cacheDir, sources: sources({ build: true }) });
  expect(readFileSync(file, 'utf8')).toBe('build');
  expect(asked).toEqual(['path', 'download', 'build']);
  expect(readdirSync(cacheDir)).toHaveLength(1);
});

test('where nothing works one sentence says why and what to do', async () => {
  await expect(findTemporalCli({ cacheDir, sources: sources({}) })).rejects.toThrow(
    'The Temporal CLI is neither on the PATH nor in the cache, and could not be fetched (download is impossible; build is impossible): ' +
      'install the Temporal CLI or Go 1.26, or set TEMPORAL_ADDRESS to a running server.',
  );
  expect(readdirSync(cacheDir)).toEqual([]);
});

test('two that start at once make it once', async () => {
  const options = { cacheDir, sources: sources({ build: true, slow: 20 }), pollEveryMs: 2 };
  const [one, other] = await Promise.all([findTemporalCli(options), findTemporalCli(options)]);
  expect(one).toBe(other);
  expect(existsSync(one)).toBe(true);
  expect(asked.filter((name) => name === 'build')).toHaveLength(1);
});
