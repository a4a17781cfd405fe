import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors';
import type { Settings } from '../runtime/config';
import { type Dump, dumpDatabase } from './dump';
import { acquireLock } from './lock';
import { withPostgres } from './postgres-alone';
import { readRecord } from './record';

/** What lies in a backup besides the tables. */
export interface Manifest extends Dump {
  readonly format: 'parley/backup';
  readonly version: 1;
  readonly madeAt: string;
  /** Whether Temporal's data is in it. */
  readonly temporal: boolean;
  readonly attachments: boolean;
  readonly secretKey: boolean;
}

const MANIFEST = 'backup.json';
export const TEMPORAL_FILES = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'] as const;

type Say = (line: string) => void;

/**
 * Writes everything that cannot be made again into a new folder: the database, the files people sent where they are kept in a folder, and, of a
 * stack that is stopped, Temporal's data. A running one goes on meanwhile.
 * @param withKey also the key that opens the credentials: whoever has the folder then has them all
 */
export async function backUp(settings: Settings, folder: string, { withKey }: { readonly withKey: boolean }, say: Say): Promise<Manifest> {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new AppError('not_empty', `${folder} is not empty: name a folder that does not exist yet.`);
  mkdirSync(join(folder, 'database'), { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const { dataDir } = settings;
  const dump = async (url: string): Promise<Dump> => await dumpDatabase(url, folder);
  let temporal = false;
  const standing = async (): Promise<Dump> => {
    const whole = await withPostgres(dataDir, dump);
    temporal = copied(dataDir, TEMPORAL_FILES, folder);
    return whole;
  };
  const made =
    settings.databaseUrl !== undefined
      ? await dump(settings.databaseUrl)
      : await stopped(dataDir, standing, async () => await dump(readRecord(dataDir).databaseUrl));
  const { at } = settings.attachments;
  const attachments = at.kind === 'folder' && existsSync(at.path);
  if (attachments) cpSync(at.path, join(folder, 'attachments'), { recursive: true, filter: (path) => !path.endsWith('.part') });
  const secretKey = withKey && keyInto(settings, folder);
  const manifest: Manifest = {
    ...{ format: 'parley/backup', version: 1, madeAt: new Date().toISOString(), temporal, attachments, secretKey },
    ...made,
  };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  const rows = made.tables.reduce((sum, table) => sum + table.rows, 0);
  say(`${rows} rows of ${made.tables.length} tables, as of ${manifest.madeAt}.`);
  if (at.kind === 's3') say('Attachments are in a bucket: back that up with its own means.');
  if (!temporal)
    say(
      "Temporal's data is not in it, and need not be: sessions that are open end when it is restored, questions without an end are asked again.",
    );
  say(
    secretKey
      ? 'The key of all credentials is in it (secret.key): guard this folder like a password.'
      : `The key of all credentials is NOT in it: keep ${settings.secretKey ? 'PARLEY_SECRET_KEY' : join(dataDir, 'secret.key')} somewhere else, without it they are lost.`,
  );
  return manifest;
}

/** Takes the data folder as a starting stack would. @param running what to do where a stack has it; it refuses unless given */
export async function stopped<T>(dataDir: string, work: () => Promise<T>, running?: () => Promise<T>): Promise<T> {
  if (!existsSync(dataDir))
    throw new AppError('nothing_there', `There is nothing at ${dataDir}: set PARLEY_DATA_DIR to the folder of the stack.`);
  const attempt = acquireLock(join(dataDir, 'stack.lock'));
  if (!('lock' in attempt)) {
    if (running) return await running();
    throw new AppError('already_running', `Parley runs on ${dataDir} (process ${attempt.holder.pid}): stop it first.`);
  }
  try {
    return await work();
  } finally {
    attempt.lock.release();
  }
}

export function copied(from: string, names: readonly string[], to: string): boolean {
  const there = names.filter((name) => existsSync(join(from, name)));
  for (const name of there) cpSync(join(from, name), join(to, name));
  return there.length > 0;
}

function keyInto({ secretKey, dataDir }: Settings, folder: string): boolean {
  const file = join(dataDir, 'secret.key');
  const key = secretKey ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
  if (key === undefined) return false;
  writeFileSync(join(folder, 'secret.key'), `${key}\n`, { mode: 0o600 });
  return true;
}

/** @throws AppError where the folder is none of ours */
export function readManifest(folder: string): Manifest {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    if (manifest.format === 'parley/backup' && manifest.version === 1) return manifest;
  } catch {
    // Told below.
  }
  throw new AppError('bad_backup', `${folder} is no backup of Parley, or one that was not finished.`);
}
