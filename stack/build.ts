import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../domain/errors';
import { failStart } from '../runtime/shutdown';
import { bundleWorkflows } from '../workers/bundle';
import { ARTEFACTS, type Artefact, isStale, type Make, makeArtefact } from './artefacts';
import { ROOT } from './root';
import { createScreen } from './screen';

/** `build.ts <artefact>`: makes that one. Without a name, the production build: everything that is stale, and the compiled code. */
async function main([name]: readonly string[]): Promise<void> {
  if (name) {
    for (const artefact of ARTEFACTS) if (artefact.name === name) await build(artefact);
    return;
  }
  const screen = createScreen();
  for (const artefact of ARTEFACTS.filter((one) => isStale(one))) await screen.step(`build/${artefact.name}`, () => build(artefact));
  await screen.step('dist', compile);
}

const MAKERS: Readonly<Record<Artefact['name'], Make>> = {
  async workflows(target) {
    writeFileSync(target, await bundleWorkflows());
  },
  async console(target) {
    // Whatever the one who starts Parley has set for programs of their own (jest sets `test`): another build is slow, and talks.
    process.env.NODE_ENV = 'production';
    const vite = await import('vite');
    await vite.build({ root: join(ROOT, 'console'), logLevel: 'error', build: { outDir: target, emptyOutDir: true } });
  },
};

const build = (artefact: Artefact): Promise<void> => makeArtefact(artefact, MAKERS[artefact.name]);

async function compile(): Promise<void> {
  const target = join(ROOT, 'dist');
  rmSync(target, { recursive: true, force: true });
  const compiler = require.resolve('typescript/bin/tsc', { paths: [ROOT] });
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT });
  } catch (error) {
    process.stderr.write((error as { stdout?: string }).stdout ?? '');
    throw new AppError('not_compiled', 'The code does not compile: mend what is listed above.', { cause: error });
  }
}

// Bundlers may leave handles open.
main(process.argv.slice(2)).then(() => process.exit(0), failStart);
