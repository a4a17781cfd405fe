import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Knex } from 'knex';
import { openDatabase } from './database';

const FOLDER = join(__dirname, '..', 'migrations');

/** Brings the database to the newest schema; several processes may try at once. Resolves with the names of what was applied. */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const db = openDatabase(databaseUrl, { maxConnections: 2, timeoutMs: 60_000 });
  try {
    const [, applied] = (await db.migrate.latest({ migrationSource: source })) as [number, string[]];
    await db.raw('SELECT bind_rows()');
    return applied;
  } finally {
    await db.destroy();
  }
}

/**
 * Brings an empty database to an earlier schema: the one that these migrations make. Resolves with those of them that this version does not have;
 * then nothing was done.
 */
export async function migrateTo(databaseUrl: string, names: readonly string[]): Promise<readonly string[]> {
  const known = new Map((await source.getMigrations([])).map((file) => [source.getMigrationName(file), file]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) return unknown;
  const db = openDatabase(databaseUrl, { maxConnections: 2, timeoutMs: 60_000 });
  try {
    await db.migrate.latest({ migrationSource: { ...source, getMigrations: async () => names.map((name) => known.get(name)!).sort() } });
    return [];
  } finally {
    await db.destroy();
  }
}

/** Names of the migrations that this version has and the database lacks. */
export async function pendingMigrations(databaseUrl: string): Promise<readonly string[]> {
  const db = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    const [, pending] = (await db.migrate.list({ migrationSource: source })) as [unknown, string[]];
    return pending.map((file) => parse(file).name);
  } finally {
    await db.destroy();
  }
}

/** Migrations are known by their name without extension, so that sources and compiled code share one history. */
const source: Knex.MigrationSource<string> = {
  getMigrations: async () =>
    readdirSync(FOLDER)
      .filter((file) => /^\d{14}_\w+\.(ts|js)$/.test(file))
      .sort(),
  getMigrationName: (file) => parse(file).name,
  getMigration: async (file) => (await import(join(FOLDER, file))) as Knex.Migration,
};
