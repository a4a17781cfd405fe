import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const IRRELEVANT = /(^|\/)(node_modules|histories|samples)(\/|$)|\.test\.tsx?$/;

/** One value over the names and contents of files and folders; what is missing counts as missing. */
export function hashOf(root: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesOf(join(root, input))).sort()) {
    const name = relative(root, file);
    if (!IRRELEVANT.test(name)) hash.update(`${name}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Whether the artefact was made from inputs of this hash. */
export function isFresh(artefact: string, hash: string): boolean {
  const note = noteBeside(artefact);
  return existsSync(artefact) && existsSync(note) && readFileSync(note, 'utf8') === hash;
}

/** Notes what an artefact was made from. */
export function markFresh(artefact: string, hash: string): void {
  writeFileSync(noteBeside(artefact), hash);
}

const noteBeside = (artefact: string): string => `${artefact}.inputs`;

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
