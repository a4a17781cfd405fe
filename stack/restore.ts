import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors';
import type { Settings } from '../runtime/config';
import { migrate, migrateTo } from '../store/migrate';
import { keyIds } from '../store/secrets';
import { copied, type Manifest, readManifest, stopped, TEMPORAL_FILES } from './backup';
import { loadDump } from './dump';
import { withPostgres } from './postgres-alone';

type Say = (line: string) => void;

export interface RestoreOptions {
  /** Puts what is there aside instead of refusing. */
  readonly replace: boolean;
  /** Leaves Temporal's data and the attachments as they are. */
  readonly databaseOnly: boolean;
}

/** Brings back what `backUp` wrote: into the data folder of a stopped stack, or into the empty database of DATABASE_URL. */
export async function restore(settings: Settings, folder: string, options: RestoreOptions, say: Say): Promise<void> {
  const manifest = readManifest(folder);
  const key = keyOf(settings, folder, manifest);
  const load = async (url: string): Promise<void> => {
    const unknown = await migrateTo(url, manifest.migrations);
    if (unknown.length > 0)
      throw new AppError(
        'too_new',
        `The backup is of a newer version of Parley (it has ${unknown.join(', ')}): restore it with that version.`,
      );
    await loadDump(url, folder, manifest);
    const applied = await migrate(url);
    if (applied.length > 0) say(`Brought forward by ${applied.length} migrations to this version.`);
  };
  if (settings.databaseUrl !== undefined) {
    await load(settings.databaseUrl);
    if (manifest.attachments && settings.attachments.at.kind === 'folder' && !options.databaseOnly)
      cpSync(join(folder, 'attachments'), settings.attachments.at.path, { recursive: true });
    say('The database is restored.');
    return;
  }
  const { dataDir } = settings;
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o711);
  await stopped(dataDir, async () => {
    const replaced = ['postgres', ...(options.databaseOnly ? [] : [...TEMPORAL_FILES, 'attachments'])].filter((name) =>
      existsSync(join(dataDir, name)),
    );
    if (replaced.length > 0 && !options.replace)
      throw new AppError('not_empty', `${dataDir} has data already (${replaced.join(', ')}): --replace puts it aside, it deletes nothing.`);
    const aside = join(dataDir, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`);
    if (replaced.length > 0) mkdirSync(aside, { mode: 0o711 });
    for (const name of replaced) renameSync(join(dataDir, name), join(aside, name));
    try {
      if (!settings.secretKey) writeFileSync(join(dataDir, 'secret.key'), `${key}\n`, { mode: 0o600 });
      await withPostgres(dataDir, load);
      if (!options.databaseOnly) {
        if (manifest.temporal) copied(folder, TEMPORAL_FILES, dataDir);
        if (manifest.attachments) cpSync(join(folder, 'attachments'), join(dataDir, 'attachments'), { recursive: true });
      }
    } catch (error) {
      say(replaced.length > 0 ? `It failed. What was there is in ${aside}: put it back by moving it to ${dataDir}.` : 'It failed.');
      throw error;
    }
    if (replaced.length > 0) say(`What was there is in ${aside}: delete it once all is well.`);
  });
  say(`Restored the backup of ${manifest.madeAt}. Start with npm start.`);
}

/** @throws AppError where neither the backup nor the installation has it */
function keyOf({ secretKey, dataDir }: Settings, folder: string, manifest: Manifest): string {
  const own = join(dataDir, 'secret.key');
  const file = [...(manifest.secretKey ? [join(folder, 'secret.key')] : []), own].find((one) => existsSync(one));
  const key = secretKey ?? (file && readFileSync(file, 'utf8').trim());
  const lacking = manifest.keyIds.filter((id) => key && !keyIds(key).includes(id));
  if (lacking.length > 0)
    throw new AppError(
      'wrong_key',
      `Credentials in this backup are sealed with the key ${lacking.join(', ')}, which is another than the one here.`,
    );
  if (key) return key;
  throw new AppError('no_key', `The key of the credentials is not in this backup: put it into ${own}, or set PARLEY_SECRET_KEY.`);
}
