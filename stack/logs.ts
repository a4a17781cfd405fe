import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps what the parts say in `<dataDir>/logs/<part>.log`, and answers what of it a person should see at once. */
export interface Logs {
  /** @returns a readable line for the terminal, or undefined when the file is enough. */
  keep(part: string, line: string): string | undefined;
}

const MAX_BYTES = 10_000_000;
const WARN = 40;
const LEVELS: Readonly<Record<number, string>> = { 40: 'warning', 50: 'error', 60: 'fatal' };

export function createLogs(dataDir: string, showFrom = WARN): Logs {
  const folder = join(dataDir, 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sizes = new Map<string, number>();
  return {
    keep(part, line) {
      const file = join(folder, `${part}.log`);
      const size = sizes.get(part) ?? sizeOf(file);
      const full = size > MAX_BYTES;
      try {
        if (full) renameSync(file, `${file}.1`);
        appendFileSync(file, `${line}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not take the supervisor down with it.
      }
      sizes.set(part, (full ? 0 : size) + line.length + 1);
      return readable(part, line, showFrom);
    },
  };
}

function readable(part: string, line: string, showFrom: number): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
    if (typeof level !== 'number' || level < showFrom) return undefined;
    const why = typeof err?.message === 'string' ? ` (${err.message})` : '';
    return `  ${part}: ${LEVELS[level] ?? 'note'}: ${String(msg ?? '')}${why}`;
  } catch {
    return undefined;
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
