import { existsSync } from 'node:fs';
import { homedir, hostname, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../domain/errors';
import { type AccessSettings, accessSettings, accessVariables } from './access-settings';
import { type AttachmentSettings, attachmentSettings, attachmentVariables } from './attachment-settings';
import { type MailSettings, mailSettings, mailVariables } from './mail-settings';
import { type TemporalSettings, temporalSettings, temporalVariables } from './temporal-settings';

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything a process can be told from outside. */
export interface Config extends Settings {
  /** `postgres://user:password@host:port/database` */
  readonly databaseUrl: string;
  /** Keys of 32 bytes in base64, separated by commas: the first seals, all open. */
  readonly secretKey: string;
}

/** What is known before there is a database and a key: the embedded stack makes those itself. */
export interface Settings extends TemporalSettings {
  readonly databaseUrl: string | undefined;
  readonly secretKey: string | undefined;
  /** Where a person finds the Temporal UI, without a slash at the end. */
  readonly temporalUiUrl: string | undefined;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Public HTTPS base of callback URLs, without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly sandbox: boolean;
  readonly logLevel: LogLevel;
  /** Who this process is, in logs, in the status of connections and in Temporal: `<role>@<host>` unless given. */
  readonly processName: string;
  /** True in the children of the embedded stack. */
  readonly embedded: boolean;
  /** Seed of the demo expert. */
  readonly openai: { readonly baseUrl: string | undefined; readonly apiKey: string | undefined; readonly model: string | undefined };
  readonly attachments: AttachmentSettings;
  readonly access: AccessSettings;
  readonly mail: MailSettings | undefined;
  /** Sockets one connections worker holds at most. */
  readonly connectionSlots: number;
  /** Answers one conversations worker gives at the same time. */
  readonly answerSlots: number;
  /** File of the workflows' code, made by the build. */
  readonly workflowBundlePath: string;
  /** Packages with channels or backends: names of npm packages, or folders. */
  readonly plugins: readonly string[];
  /** Folder of the built console. */
  readonly consoleDir: string;
}

export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const KEY_ADVICE = 'make one with: openssl rand -base64 32';

const port = z.coerce
  .number('is not a port')
  .int('is not a port')
  .min(0, 'is not a port')
  .max(65535, 'is not a port')
  .describe('Use a number from 1 to 65535.');
const slots = z.coerce
  .number('is not a number')
  .int('is not a whole number')
  .min(1, 'is too small')
  .max(100_000, 'is too large')
  .describe('Use a whole number from 1 to 100000.');
const flag = z.stringbool({ error: 'is neither on nor off' }).describe('Use true or false.');
const folder = z.string().transform((path) => resolve(path));
const webUrl = z
  .url({ protocol: /^https?$/, error: 'is not a web address' })
  .transform((url) => url.replace(/\/+$/, ''))
  .describe('Use an address such as https://parley.example.com.');

const databaseUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:$/.test(protocolOf(text)), 'is not the address of a Postgres database')
  .describe('Use postgres://user:password@host:5432/database.');

const secretKey = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim().replace(/^[\w.-]+:/, '')))
  .refine((keys) => keys.every((key) => Buffer.from(key, 'base64').length === 32), 'is not 32 bytes in base64')
  .transform((keys) => keys.join(','))
  .describe(`Put several keys, the current one first, between commas; ${KEY_ADVICE}`);

const environment = z.object({
  DATABASE_URL: databaseUrl.optional(),
  ...temporalVariables,
  PARLEY_TEMPORAL_UI_URL: webUrl.optional(),
  PORT: port.default(3000),
  METRICS_PORT: port.optional(),
  PARLEY_PUBLIC_URL: webUrl.optional(),
  PARLEY_SECRET_KEY: secretKey.optional(),
  PARLEY_DATA_DIR: folder.default(resolve('.parley')),
  PARLEY_CACHE_DIR: folder.default(defaultCacheDir()),
  PARLEY_SANDBOX: flag.default(false),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, 'is not a log level')
    .default('info')
    .describe(`Use one of: ${LOG_LEVELS.join(', ')}.`),
  PARLEY_PROCESS: z.string().optional(),
  PARLEY_EMBEDDED: flag.default(false),
  OPENAI_BASE_URL: webUrl.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_MODEL: z.string().optional(),
  ...accessVariables,
  ...mailVariables,
  ...attachmentVariables,
  PARLEY_CONNECTION_SLOTS: slots.default(50),
  PARLEY_ANSWER_SLOTS: slots.default(200),
  PARLEY_WORKFLOW_BUNDLE: folder.default(resolve('build/workflows.js')),
  PARLEY_PLUGINS: z
    .string()
    .default('')
    .transform((names) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  PARLEY_CONSOLE_DIR: folder.default(resolve('build/console')),
});

