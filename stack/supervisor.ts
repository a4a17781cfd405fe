import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../domain/errors';
import { BAD_CONFIG_EXIT_CODE } from '../runtime/shutdown';
import { signalTo } from './processes';

/** One process that is kept running. */
export interface Part {
  readonly name: string;
  /** Starts the process with its standard output and error as pipes; called again after each death. `serving`: it has been ready before. */
  readonly spawn: (serving: boolean) => Promise<ChildProcess>;
  readonly isReady: () => Promise<boolean>;
  readonly stopSignal: NodeJS.Signals;
  /** After this time it is killed, in milliseconds. */
  readonly stopWithinMs: number;
  readonly readyWithinMs: number;
}

export interface Limits {
  /** So many deaths within the window are a crash loop. */
  readonly deaths: number;
  readonly windowMs: number;
  /** Pauses before the first, second … restart in a row; the last one holds from there on. */
  readonly restartAfterMs: readonly number[];
  readonly pollEveryMs: number;
}

export interface Watcher {
  /** Processes by part, whenever one of them is another than before. */
  readonly onChange: (processes: Readonly<Record<string, number>>) => void;
  readonly onLine: (part: string, line: string) => void;
  readonly onDeath: (part: string, how: string) => void;
  /** A part cannot be kept running; the message says which and why. */
  readonly onGiveUp: (reason: AppError) => void;
}

export interface Supervisor {
  /** Starts a part and resolves once it is ready. */
  start(part: Part): Promise<void>;
  processes(): Readonly<Record<string, number>>;
  /** Ends the parts group by group, each group at once; what is not named ends last. Nothing is restarted any more. */
  stop(order: readonly (readonly string[])[]): Promise<void>;
}

interface Kept {
  readonly part: Part;
  child: ChildProcess | undefined;
  spawning: Promise<void> | undefined;
  deaths: number[];
  lines: string[];
  /** The process has been ready since it was started. */
  ready: boolean;
  served: boolean;
  failure: AppError | undefined;
}

const LIMITS: Limits = { deaths: 5, windowMs: 30_000, restartAfterMs: [0, 250, 500, 1000], pollEveryMs: 100 };
const KEPT_LINES = 12;
const KILLED_BY: ReadonlySet<NodeJS.Signals | null> = new Set<NodeJS.Signals | null>(['SIGKILL', 'SIGTERM', 'SIGINT']);

export function createSupervisor(watcher: Watcher, limits: Limits = LIMITS): Supervisor {
  const parts = new Map<string, Kept>();
  const stopped = new AbortController();
  const stopping = (): boolean => stopped.signal.aborted;
  const processes = (): Record<string, number> =>
    Object.fromEntries(
      [...parts.values()].flatMap(({ part, child }) => (child?.pid === undefined || hasEnded(child) ? [] : [[part.name, child.pid]])),
    );

  const giveUp = (kept: Kept, why: string): void => {
    const said = kept.lines.length === 0 ? 'It said nothing.' : `Its last lines:\n${kept.lines.map((line) => `    ${line}`).join('\n')}`;
    kept.failure ??= new AppError('part_failed', `${kept.part.name} ${why}. ${said}`);
    watcher.onGiveUp(kept.failure);
  };

  const spawn = async (kept: Kept): Promise<void> => {
    const child = await kept.part.spawn(kept.served);
    kept.child = child;
    kept.ready = false;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    for (const stream of [child.stdout, child.stderr]) if (stream) listen(kept, stream);
    void ended.then((how) => buried(kept, child, how));
    watcher.onChange(processes());
    void awaitReady(kept, child);
  };

  const awaitReady = async (kept: Kept, child: ChildProcess): Promise<void> => {
    while (!stopping() && !hasEnded(child) && child.pid !== undefined) {
      if (await kept.part.isReady().catch(() => false)) {
        kept.ready = kept.child === child;
        kept.served ||= kept.ready;
        return;
      }
      await wait(limits.pollEveryMs);
    }
  };

  const listen = (kept: Kept, stream: NodeJS.ReadableStream): void => {
    createInterface({ input: stream }).on('line', (line) => {
      kept.lines = [...kept.lines.slice(1 - KEPT_LINES), line.slice(0, 1000)];
      watcher.onLine(kept.part.name, line);
    });
  };

  const buried = async (kept: Kept, child: ChildProcess, how: string): Promise<void> => {
    if (stopping()) return;
    const now = Date.now();
    kept.deaths = kept.deaths.filter((at) => now - at < limits.windowMs);
    // Who was well and got killed did not crash: however often that happens, it comes back at once.
    const killed = kept.ready && KILLED_BY.has(child.signalCode);
    if (!killed) kept.deaths.push(now);
    const hopeless = child.exitCode === BAD_CONFIG_EXIT_CODE;
    if (hopeless || kept.deaths.length >= limits.deaths) {
      await wait(100); // its last lines are still in the pipe
      giveUp(
        kept,
        hopeless ? 'refuses to start' : `ended ${kept.deaths.length} times within ${Math.round(limits.windowMs / 1000)} s (${how})`,
      );
      return;
    }
    watcher.onDeath(kept.part.name, how);
    const pause = limits.restartAfterMs[Math.min(kept.deaths.length, limits.restartAfterMs.length) - 1] ?? 0;
    try {
      await wait(pause, undefined, { signal: stopped.signal });
    } catch {
      return;
    }
    begin(kept);
  };

  const begin = (kept: Kept): void => {
    kept.spawning = spawn(kept)
      .catch((error: unknown) => giveUp(kept, `could not be started: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        kept.spawning = undefined;
      });
  };

  const end = async ({ part, child, spawning }: Kept): Promise<void> => {
    await spawning;
    const running = child ?? parts.get(part.name)?.child;
    if (running?.pid === undefined || hasEnded(running)) return;
    const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    signalTo(running.pid, part.stopSignal);
    await Promise.race([gone, wait(part.stopWithinMs, undefined, { ref: false })]);
    if (!hasEnded(running)) signalTo(running.pid, 'SIGKILL');
    await gone;
  };

  return {
    processes,
    async start(part) {
      const kept: Kept = {
        part,
        child: undefined,
        spawning: undefined,
        deaths: [],
        lines: [],
        ready: false,
        served: false,
        failure: undefined,
      };
      parts.set(part.name, kept);
      begin(kept);
      const deadline = Date.now() + part.readyWithinMs;
      for (;;) {
        if (kept.failure) throw kept.failure;
        if (stopping()) throw new AppError('stopping', `${part.name} was told to stop before it was ready.`);
        if (kept.ready) return;
        if (Date.now() > deadline) giveUp(kept, `was not ready within ${Math.round(part.readyWithinMs / 1000)} s`);
        else await wait(limits.pollEveryMs);
      }
    },
    async stop(order) {
      stopped.abort();
      const named = new Set(order.flat());
      const rest = [...parts.keys()].filter((name) => !named.has(name));
      for (const group of [...order, rest]) {
        await Promise.all(group.map((name) => parts.get(name)).map((kept) => (kept ? end(kept) : undefined)));
      }
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
