import { existsSync, readFileSync } from 'node:fs';
import { join, parse as parsePath } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { loadConfig } from '../runtime/config';
import { ROOT } from '../stack/root';
import { RETENTION_DAYS, SEARCH_ATTRIBUTES } from '../stack/temporal';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const source = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const SECRETS = { POSTGRES_PASSWORD: 'c0ffee', PARLEY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
const VARIABLE = /\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\})/g;

/** The file as Compose sees it with these variables set: YAML first, then the variables in each text. */
function compose(env: Readonly<Record<string, string>> = SECRETS): Compose {
  const fill = (_: string, dollar: string | undefined, name: string, operator: string | undefined, rest: string): string => {
    if (dollar) return '$';
    if (env[name]) return env[name];
    if (operator !== '-') throw new Error(`${name}: ${rest}`);
    return rest;
  };
  const inside = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(VARIABLE, fill);
    if (Array.isArray(value)) return value.map(inside);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, inside(held)]));
  };
  return inside(parse(source, { merge: true })) as Compose;
}

const { services, volumes, configs } = compose();
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
const needs = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(services[name]?.depends_on ?? {}).map(([other, { condition }]) => [other, condition]));

test('it is a Compose file', () => {
  // The schema of the Compose Specification (Apache-2.0), as published with compose-go 2.16.2.
  const schema = JSON.parse(readFileSync(join(__dirname, 'support/compose-spec.json'), 'utf8')) as object;
  const duration = /^([\d.]+(us|ms|s|m|h))+$/;
  const validate = new Ajv({ strict: false, formats: { duration } }).compile(schema);
  validate(compose());
  expect(validate.errors ?? []).toEqual([]);
});

test.each(Object.keys(SECRETS))(
  'without %s nothing starts, and the message says how to make one; there are no default passwords',
  (name) => {
    expect(() => compose({ ...SECRETS, [name]: '' })).toThrow(/openssl rand/);
    expect(source.match(VARIABLE)?.filter((variable) => /PASSWORD|SECRET|PWD/.test(variable) && !variable.includes(':?'))).toEqual([]);
  },
);

test('every image has an exact version', () => {
  for (const { image } of Object.values(services)) expect(image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?$/);
  expect(services['temporal-schema']?.image.split(':')[1]).toBe(services.temporal?.image.split(':')[1]);
});

