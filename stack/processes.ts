import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

/** A process as it was when it was written down; a number alone may belong to another by now. */
export interface KnownProcess {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** When a process began, in whatever unit the system counts; undefined when it does not run. */
export function startTimeOf(pid: number): string | undefined {
  try {
    if (platform() !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces and brackets itself; the state is the first field after it, the start time the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function isRunning({ pid, startTime }: KnownProcess): boolean {
  return startTimeOf(pid) === startTime;
}

/** Writes down a process that runs now. */
export function known(name: string, pid: number): KnownProcess | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { name, pid, startTime };
}

/** Ends a process of an earlier run, politely first. Resolves once it is gone. */
export async function endLeftover(process: KnownProcess, { graceMs = 5000 }: { readonly graceMs?: number } = {}): Promise<void> {
  // For Postgres SIGINT means "end the sessions and stop", SIGTERM would wait for them.
  const signals: readonly NodeJS.Signals[] = [process.name === 'postgres' ? 'SIGINT' : 'SIGTERM', 'SIGKILL'];
  for (const signal of signals) {
    if (!isRunning(process)) return;
    signalTo(process.pid, signal);
    const deadline = Date.now() + graceMs;
    while (isRunning(process) && Date.now() < deadline) await wait(50);
  }
}

/** Sends a signal; a process that is gone already is as good. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
}
