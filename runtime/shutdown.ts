import { setTimeout as wait } from 'node:timers/promises';
import { AppError, ConfigError } from '../domain/errors';
import type { Log } from './log';

export interface ShutdownStep {
  readonly name: string;
  readonly run: () => Promise<unknown> | unknown;
  /** How long the step may take before the next one begins, in milliseconds. */
  readonly deadlineMs: number;
}

export interface ShutdownOptions {
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signals?: readonly NodeJS.Signals[];
  readonly exit?: (code: number) => void;
}

/** Exit code of a process that cannot work with its settings: starting it again would not help. */
export const BAD_CONFIG_EXIT_CODE = 78;

/**
 * Ends the process in order on SIGTERM or SIGINT: each step once, one after the other, none beyond its deadline.
 * Answers with a function that does the same for other reasons and ends with the given code (0 unless a step failed).
 */
export function onShutdown(
  steps: readonly ShutdownStep[],
  { log, signals = ['SIGTERM', 'SIGINT'], exit = process.exit }: ShutdownOptions,
): (exitCode?: number) => Promise<void> {
  let ending: Promise<void> | undefined;
  const shutdown = (exitCode = 0): Promise<void> => {
    ending ??= runSteps(steps, log).then((clean) => exit(exitCode === 0 && !clean ? 1 : exitCode));
    return ending;
  };
  for (const signal of signals) process.on(signal, () => void shutdown());
  return shutdown;
}

async function runSteps(steps: readonly ShutdownStep[], log: ShutdownOptions['log']): Promise<boolean> {
  let clean = true;
  for (const step of steps) {
    const started = Date.now();
    const outcome = await within(step).catch((error: unknown) => error);
    if (outcome === undefined) {
      log.info({ step: step.name, tookMs: Date.now() - started }, 'stopped');
      continue;
    }
    clean = false;
    log.warn({ step: step.name, err: outcome }, 'did not stop cleanly');
  }
  return clean;
}

async function within({ name, run, deadlineMs }: ShutdownStep): Promise<void> {
  const timer = new AbortController();
  const late = wait(deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new AppError('shutdown_deadline', `${name} did not stop within ${deadlineMs} ms.`);
  });
  try {
    await Promise.race([(async () => run())(), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/**
 * For the children of the embedded stack: the supervisor holds the other end of standard input, so its end means that the supervisor died.
 * @param shutdown what ends the process in order; after `deadlineMs` it ends anyway.
 */
export function exitWithParent(
  shutdown: () => Promise<unknown>,
  { deadlineMs = 5000, input = process.stdin, exit = process.exit }: ExitWithParentOptions = {},
): void {
  input.once('close', () => {
    setTimeout(() => exit(1), deadlineMs).unref();
    void shutdown();
  });
  input.on('error', () => undefined);
  input.resume();
}

export interface ExitWithParentOptions {
  readonly deadlineMs?: number;
  readonly input?: NodeJS.ReadableStream;
  readonly exit?: (code: number) => void;
}

/** Says in one sentence why a process could not start, and ends it. */
export function failStart(error: unknown): never {
  process.stderr.write(
    `${error instanceof AppError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(error instanceof ConfigError ? BAD_CONFIG_EXIT_CODE : 1);
}
