import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';

const above = join(__dirname, '..');

/** The checkout, also when this runs compiled from `dist/`. */
export const ROOT = existsSync(join(above, 'package.json')) ? above : join(above, '..');

/** What follows `node` to run one of our own programs, such as `gateway/main`, the way this one runs: from sources or compiled. */
export function nodeArguments(program: string): readonly string[] {
  const extension = extname(__filename);
  const loader = extension === '.ts' ? ['--import', 'tsx'] : [];
  return ['--enable-source-maps', ...loader, join(above, `${program}${extension}`)];
}
