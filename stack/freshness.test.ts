import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Artefact, isStale, makeArtefact } from './artefacts';

let root: string;
let artefact: Artefact;
const copySource = async (target: string): Promise<void> => writeFileSync(target, readFileSync(join(root, 'workflows', 'index.ts')));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-build-'));
  mkdirSync(join(root, 'workflows'));
  writeFileSync(join(root, 'workflows', 'index.ts'), 'one');
  artefact = {
    name: 'workflows',
    path: join(root, 'build', 'workflows.js'),
    inputs: ['workflows', 'missing'],
    source: join(root, 'workflows'),
  };
});
afterEach(() => rmSync(root, { recursive: true }));

test('what was made from these very sources is not made again', async () => {
  expect(isStale(artefact, root)).toBe(true);
  await makeArtefact(artefact, copySource, root);
  expect(isStale(artefact, root)).toBe(false);
});

test.each([
  ['changes', () => writeFileSync(join(root, 'workflows', 'index.ts'), 'two')],
  ['appears', () => writeFileSync(join(root, 'workflows', 'steps.ts'), '')],
  ['is renamed', () => renameSync(join(root, 'workflows', 'index.ts'), join(root, 'workflows', 'entry.ts'))],
])('it is stale as soon as a source %s', async (_, change) => {
  await makeArtefact(artefact, copySource, root);
  change();
  expect(isStale(artefact, root)).toBe(true);
});

test('tests and recorded histories do not count as sources', async () => {
  await makeArtefact(artefact, copySource, root);
  writeFileSync(join(root, 'workflows', 'index.test.ts'), '');
  mkdirSync(join(root, 'workflows', 'histories'));
  writeFileSync(join(root, 'workflows', 'histories', 'one.json'), '{}');
  expect(isStale(artefact, root)).toBe(false);
});

test('without sources whatever was built has to do', () => {
  rmSync(join(root, 'workflows'), { recursive: true });
  expect(isStale(artefact, root)).toBe(false);
});

test('a build that fails leaves the earlier artefact as it was', async () => {
  await makeArtefact(artefact, copySource, root);
  const failing = async (target: string): Promise<void> => {
    writeFileSync(target, 'half');
    throw new Error('syntax error');
  };
  await expect(makeArtefact(artefact, failing, root)).rejects.toThrow('The workflows cannot be built: syntax error');
  expect(readFileSync(artefact.path, 'utf8')).toBe('one');
  expect(readdirSync(join(root, 'build')).sort()).toEqual(['workflows.js', 'workflows.js.inputs']);
  expect(existsSync(artefact.path)).toBe(true);
});
