import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Client } from 'pg';
import { from, to } from 'pg-copy-streams';
import { AppError } from '../domain/errors';

/** What one table's file holds. */
export interface DumpedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

export interface Dump {
  /** Names of the migrations that made the schema, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly DumpedTable[];
  /** The last value of each sequence that was used. */
  readonly sequences: Readonly<Record<string, string>>;
  /** Ids of the keys that its credentials are sealed with. */
  readonly keyIds: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly refersTo: readonly string[];
}

/** Knex's own record is made by the migrations; unlogged tables begin anew after any crash. */
const TABLES = `
SELECT c.relname AS name,
  array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
  array(SELECT DISTINCT p.relname::text FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS "refersTo"
FROM pg_class c WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'knex%' ORDER BY 1`;

/** Whatever is sealed: without its key, a restored database would be of no use. */
const KEYS = `
SELECT DISTINCT split_part(sealed, '.', 2) AS id FROM (
  SELECT config AS sealed FROM integrations UNION ALL SELECT people_secrets FROM integrations UNION ALL SELECT config FROM experts
  UNION ALL SELECT config FROM expert_versions UNION ALL SELECT config FROM alerts UNION ALL SELECT single_sign_on FROM tenants) all_of_them
WHERE sealed IS NOT NULL ORDER BY 1`;

/**
 * Writes every table into a file of its own, as they all were at one moment, while others go on working. What a dump of Postgres's own tools does, for
 * machines that have none of them.
 */
export async function dumpDatabase(databaseUrl: string, folder: string): Promise<Dump> {
  return await connected(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables: DumpedTable[] = [];
    for (const { name, columns } of parentsFirst((await client.query<Table>(TABLES)).rows)) {
      const copy = client.query(to(`COPY (SELECT ${list(columns)} FROM ${quoted(name)}) TO STDOUT`));
      await pipeline(copy, createGzip({ level: 4 }), createWriteStream(fileOf(folder, name), { mode: 0o600 }));
      tables.push({ name, columns, rows: copy.rowCount });
    }
    const migrations = await client.query<{ name: string }>('SELECT name FROM knex_migrations ORDER BY id');
    const sequences = await client.query<{ name: string; value: string | null }>(
      "SELECT sequencename AS name, last_value::text AS value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename NOT LIKE 'knex%'",
    );
    const keys = await client.query<{ id: string }>(KEYS);
    await client.query('COMMIT');
    return {
      migrations: migrations.rows.map(({ name }) => name),
      tables,
      sequences: Object.fromEntries(sequences.rows.flatMap(({ name, value }) => (value === null ? [] : [[name, value]]))),
      keyIds: keys.rows.map(({ id }) => id),
    };
  });
}

/** Fills an empty database of the dump's own schema. All of it or nothing. @throws AppError where there are rows, or a table is another */
export async function loadDump(databaseUrl: string, folder: string, { tables, sequences }: Dump): Promise<void> {
  await connected(databaseUrl, async (client) => {
    await client.query('BEGIN');
    const known = new Map((await client.query<Table>(TABLES)).rows.map((table) => [table.name, table]));
    for (const { name, columns } of tables) {
      const table = known.get(name);
      if (!table || columns.some((column) => !table.columns.includes(column)) || !existsSync(fileOf(folder, name)))
        throw new AppError('bad_backup', `The backup's table "${name}" does not fit: was its folder changed?`);
      const found = await client.query(`SELECT 1 FROM ${quoted(name)} LIMIT 1`);
      if (found.rowCount)
        throw new AppError('not_empty', `The database is not empty: its table "${name}" has rows. Restore into an empty one.`);
    }
    for (const { name, columns, rows } of tables) {
      // Unlike INSERT, COPY takes values for columns that are otherwise always generated.
      const copy = client.query(from(`COPY ${quoted(name)} (${list(columns)}) FROM STDIN`));
      await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), copy);
      if (copy.rowCount !== rows) throw new AppError('bad_backup', `The backup's table "${name}" is not whole.`);
    }
    for (const [name, value] of Object.entries(sequences))
      await client.query('SELECT setval($1::regclass, $2::bigint)', [quoted(name), value]);
    await client.query('COMMIT');
    await client.query('ANALYZE');
  });
}

async function connected<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What rows refer to is loaded before them. */
function parentsFirst(tables: readonly Table[]): Table[] {
  const left = new Map(tables.map((table) => [table.name, table]));
  const ordered: Table[] = [];
  while (left.size > 0) {
    const next = [...left.values()].filter(({ refersTo }) => !refersTo.some((parent) => left.has(parent)));
    if (next.length === 0) throw new AppError('bad_schema', 'Tables refer to each other in a circle.');
    for (const table of next) {
      ordered.push(table);
      left.delete(table.name);
    }
  }
  return ordered;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const list = (columns: readonly string[]): string => columns.map(quoted).join(', ');
const fileOf = (folder: string, table: string): string => join(folder, 'database', `${table.replace(/\W/g, '_')}.copy.gz`);
