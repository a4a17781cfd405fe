import { ConfigError } from '../domain/errors';
import { loadConfig, loadSettings } from './config';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const needed = { DATABASE_URL: 'postgres://a:b@localhost/parley', PARLEY_SECRET_KEY: key(1), TEMPORAL_CONFIG_FILE: '/does/not/exist' };

const sentence = (env: Record<string, string>): string => {
  try {
    loadConfig({ ...needed, ...env });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return 'accepted';
};

test('a database and a key are all a process needs', () => {
  const config = loadConfig(needed, 'gateway');
  expect(config).toMatchObject({ port: 3000, sandbox: false, embedded: false, logLevel: 'info', connectionSlots: 50, answerSlots: 200 });
  expect(config.temporal).toEqual({ address: 'localhost:7233', namespace: 'default' });
  expect(config.processName).toMatch(/^gateway@./);
  expect(config.metricsPort).toBeUndefined();
});

test('an empty value means that it is not set', () => {
  expect(loadConfig({ ...needed, PORT: '', METRICS_PORT: ' ', OPENAI_MODEL: '' })).toMatchObject({
    port: 3000,
    metricsPort: undefined,
    openai: { model: undefined },
  });
});

test.each([
  [{ PORT: 'http' }, 'PORT is not a port. Use a number from 1 to 65535.'],
  [{ PORT: '70000' }, 'PORT is not a port. Use a number from 1 to 65535.'],
  [
    { DATABASE_URL: 'mysql://x' },
    'DATABASE_URL is not the address of a Postgres database. Use postgres://user:password@host:5432/database.',
  ],
  [{ DATABASE_URL: '' }, 'DATABASE_URL is not set. Set it to postgres://user:password@host:5432/database.'],
  [
    { PARLEY_SECRET_KEY: '' },
    'PARLEY_SECRET_KEY is not set. It seals the credentials of integrations: make one with: openssl rand -base64 32',
  ],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is not a log level. Use one of: trace, debug, info, warn, error, fatal, silent.'],
  [{ PARLEY_SANDBOX: 'perhaps' }, 'PARLEY_SANDBOX is neither on nor off. Use true or false.'],
  [
    { TEMPORAL_ADDRESS: 'http://localhost:7233' },
    'TEMPORAL_ADDRESS is not host:port. Use host:port without http://, such as temporal.example.com:7233.',
  ],
  [{ PARLEY_PUBLIC_URL: 'parley' }, 'PARLEY_PUBLIC_URL is not a web address. Use an address such as https://parley.example.com.'],
  [{ PARLEY_ATTACHMENTS: 'https://files' }, 'PARLEY_ATTACHMENTS is neither a folder nor a bucket. Use a folder, or s3://bucket/prefix.'],
  [{ PARLEY_ATTACHMENT_MB: 'big' }, 'PARLEY_ATTACHMENT_MB is not a number. Use a number of megabytes up to 1024.'],
  [
    { PARLEY_ATTACHMENT_TYPES: 'images' },
    'PARLEY_ATTACHMENT_TYPES is not a list of media types. Use types with * for anything between commas, such as image/*,application/pdf.',
  ],
  [{ PARLEY_ANSWER_SLOTS: '0' }, 'PARLEY_ANSWER_SLOTS is too small. Use a whole number from 1 to 100000.'],
])('a wrong value is refused with one sentence that says which, why and what to do: %j', (env, expected) => {
  expect(sentence(env as unknown as Record<string, string>)).toBe(expected);
});

test('a wrong secret is never repeated', () => {
  expect(sentence({ PARLEY_SECRET_KEY: 'hunter2' })).toMatch(/^PARLEY_SECRET_KEY is not 32 bytes in base64\./);
  expect(sentence({ PARLEY_SECRET_KEY: 'hunter2' })).not.toContain('hunter2');
  expect(sentence({ DATABASE_URL: 'hunter2' })).not.toContain('hunter2');
});

test('several keys may have names; the current one stays first', () => {
  expect(loadConfig({ ...needed, PARLEY_SECRET_KEY: `new:${key(2)}, old:${key(1)}` }).secretKey).toBe(`${key(2)},${key(1)}`);
});

test('the rest of the Temporal settings reaches the connection', () => {
  const config = loadConfig({ ...needed, TEMPORAL_ADDRESS: 'cloud.example.com:7233', TEMPORAL_NAMESPACE: 'chats', TEMPORAL_API_KEY: 'k' });
  expect(config.temporal).toEqual({ address: 'cloud.example.com:7233', namespace: 'chats' });
  expect(config.temporalConnection).toMatchObject({ address: 'cloud.example.com:7233', apiKey: 'k', tls: true });
});

test('attachments are kept in the data folder, in another one, or in a bucket', () => {
  const at = (env: Record<string, string>) => loadConfig({ ...needed, ...env }).attachments.at;
  expect(at({ PARLEY_DATA_DIR: '/data' })).toEqual({ kind: 'folder', path: '/data/attachments' });
  expect(at({ PARLEY_ATTACHMENTS: '/mnt/files' })).toEqual({ kind: 'folder', path: '/mnt/files' });
  const bucket = { kind: 's3', bucket: 'parley', prefix: '', endpoint: undefined, region: 'us-east-1', pathStyle: false };
  expect(at({ PARLEY_ATTACHMENTS: 's3://parley' })).toEqual(bucket);
  const server = { AWS_ENDPOINT_URL_S3: 'https://oss.example.com/', AWS_REGION: 'cn-1' };
  const there = { ...bucket, prefix: 'a/b/', endpoint: 'https://oss.example.com', region: 'cn-1', pathStyle: true };
  expect(at({ ...server, PARLEY_ATTACHMENTS: 's3://parley/a/b/' })).toEqual(there);
  expect(at({ ...server, PARLEY_ATTACHMENTS: 's3://parley/a/b?style=virtual' })).toEqual({ ...there, pathStyle: false });
  expect(loadConfig({ ...needed, PARLEY_ATTACHMENT_MB: '0.5' }).attachments).toMatchObject({ maxFileBytes: 524_288, maxTurnFiles: 10 });
});

test('the embedded stack needs neither a database nor a key', () => {
  expect(loadSettings({ TEMPORAL_CONFIG_FILE: '/does/not/exist' })).toMatchObject({ databaseUrl: undefined, secretKey: undefined });
});
