import { type Knex, knex } from 'knex';
import { types } from 'pg';

// Ledger numbers and versions stay far below 2^53.
types.setTypeParser(types.builtins.INT8, Number);

export interface DatabaseOptions {
  readonly maxConnections?: number;
  /** Most time one statement may take, and most time to wait for a free connection, in milliseconds. */
  readonly timeoutMs?: number;
}

/** One pool of connections to Postgres. `destroy()` it when done. */
export function openDatabase(url: string, { maxConnections = 10, timeoutMs = 5000 }: DatabaseOptions = {}): Knex {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      statement_timeout: timeoutMs,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs + 500,
      keepAlive: true,
    },
    pool: { min: 0, max: maxConnections, acquireTimeoutMillis: timeoutMs, createTimeoutMillis: timeoutMs, propagateCreateError: false },
  });
}

/** Rows of one raw statement. */
export async function rows<Row>(db: Knex | Knex.Transaction, sql: string, bindings: Knex.RawBinding[] = []): Promise<Row[]> {
  const result = (await db.raw(sql, bindings)) as { rows: Row[] };
  return result.rows;
}

export async function row<Row>(db: Knex | Knex.Transaction, sql: string, bindings: Knex.RawBinding[] = []): Promise<Row | undefined> {
  return (await rows<Row>(db, sql, bindings))[0];
}

/** True while Postgres cannot be reached or does not answer in time: nothing was wrong with the statement itself. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return /^(08|57|53|E[A-Z]+$)/.test(code) || code === '40001' || code === '40P01';
  return /timeout|terminat|ended|acquir/i.test(error.message) || error.name === 'KnexTimeoutError';
}