describe.each(ours)('our service %s', (_, { command = [], environment = {}, image, healthcheck }) => {
  test('runs a program that the build makes from our sources', () => {
    const [node, program = ''] = command;
    const { dir, name } = parsePath(program.replace(/^dist\//, ''));
    expect(node).toBe('node');
    expect(existsSync(join(ROOT, dir, `${name}.ts`))).toBe(true);
    expect(image).toBe(`parley:${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}`);
  });

  test('sets only what the configuration knows, to values it accepts', () => {
    const template = readFileSync(join(ROOT, '.env.example'), 'utf8');
    for (const name of Object.keys(environment)) expect(template).toMatch(new RegExp(`^${name}=`, 'm'));
    expect(loadConfig({ ...environment, TEMPORAL_CONFIG_FILE: '/does/not/exist' })).toMatchObject({
      temporal: { address: 'temporal:7233', namespace: 'parley' },
      embedded: false,
      sandbox: false,
      metricsPort: 9464,
    });
  });

  test('is asked whether it is ready, on the port where it says so', () => {
    if (command.includes('dist/stack/migrate.js')) expect(healthcheck).toEqual({ disable: true });
    else expect(healthcheck?.test?.at(-1)).toContain(`http://127.0.0.1:${environment.METRICS_PORT}/readyz`);
  });
});

test('what is set from outside does arrive', () => {
  const given = {
    PARLEY_PUBLIC_URL: 'https://parley.example.com',
    PARLEY_SANDBOX: 'true',
    PARLEY_CONNECTION_SLOTS: '7',
    LOG_LEVEL: 'debug',
  };
  const environment = compose({ ...SECRETS, ...given }).services['connections-2']?.environment ?? {};
  const config = loadConfig({ ...environment, TEMPORAL_CONFIG_FILE: '/does/not/exist' });
  expect(config).toMatchObject({ publicUrl: 'https://parley.example.com', sandbox: true, connectionSlots: 7, logLevel: 'debug' });
  expect(config).toMatchObject({ processName: 'connections-2', databaseUrl: 'postgres://parley:c0ffee@postgres:5432/parley' });
});

test('all processes run: one gateway, one worker, and two holders of connections under different names', () => {
  const running = ours.filter(([name]) => name !== 'migrate').map(([name, { command }]) => [name, command?.slice(1).join(' ')]);
  expect(Object.fromEntries(running)).toEqual({
    gateway: 'dist/gateway/main.js',
    worker: 'dist/workers/main.js conversations',
    'connections-1': 'dist/workers/main.js connections',
    'connections-2': 'dist/workers/main.js connections',
  });
  for (const [name] of running) expect(services[String(name)]?.environment?.PARLEY_PROCESS).toBe(name);
});

test('everything waits for what it needs', () => {
  const parleyNeeds = {
    postgres: 'service_healthy',
    temporal: 'service_healthy',
    'temporal-namespace': 'service_completed_successfully',
    migrate: 'service_completed_successfully',
  };
  for (const name of ['gateway', 'worker', 'connections-1', 'connections-2']) expect(needs(name)).toEqual(parleyNeeds);
  expect(needs('migrate')).toEqual({ postgres: 'service_healthy' });
  expect(needs('temporal-schema')).toEqual({ postgres: 'service_healthy' });
  expect(needs('temporal')).toEqual({ 'temporal-schema': 'service_completed_successfully' });
  expect(needs('temporal-namespace')).toEqual({ temporal: 'service_healthy' });
  expect(needs('temporal-ui')).toEqual({ temporal: 'service_healthy' });
  for (const name of Object.keys(services)) {
    for (const [other, condition] of Object.entries(needs(name))) {
      if (condition === 'service_healthy') expect(services[other]?.healthcheck?.test).toBeDefined();
      else expect(services[other]?.restart).toMatch(/^on-failure/);
    }
  }
});

test('only the gateway can be reached from another machine', () => {
  const open = Object.entries(services).filter(([, { ports = [] }]) => ports.some((port) => !port.startsWith('127.0.0.1:')));
  expect(open.map(([name]) => name)).toEqual(['gateway']);
});

test('what must not be lost lies on a named volume', () => {
  expect(Object.keys(volumes)).toEqual(['postgres-data', 'attachments']);
  for (const [, { volumes: mounted, environment }] of ours) {
    expect(mounted).toEqual(['attachments:/attachments']);
    expect(environment?.PARLEY_ATTACHMENTS).toBe('/attachments');
  }
  expect(dockerfile).toMatch(/--owner=node .* \/attachments$/m);
  expect(services.postgres?.volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
});

test('Temporal is set up as the embedded one is', () => {
  const script = services['temporal-namespace']?.command?.join('\n') ?? '';
  // The command line takes a type for each name and silently leaves out names without one.
  for (const name of SEARCH_ATTRIBUTES) expect(script).toContain(`--name ${name} --type Keyword`);
  expect(script).toContain(`--retention ${RETENTION_DAYS}d`);
  expect(services.temporal?.environment).toMatchObject({ DB: 'postgres12', NUM_HISTORY_SHARDS: '512' });
  const dynamic = parse(configs['temporal-dynamic-config']?.content ?? '') as Record<string, [{ value: unknown }]>;
  expect(dynamic['limit.maxIDLength']).toEqual([{ value: 255 }]);
});

test('the image runs as nobody special, on glibc, under an init, and says whether its process lives', () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set(stages)).toEqual(new Set(['node:20-bookworm-slim']));
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^ENTRYPOINT \["\/usr\/bin\/tini", "--"\]$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK [\s\S]*METRICS_PORT\}\/healthz/m);
  expect(dockerfile).toContain('--max-old-space-size');
  expect(dockerfile).toMatch(/npm ci --omit=dev/);
});
