import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../domain/errors';
import type { Settings } from '../runtime/config';
import { backUp } from './backup';
import { restore } from './restore';

export const BACKUP_USAGE = [
  'npm run admin backup FOLDER writes everything into a new folder, with -- --with-key also the key of the credentials',
  'npm run admin restore FOLDER brings it back while the stack is stopped; with -- --replace what is there is put aside, with -- --database-only the rest stays as it is',
] as const;

/** `admin backup` and `admin restore`. @param args beginning with the word */
export async function keepData(args: readonly string[], settings: Settings, say: (line: string) => void): Promise<void> {
  const { verb, folder, ...options } = parse(args);
  if (verb === 'backup') await backUp(settings, folder, options, say);
  else await restore(settings, folder, options, say);
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      ...{ args: [...args], allowPositionals: true, options: { 'with-key': flag, replace: flag, 'database-only': flag } },
    });
    const [verb, folder, ...more] = positionals;
    if (!folder || more.length > 0) throw new Error('unclear');
    const options = { withKey: values['with-key'], replace: values.replace, databaseOnly: values['database-only'] };
    return { verb, folder: resolve(folder), ...options };
  } catch (cause) {
    throw new AppError('usage', `Say what to do: ${BACKUP_USAGE.join('; ')}.`, { cause });
  }
}
