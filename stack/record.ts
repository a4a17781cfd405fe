import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../domain/errors';

/** `stack.json`: what runs, and how others reach it. */
export interface StackRecord {
  readonly apiUrl: string;
  readonly consoleUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  readonly databaseUrl: string;
  readonly apiKey: string;
  /** Process numbers; parts that run elsewhere are absent. */
  readonly processes: Readonly<Record<string, number>>;
  readonly sandbox: { readonly integrationId: string };
}

export function recordPath(dataDir: string): string {
  return join(dataDir, 'stack.json');
}

/** Whoever reads it sees either the old or the new one. It holds the API key, so only the owner may read it. */
export function writeRecord(dataDir: string, record: StackRecord): void {
  const path = recordPath(dataDir);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

export function removeRecord(dataDir: string): void {
  rmSync(recordPath(dataDir), { force: true });
}

/** @throws AppError when nothing runs on this data folder. */
export function readRecord(dataDir: string): StackRecord {
  try {
    return JSON.parse(readFileSync(recordPath(dataDir), 'utf8')) as StackRecord;
  } catch (cause) {
    throw new AppError(
      'not_running',
      `Nothing runs on ${dataDir}: start it with npm start, or set PARLEY_DATA_DIR to the folder it runs on.`,
      { cause },
    );
  }
}
