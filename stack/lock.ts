import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, type KnownProcess, known } from './processes';

/** A file that at most one living process holds. A lock whose holder died is taken over. */
export interface Lock {
  /** What the previous holder had started when it died. */
  readonly leftovers: readonly KnownProcess[];
  /** Writes down what the next holder has to end should this process die. */
  record(children: readonly KnownProcess[]): void;
  release(): void;
}

interface Content extends KnownProcess {
  readonly children: readonly KnownProcess[];
}

/** @returns the lock, or who holds it. The folder must exist. */
export function acquireLock(path: string): { readonly lock: Lock } | { readonly holder: KnownProcess } {
  const self = known('holder', process.pid) ?? { name: 'holder', pid: process.pid, startTime: '' };
  const write = (children: readonly KnownProcess[]): string => {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify({ ...self, children } satisfies Content), { mode: 0o600 });
    return draft;
  };
  let leftovers: readonly KnownProcess[] = [];
  for (;;) {
    const draft = write(leftovers);
    // A link either appears with its whole content or not at all, and never replaces another.
    const taken = linked(draft, path);
    rmSync(draft, { force: true });
    if (taken) break;
    const text = readText(path);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isRunning(holder)) return { holder };
    if (moveAside(path, text)) leftovers = holder?.children ?? [];
  }
  return {
    lock: {
      leftovers,
      record: (children) => renameSync(write(children), path),
      release: () => rmSync(path, { force: true }),
    },
  };
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's lock unless another has just put its own there. */
function moveAside(path: string, expected: string): boolean {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  const same = readText(aside) === expected;
  if (!same) linked(aside, path);
  rmSync(aside, { force: true });
  return same;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Content | undefined {
  try {
    return JSON.parse(text) as Content;
  } catch {
    return undefined;
  }
}
