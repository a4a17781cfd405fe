import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../domain/errors';
import { hashOf, isFresh, markFresh } from './freshness';
import { ROOT } from './root';

/** Something made from sources before processes can start. */
export interface Artefact {
  readonly name: 'workflows' | 'console';
  readonly path: string;
  /** Files and folders it depends on, below the checkout. */
  readonly inputs: readonly string[];
  /** Without this there are no sources to make it from, as in an image that holds only what was built. */
  readonly source: string;
}

const BUILD = join(ROOT, 'build');

export const ARTEFACTS: readonly Artefact[] = [
  {
    name: 'workflows',
    path: join(BUILD, 'workflows.js'),
    inputs: ['workflows', 'domain', 'workers/bundle.ts', 'package-lock.json'],
    source: join(ROOT, 'workflows'),
  },
  {
    name: 'console',
    path: join(BUILD, 'console'),
    inputs: ['console', 'domain', 'package-lock.json'],
    source: join(ROOT, 'console', 'index.html'),
  },
];

/** Whether the artefact has to be made (again). */
export function isStale({ path, inputs, source }: Artefact, root: string = ROOT): boolean {
  return existsSync(source) && !isFresh(path, hashOf(root, inputs));
}

/** Writes the artefact to the given place. */
export type Make = (target: string) => Promise<void>;

/** Makes the artefact beside its place and puts it there whole, so that who reads it never sees half of it. */
export async function makeArtefact(artefact: Artefact, make: Make, root: string = ROOT): Promise<void> {
  const { path, inputs } = artefact;
  const hash = hashOf(root, inputs);
  const draft = `${path}.${process.pid}.new`;
  const old = `${path}.${process.pid}.old`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    await make(draft);
    if (existsSync(path)) renameSync(path, old);
    renameSync(draft, path);
    markFresh(path, hash);
  } catch (cause) {
    throw failure(artefact, cause);
  } finally {
    for (const leftover of [draft, old]) rmSync(leftover, { recursive: true, force: true });
  }
}

function failure({ name }: Artefact, cause: unknown): AppError {
  const { code, message } = cause as { code?: string; message: string };
  if (code === 'ENOSPC') return new AppError('disk_full', `The disk of ${BUILD} is full: free some space.`, { cause });
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return new AppError('no_build_tools', `The ${name} cannot be built because a package is missing: run npm ci without --omit=dev.`, {
      cause,
    });
  }
  return new AppError('build_failed', `The ${name} cannot be built: ${message}`, { cause });
}
