import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { moment, nameField, unfit } from './checking';
import type { Settings } from './masking';

export const FORMAT = 'parley/configuration';
export const FORMAT_VERSION = 1;
const MASK = '***';

const settings = z.record(z.string(), z.unknown());
const named = { name: nameField };
/** Integrations are named, for their ids are others elsewhere. */
const trigger = settings.meta({
  description: 'As in the API, with `integration`, the name of one in this file, in place of `integrationId`',
});
const content = { backend: z.string(), config: settings.default({}), triggers: z.array(trigger).max(1000).default([]) };

const integration = z.strictObject({
  ...{ ...named, channel: z.string(), mode: z.string(), config: settings.default({}), appearance: settings.default({}) },
  ...{ people: settings.default({}), enabled: z.boolean().default(true) },
});
const expert = z.strictObject({
  ...{ ...named, ...content },
  published: z.strictObject(content).nullable().default(null).meta({ description: 'What answers now; null leaves that as it is' }),
});
const alert = settings.meta({ description: 'As in the API; the config of a chat names its `integration`' });
const limit = settings.meta({
  description: 'As in the API, with the names `expert` and `integration` in place of ids; none of one person',
});
const sealed = z.strictObject({
  ...{
    kdf: z.literal('scrypt'),
    N: z
      .int()
      .min(1024)
      .max(1 << 17),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(4),
  },
  ...{ salt: z.base64(), nonce: z.base64(), tag: z.base64(), data: z.base64() },
});

const lists = {
  ...{ integrations: z.array(integration).max(1000), experts: z.array(expert).max(1000), alerts: z.array(alert).max(1000) },
  limits: z.array(limit).max(1000),
};
const head = { format: z.literal(FORMAT), version: z.literal(FORMAT_VERSION), exportedAt: moment.optional() };

/** A file as it is taken: what it does not speak of stays as it is. */
export const configurationFile = z.strictObject({
  ...head,
  ...{ integrations: lists.integrations.default([]), experts: lists.experts.default([]), alerts: lists.alerts.default([]) },
  limits: lists.limits.default([]),
  secrets: sealed.nullable().default(null).meta({ description: 'Opened by the passphrase; by place in this file' }),
});
export type ConfigurationFile = z.output<typeof configurationFile>;

/** The same as an answer; of its content records keep nothing. */
export const configurationAnswer = z.object({
  ...head,
  ...{
    integrations: lists.integrations.meta({ secret: true }),
    experts: lists.experts.meta({ secret: true }),
    alerts: lists.alerts.meta({ secret: true }),
    limits: lists.limits.meta({ secret: true }),
  },
  secrets: sealed.nullable().meta({ secret: true }),
});

/** Secrets by the place of what they belong to, such as `experts.Support.published`. */
export type SecretsByPlace = Readonly<Record<string, Settings>>;

/** Takes apart what is shown masked: what anybody may read, and the secrets alone, each in its own place. */
export function apart(masked: Settings, real: Settings): { readonly plain: Settings; readonly secret: Settings } {
  const plain: Record<string, unknown> = {};
  const secret: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(masked)) {
    const own = real[name];
    if (value === MASK) secret[name] = own;
    else if (isSettings(value) && isSettings(own)) {
      const inner = apart(value, own);
      plain[name] = inner.plain;
      if (Object.keys(inner.secret).length > 0) secret[name] = inner.secret;
    } else plain[name] = value;
  }
  return { plain, secret };
}

/** The reverse of {@link apart}. */
export function together(plain: Settings, secret: Settings): Settings {
  const merged: Record<string, unknown> = { ...plain };
  for (const [name, value] of Object.entries(secret)) {
    const own = merged[name];
    merged[name] = isSettings(value) ? (isSettings(own) ? together(own, value) : own) : value;
  }
  return merged;
}

const isSettings = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value);

const COST = { N: 1 << 15, r: 8, p: 1 } as const;

/** Seals with a key that only the passphrase gives: scrypt, AES-256-GCM. */
export async function sealSecrets(secrets: SecretsByPlace, passphrase: string): Promise<z.output<typeof sealed>> {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt, COST), nonce);
  const data = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return { kdf: 'scrypt', ...COST, salt: text(salt), nonce: text(nonce), tag: text(cipher.getAuthTag()), data: text(data) };
}

/** @throws Refusal 422 without the right passphrase */
export async function openSecrets({ secrets }: ConfigurationFile, passphrase: string | undefined): Promise<SecretsByPlace> {
  if (!secrets) return {};
  if (passphrase === undefined) throw unfit([{ path: 'passphrase', message: 'is needed: the file has sealed secrets' }]);
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  try {
    const key = await keyOf(passphrase, bytes(secrets.salt), secrets);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes(secrets.nonce));
    decipher.setAuthTag(bytes(secrets.tag));
    return JSON.parse(Buffer.concat([decipher.update(bytes(secrets.data)), decipher.final()]).toString('utf8')) as SecretsByPlace;
  } catch {
    throw unfit([{ path: 'passphrase', message: 'does not open the secrets of this file' }]);
  }
}

const keyOf = (
  passphrase: string,
  salt: Buffer,
  { N, r, p }: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer): void => (error ? reject(error) : resolve(key));
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, done);
  });