/**
 * Reads the settings of one process; nothing else reads the environment.
 * @param role names the process where PARLEY_PROCESS does not.
 * @throws ConfigError with one sentence that says which value is wrong, why and what to do.
 */
export function loadConfig(env: Environment = readEnvironment(), role = 'parley'): Config {
  const settings = loadSettings(env, role);
  if (!settings.databaseUrl) throw missing('DATABASE_URL', 'Set it to postgres://user:password@host:5432/database.');
  if (!settings.secretKey) throw missing('PARLEY_SECRET_KEY', `It seals the credentials of integrations: ${KEY_ADVICE}`);
  return { ...settings, databaseUrl: settings.databaseUrl, secretKey: settings.secretKey };
}

/** As {@link loadConfig}, for those who come without a database or a key. */
export function loadSettings(env: Environment = readEnvironment(), role = 'parley'): Settings {
  // An empty value means "not set": that is what compose files and .env templates leave behind.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== '')) as Record<
    string,
    string
  >;
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw wrong(parsed.error.issues[0]!);
  const values = parsed.data;
  const temporal = temporalSettings(given);
  return {
    databaseUrl: values.DATABASE_URL,
    secretKey: values.PARLEY_SECRET_KEY,
    ...temporal,
    temporalUiUrl: values.PARLEY_TEMPORAL_UI_URL,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    publicUrl: values.PARLEY_PUBLIC_URL,
    dataDir: values.PARLEY_DATA_DIR,
    cacheDir: values.PARLEY_CACHE_DIR,
    sandbox: values.PARLEY_SANDBOX,
    logLevel: values.LOG_LEVEL,
    processName: values.PARLEY_PROCESS ?? `${role}@${hostname()}`,
    embedded: values.PARLEY_EMBEDDED,
    openai: { baseUrl: values.OPENAI_BASE_URL, apiKey: values.OPENAI_API_KEY, model: values.OPENAI_MODEL },
    access: accessSettings(values),
    mail: mailSettings(values),
    attachments: attachmentSettings(values),
    connectionSlots: values.PARLEY_CONNECTION_SLOTS,
    answerSlots: values.PARLEY_ANSWER_SLOTS,
    workflowBundlePath: values.PARLEY_WORKFLOW_BUNDLE,
    plugins: values.PARLEY_PLUGINS,
    consoleDir: values.PARLEY_CONSOLE_DIR,
  };
}

/** The environment of this process, with what an `.env` file in the working folder adds to it. */
export function readEnvironment(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** Names the value and never repeats it: it may be a secret. */
function wrong({ path, message }: z.core.$ZodIssue): ConfigError {
  const name = String(path[0]);
  const advice = descriptionOf(name);
  return new ConfigError('bad_setting', `${name} ${message}.${advice ? ` ${advice}` : ''}`);
}

function descriptionOf(name: string): string | undefined {
  let schema: unknown = (environment.shape as Record<string, unknown>)[name];
  while (schema instanceof z.ZodType) {
    if (schema.description) return schema.description;
    schema = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : undefined;
  }
  return undefined;
}

// URL.parse needs a newer Node than the oldest one supported.
function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

function missing(name: string, advice: string): ConfigError {
  return new ConfigError('missing_setting', `${name} is not set. ${advice}`);
}

function defaultCacheDir(): string {
  const home = homedir();
  const base = process.env.XDG_CACHE_HOME || (platform() === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache'));
  return join(base, 'parley');
}
