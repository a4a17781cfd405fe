import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { AppError } from '../domain/errors';

/** One line of `npm run doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; only where something is wrong. */
  readonly mend?: string;
  /** Nothing can start as long as this is wrong. */
  readonly fatal?: boolean;
}

const OLDEST_NODE = [20, 19] as const;
const NEEDED_DISK_MB = 500;
const NEEDED_MEMORY_MB = 1500;

/** What the machine itself must bring. */
export async function checkMachine(dataDir: string): Promise<readonly Check[]> {
  return [checkNode(process.versions.node), checkSystem(), checkFolder(dataDir), await checkDisk(dataDir), checkMemory()];
}

/** @throws AppError with the first reason why nothing can start here. */
export async function requireMachine(dataDir: string): Promise<void> {
  for (const { ok, fatal, detail, mend } of await checkMachine(dataDir))
    if (!ok && fatal) throw new AppError('unfit_machine', `${detail}: ${mend}.`);
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return ok ? good('Node', version) : bad('Node', `Node ${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`, true);
}

function checkSystem(): Check {
  const name = `${process.platform} ${process.arch}`;
  if (process.platform === 'win32') return bad('System', 'Windows itself is not supported', 'use WSL or a container', true);
  if (process.platform === 'linux' && !glibcVersion())
    return bad('System', `${name} without glibc is not supported by Temporal's SDK`, 'use a Debian-based image instead of Alpine', true);
  return good('System', name);
}

function glibcVersion(): string | undefined {
  if (!process.report) return 'unknown';
  // Looking up the names of network peers can take seconds.
  const report = Object.assign(process.report, { excludeNetwork: true });
  return (report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;
}

function checkFolder(dataDir: string): Check {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
    return good('Data folder', dataDir);
  } catch {
    return bad('Data folder', `${dataDir} cannot be written to`, 'set PARLEY_DATA_DIR to a folder that can', true);
  }
}

async function checkDisk(dataDir: string): Promise<Check> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < NEEDED_DISK_MB)
    return bad(
      'Disk',
      `The disk of ${dataDir} has only ${free} MB left`,
      `free ${NEEDED_DISK_MB} MB or set PARLEY_DATA_DIR to another disk`,
      true,
    );
  return good('Disk', `${free} MB free`);
}

function checkMemory(): Check {
  const cgroup = process.constrainedMemory();
  const total = Math.floor(Math.min(totalmem(), cgroup > 0 ? cgroup : Number.POSITIVE_INFINITY) / 2 ** 20);
  if (total < NEEDED_MEMORY_MB)
    return bad('Memory', `${total} MB of memory is little for the whole stack`, `give it ${NEEDED_MEMORY_MB} MB or more`);
  return good('Memory', `${total} MB`);
}

export const good = (name: string, detail: string): Check => ({ name, ok: true, detail });
export const bad = (name: string, detail: string, mend: string, fatal = false): Check => ({ name, ok: false, detail, mend, fatal });
