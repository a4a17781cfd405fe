import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../domain/errors';
import { type BucketAt, openBucket } from './bucket';

/** Where the bytes of attachments are. */
export type FilesAt = { readonly kind: 'folder'; readonly path: string } | ({ readonly kind: 's3' } & BucketAt);

/** Bytes under keys. Every call rejects with an AppError, `files_away` (retryable) or `files_refused`, that tells an administrator what to do. */
export interface Files {
  /** Writes the whole of it or nothing; what was there is replaced. */
  put(key: string, bytes: Uint8Array, mime?: string): Promise<void>;
  /** Undefined where there is none. */
  get(key: string): Promise<Buffer | undefined>;
  has(key: string): Promise<boolean>;
  /** Those that are not there are no error. */
  remove(keys: readonly string[]): Promise<void>;
  /** Everything below a folder of keys, such as `<organization>`. */
  removeAll(folder: string): Promise<void>;
  /** Writes, reads and removes a small file. */
  check(): Promise<void>;
}

/** Opens the attachment store; nothing is touched before the first call. */
export const openFiles = (at: FilesAt): Files => checked(at.kind === 'folder' ? openFolder(at.path) : openBucket(at));

/** Keys are ours; one that could leave the store is a mistake of the program. */
function checked(files: Omit<Files, 'check'>): Files {
  const safe = (key: string): string => {
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(key))
      throw new AppError('bad_file_key', 'A key of the attachment store is not well-formed.');
    return key;
  };
  const all: Omit<Files, 'check'> = {
    put: async (key, bytes, mime) => await files.put(safe(key), bytes, mime),
    get: async (key) => await files.get(safe(key)),
    has: async (key) => await files.has(safe(key)),
    remove: async (keys) => await files.remove(keys.map(safe)),
    removeAll: async (folder) => await files.removeAll(safe(folder)),
  };
  return {
    ...all,
    async check() {
      const key = `check/${randomUUID()}`;
      await all.put(key, Buffer.from('Parley'));
      const found = await all.get(key);
      await all.remove([key]);
      if (found?.toString() !== 'Parley')
        throw new AppError('files_refused', 'The attachment store does not give back what was written to it.');
    },
  };
}

function openFolder(folder: string): Omit<Files, 'check'> {
  const failed = (error: unknown): never => {
    const code = codeOf(error);
    const message = `The folder of attachments (PARLEY_ATTACHMENTS) cannot be used${code === '' ? '' : ` (${code})`}: check that it exists, may be written to and has room.`;
    throw new AppError(code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'files_refused' : 'files_away', message, {
      retryable: true,
    });
  };
  const unlessMissing = (error: unknown): undefined => (codeOf(error) === 'ENOENT' ? undefined : failed(error));
  return {
    async put(key, bytes) {
      const path = join(folder, key);
      const draft = `${path}.${randomUUID()}.part`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(draft, bytes, { mode: 0o600 });
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        failed(error);
      }
    },
    get: (key) => readFile(join(folder, key)).catch(unlessMissing),
    has: async (key) => (await stat(join(folder, key)).catch(unlessMissing)) !== undefined,
    async remove(keys) {
      for (const key of keys) await rm(join(folder, key), { force: true }).catch(failed);
    },
    async removeAll(below) {
      await rm(join(folder, below), { recursive: true, force: true }).catch(failed);
    },
  };
}

const codeOf = (error: unknown): string => {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
};
