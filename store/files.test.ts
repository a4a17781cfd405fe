import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Files, type FilesAt, openFiles } from './files';
import { type S3Emulator, startS3Emulator } from './s3.emulator';

const KEY = 'AWS_ACCESS_KEY_ID';
const SECRET = 'AWS_SECRET_ACCESS_KEY';
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret/of+tests' };
const before = { [KEY]: process.env[KEY], [SECRET]: process.env[SECRET] };
let s3: S3Emulator;
let folder: string;

beforeAll(async () => {
  s3 = await startS3Emulator('parley', credentials);
  folder = mkdtempSync(join(tmpdir(), 'parley-files-'));
  process.env[KEY] = credentials.accessKeyId;
  process.env[SECRET] = credentials.secretAccessKey;
});
afterAll(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true, force: true });
  await s3?.close();
});

const bucket = (more: object = {}): FilesAt => ({
  ...{ kind: 's3', bucket: 'parley', prefix: 'attachments/', endpoint: s3.url, region: 'cn-test-1', pathStyle: true, ...more },
});
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));

describe.each<[string, () => Files]>([
  ['a folder', () => openFiles({ kind: 'folder', path: join(folder, 'attachments') })],
  ['a bucket', () => openFiles(bucket())],
])('%s of attachments', (_name, open) => {
  it('gives back what was put, byte for byte, from any process', async () => {
    await open().put('org/ab/one', bytes, 'image/png');
    expect((await open().get('org/ab/one'))?.equals(bytes)).toBe(true);
    expect(await open().has('org/ab/one')).toBe(true);
  });

  it('replaces what was there', async () => {
    await open().put('org/ab/two', Buffer.from('old'));
    await open().put('org/ab/two', Buffer.from('new'));
    expect((await open().get('org/ab/two'))?.toString()).toBe('new');
  });

  it('has nothing under other keys', async () => {
    expect(await open().get('org/ab/none')).toBeUndefined();
    expect(await open().has('org/ab/none')).toBe(false);
  });

  it('removes, and does not mind what is gone already', async () => {
    const keys = Array.from({ length: 20 }, (_, n) => `org/cd/${n}`);
    for (const key of keys.slice(1)) await open().put(key, Buffer.from('x'));
    await open().remove(keys);
    expect(await Promise.all(keys.map((key) => open().has(key)))).toEqual(keys.map(() => false));
  });

  it('removes all below a folder, and nothing beside it', async () => {
    for (const key of ['gone/a', 'gone/b/c', 'gone/b/d', 'gone-not/a']) await open().put(key, Buffer.from('x'));
    await open().removeAll('gone');
    await open().removeAll('never-there');
    const there = await Promise.all(['gone/a', 'gone/b/c', 'gone/b/d', 'gone-not/a'].map((key) => open().has(key)));
    expect(there).toEqual([false, false, false, true]);
  });

  it('never leaves its place', async () => {
    for (const key of ['../secret.key', '/etc/passwd', 'a/../../b', '', 'a//b', '.hidden'])
      await expect(open().get(key)).rejects.toMatchObject({ code: 'bad_file_key' });
  });

  it('proves that it works', async () => {
    await open().check();
  });
});

it('a folder keeps files from other users of the machine, and leaves no halves', async () => {
  const path = join(folder, 'private');
  await openFiles({ kind: 'folder', path }).put('a/b', bytes);
  expect(statSync(join(path, 'a', 'b')).mode & 0o077).toBe(0);
  expect(readdirSync(join(path, 'a'))).toEqual(['b']);
});

it('a folder that is none says what to mend', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  await expect(openFiles({ kind: 'folder', path }).put('a/b', bytes)).rejects.toMatchObject({
    message: expect.stringMatching(/PARLEY_ATTACHMENTS.*\((ENOTDIR|EEXIST)\)/),
  });
});

describe('a bucket', () => {
  it('holds objects under its prefix with their type', async () => {
    await openFiles(bucket()).put('org/typed', bytes, 'image/png');
    expect(s3.objects.get('attachments/org/typed')).toMatchObject({ type: 'image/png' });
  });

  it('is asked again after a failure of the server', async () => {
    await openFiles(bucket()).put('org/again', bytes);
    s3.fail(503, 2);
    expect((await openFiles(bucket()).get('org/again'))?.equals(bytes)).toBe(true);
  });

  it('says retryably that the server fails', async () => {
    s3.fail(500, 3);
    await expect(openFiles(bucket()).get('org/again')).rejects.toMatchObject({ code: 'files_away', retryable: true });
    s3.fail(0, 0);
  });

  it('says that nobody listens', async () => {
    const away = openFiles(bucket({ endpoint: 'http://127.0.0.1:1' }));
    await expect(away.put('org/away', bytes)).rejects.toMatchObject({ code: 'files_away', retryable: true });
  });

  it('says that the credentials are wrong, without repeating them', async () => {
    process.env[SECRET] = 'another';
    const refused = await openFiles(bucket())
      .put('org/refused', bytes)
      .catch((error: unknown) => error);
    process.env[SECRET] = credentials.secretAccessKey;
    expect(refused).toMatchObject({ code: 'files_refused', retryable: false, message: expect.stringMatching(/403.*credentials/) });
    expect(String(refused)).not.toMatch(/another|AKIATEST|org\/refused/);
  });

  it('says that the bucket does not exist', async () => {
    const missing = openFiles(bucket({ bucket: 'elsewhere' }));
    await expect(missing.put('a/b', bytes)).rejects.toMatchObject({ message: expect.stringMatching(/no bucket elsewhere/) });
    await expect(missing.check()).rejects.toMatchObject({ code: 'files_refused' });
  });
});
