import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ConfigError } from '../domain/errors';

/** Seals settings before they reach the database: AES-256-GCM, a random nonce, and the id of the key so that keys can be rotated. */
export interface Secrets {
  seal(value: unknown): string;
  open<T>(sealed: string): T;
}

/** Settings that the database holds sealed. */
export interface Opened {
  /** Secrets included; empty where they cannot be opened. Never answer with them, see `gateway/api/masking.ts`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Why they cannot be, and what to do. */
  readonly unreadable?: string;
}

/** A row with its settings opened where that can be: one whose key is gone must hold up no other, and has more than its settings. */
export const opened = <T extends { readonly config: string }>(secrets: Secrets, found: T): Omit<T, 'config'> & Opened => ({
  ...found,
  ...openedSettings(secrets, found.config),
});

function openedSettings(secrets: Secrets, sealed: string): Opened {
  try {
    return { config: secrets.open<Opened['config']>(sealed) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: {}, unreadable: error.message };
  }
}

/**
 * @param keys one or more keys of 32 bytes in base64, separated by commas: the first seals, all open.
 */
export function createSecrets(keys: string): Secrets {
  const ring = keys.split(',').map((text) => toKey(text.trim()));
  const byId = new Map(ring.map((key) => [keyId(key), key]));
  const current = ring[0]!;
  return {
    seal(value) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current, nonce);
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return ['v1', keyId(current), Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')].join('.');
    },
    open<T>(sealed: string): T {
      const [, id = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      if (!key)
        throw new ConfigError(
          'unknown_key',
          `Settings were sealed with key ${id}, which PARLEY_SECRET_KEY no longer holds: add that key after the current one.`,
        );
      return JSON.parse(unsealed(key, Buffer.from(body, 'base64'))) as T;
    },
  };
}

function unsealed(key: Buffer, bytes: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    throw new ConfigError('damaged', 'Sealed settings were changed in the database: restore them from a backup, or enter them again.');
  }
}

function toKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32)
    throw new ConfigError('bad_secret_key', 'PARLEY_SECRET_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32');
  return key;
}

/** Which keys these are, without saying them; what is sealed names one of them. @param keys as for {@link createSecrets} */
export const keyIds = (keys: string): readonly string[] => keys.split(',').map((text) => keyId(toKey(text.trim())));

const keyId = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 8);
