import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { row } from './database';
import type { Scope } from './scope';

/** Without names of tables or columns that are filled in: with them it would be several statements of one name. */
const isFixed = (sql: string): boolean => !sql.includes('??');

const names = new Map<string, string>();

/** Of the statement as Postgres shall keep it prepared, in each connection: planning the longer ones took it as much time as carrying them out. */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known) return known;
  const name = createHash('sha1').update(sql).digest('base64url');
  names.set(sql, name);
  return name;
}

/** Whose rows the statements of one call may touch. */
export type Reach = Pick<Scope, 'tenantId'> & Partial<Pick<Scope, 'organizationId'>>;

interface Standing {
  readonly reach: Reach | undefined;
  /** Set while everything shares one transaction. */
  shared?: Shared | undefined;
}

interface Shared {
  readonly tx: Knex.Transaction;
  /** One connection takes one statement at a time, however many are asked for at once. Never rejects. */
  last: Promise<unknown>;
}

function inTurn<T>(shared: Shared, work: (tx: Knex.Transaction) => PromiseLike<T>): Promise<T> {
  const mine = shared.last.then(() => work(shared.tx));
  shared.last = mine.catch(() => undefined);
  return mine;
}

/**
 * A pool whose statements, made inside of `within`, are bound by row-level security beneath whatever they say themselves: each transaction acts
 * as the role `parley_caller` with the tenant and organization set for it alone. Outside of it (workers, sign-in) nothing changes.
 */
export function reachable(pool: Knex) {
  const standing = new AsyncLocalStorage<Standing>();
  let enforced: Promise<boolean> | undefined;

  /** False where the migrating user could not make the role: then the store's own conditions stand alone. */
  function isEnforced(): Promise<boolean> {
    enforced ??= row<{ usable: boolean }>(
      pool,
      "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_caller' AND pg_has_role(oid, 'MEMBER')) AS usable",
    ).then((found) => found?.usable === true);
    enforced.catch(() => {
      enforced = undefined;
    });
    return enforced;
  }

  async function enter(tx: Knex.Transaction, reach: Reach | undefined): Promise<void> {
    if (reach)
      await tx.raw(
        "SELECT set_config('role', 'parley_caller', true), set_config('parley.tenant', ?, true), set_config('parley.organization', ?, true)",
        [reach.tenantId, reach.organizationId ?? ''],
      );
  }

  async function begin<T>(work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    const current = standing.getStore();
    if (current?.shared) return await current.shared.tx.transaction(work);
    const reach = current?.reach && (await isEnforced()) ? current.reach : undefined;
    return await pool.transaction(async (tx) => {
      await enter(tx, reach);
      return await work(tx);
    });
  }

  async function raw(sql: string, bindings: Knex.RawBinding[] = []): Promise<unknown> {
    const current = standing.getStore();
    if (current?.shared) return await inTurn(current.shared, (tx) => tx.raw<unknown>(sql, bindings));
    if (current?.reach && (await isEnforced())) return await begin(async (tx) => (await tx.raw(sql, bindings)) as unknown);
    // Only here: what an administrator searches for deserves a plan of its own.
    return await pool.raw(sql, bindings).options(isFixed(sql) ? { name: nameOf(sql) } : {});
  }

  const db = new Proxy(pool, {
    get: (target, name) => (name === 'raw' ? raw : name === 'transaction' ? begin : Reflect.get(target, name)),
  });

  return {
    db,
    isEnforced,

    /** What `work` reads and writes is bound to a tenant and, where given, to one of its organizations. */
    within: <T>(reach: Reach, work: () => T): T => standing.run({ reach }, work),

    /** All statements of `work` happen or none does. What it calls outside of the database sees nothing of it until it has ended. */
    atomically: <T>(work: () => Promise<T>): Promise<T> =>
      begin(async (tx) => {
        const current: Standing = { reach: standing.getStore()?.reach, shared: { tx, last: Promise.resolve() } };
        try {
          return await standing.run(current, work);
        } finally {
          // Whatever still runs after the end goes on with connections of its own.
          current.shared = undefined;
        }
      }),
  };
}
