import { execFile, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppError } from '../domain/errors';
import { acquireLock } from './lock';
import { ROOT } from './root';
import { duration, type Say } from './screen';

const VERSION = '1.8.2';
const MODULE = join(ROOT, 'stack', 'temporal-cli');

/** Where a Temporal CLI can come from. The two that make one write it to the given file and throw when they cannot. */
export interface CliSources {
  readonly onPath: () => Promise<string | undefined>;
  readonly download: (file: string, say: Say, signal?: AbortSignal) => Promise<void>;
  readonly build: (file: string, say: Say, signal?: AbortSignal) => Promise<void>;
}

export interface FindCliOptions {
  /** The machine-wide cache; what is downloaded or built stays there. */
  readonly cacheDir: string;
  readonly say?: Say;
  /** Ends a build that nobody waits for any more. */
  readonly signal?: AbortSignal | undefined;
  readonly sources?: CliSources;
  readonly pollEveryMs?: number;
}

/** The Temporal CLI: from the PATH, the cache, the official download or a build with Go, whichever comes first. */
export async function findTemporalCli({
  cacheDir,
  say = () => undefined,
  signal,
  sources = realSources,
  pollEveryMs = 500,
}: FindCliOptions): Promise<string> {
  const found = await sources.onPath();
  if (found) return found;
  const file = cachedTemporalCli(cacheDir);
  if (isExecutable(file)) return file;
  mkdirSync(cacheDir, { recursive: true });
  for (;;) {
    const attempt = acquireLock(`${file}.lock`);
    if ('lock' in attempt) {
      try {
        return isExecutable(file) ? file : await make(file, sources, say, signal);
      } finally {
        attempt.lock.release();
      }
    }
    say(`waiting for process ${attempt.holder.pid}, which is fetching it`);
    await wait(pollEveryMs);
    if (isExecutable(file)) return file;
  }
}

/** Where the cache keeps the CLI, whether it is there or not. */
export function cachedTemporalCli(cacheDir: string): string {
  return join(cacheDir, `temporal-${VERSION}${process.platform === 'win32' ? '.exe' : ''}`);
}

/** The `temporal` that the shell would run, when it works. */
export async function temporalOnPath(path = process.env.PATH ?? ''): Promise<string | undefined> {
  const file = path
    .split(delimiter)
    .map((folder) => join(folder, 'temporal'))
    .find(isExecutable);
  return file && (await works(file)) ? file : undefined;
}

export async function goVersion(): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('go', ['version'], { timeout: 10_000 })).stdout.trim();
  } catch {
    return undefined;
  }
}

const realSources: CliSources = { onPath: temporalOnPath, download, build };

/** Makes the file under another name first: whoever sees the file sees all of it. */
async function make(file: string, sources: CliSources, say: Say, signal: AbortSignal | undefined): Promise<string> {
  const draft = `${file}.${process.pid}`;
  const failures: string[] = [];
  try {
    for (const [title, source] of [
      ['downloading it', sources.download],
      ['building it with Go, some 8 minutes, once', sources.build],
    ] as const) {
      say(title);
      try {
        signal?.throwIfAborted();
        await source(draft, say, signal);
        chmodSync(draft, 0o755);
        renameSync(draft, file);
        return file;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const advice = 'install the Temporal CLI or Go 1.26, or set TEMPORAL_ADDRESS to a running server.';
  throw new AppError(
    'no_temporal_cli',
    `The Temporal CLI is neither on the PATH nor in the cache, and could not be fetched (${failures.join('; ')}): ${advice}`,
  );
}

async function download(file: string): Promise<void> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/v${VERSION}?platform=${system}&arch=${arch}`;
  const folder = `${file}.download`;
  mkdirSync(folder, { recursive: true });
  try {
    const stalled = new AbortController();
    const impatient = (): NodeJS.Timeout => setTimeout(() => stalled.abort(), 10_000);
    let patience = impatient();
    try {
      const response = await fetch(url, { signal: stalled.signal });
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      const unpack = spawn('tar', ['-xzf', '-', '-C', folder], { stdio: ['pipe', 'ignore', 'ignore'] });
      const unpacked = new Promise<void>((resolve, reject) => {
        unpack.once('error', reject).once('exit', (code) => (code === 0 ? resolve() : reject(new Error('the archive is damaged'))));
      });
      const body = Readable.fromWeb(response.body).on('data', () => {
        clearTimeout(patience);
        patience = impatient();
      });
      await Promise.all([pipeline(body, unpack.stdin), unpacked]);
    } finally {
      clearTimeout(patience);
    }
    const binary = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
    if (!(await works(binary))) throw new Error('it does not run on this machine');
    renameSync(binary, file);
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`download from temporal.download: ${cause instanceof Error ? cause.message : message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build(file: string, say: Say, signal?: AbortSignal): Promise<void> {
  if (!(await goVersion())) throw new Error('Go is not installed');
  if (!existsSync(join(MODULE, 'go.mod'))) throw new Error(`${MODULE} is missing`);
  const started = Date.now();
  const timer = setInterval(() => say(`building it with Go, some 8 minutes, once; ${duration(Date.now() - started)} so far`), 1000);
  try {
    await promisify(execFile)('go', ['build', '-o', file, 'github.com/temporalio/cli/cmd/temporal'], {
      cwd: MODULE,
      maxBuffer: 64 << 20,
      ...(signal && { signal }),
    });
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new Error(`go build: ${stderr.trim().split('\n').at(-1) || message}`);
  } finally {
    clearInterval(timer);
  }
}

async function works(file: string): Promise<boolean> {
  try {
    await promisify(execFile)(file, ['--version'], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
