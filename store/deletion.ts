import type { Knex } from 'knex';
import { rows } from './database';

/** Whose rows go: those of one organization, or of a tenant with all of its organizations. */
export interface Deleted {
  readonly tenantId: string;
  /** undefined for the whole tenant. */
  readonly organizationId?: string;
  /** For tables that know their rows' owner by these alone. */
  readonly integrationIds: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Tables that its rows refer to. */
  readonly refersTo: readonly string[];
}

/**
 * Deletes every row of an organization or tenant from every table there is, records of administrators included, in one transaction. The tables are read
 * from the database's own catalogue, so that none can be forgotten. Needs a connection that is bound to no tenant and waits long enough.
 * @returns how many rows went
 */
export async function deleteRows(db: Knex, deleted: Deleted): Promise<number> {
  return await db.transaction(async (tx) => {
    await tx.raw("SELECT set_config('parley.erasing', 'on', true), set_config('statement_timeout', '0', true)");
    const { organizationId, tenantId } = deleted;
    // Whoever writes a row that refers to it waits, and is then refused.
    await tx.raw('SELECT 1 FROM organizations WHERE tenant_id = ? AND id = COALESCE(?, id) FOR UPDATE', [tenantId, organizationId ?? null]);
    if (organizationId) await tx.raw('UPDATE sessions SET current_organization = NULL WHERE current_organization = ?', [organizationId]);
    let count = 0;
    for (const table of childrenFirst(await tablesOf(tx))) {
      const condition = conditionOf(table, deleted);
      if (!condition) continue;
      const { rowCount } = (await tx.raw(`DELETE FROM ?? WHERE ${condition.where}`, [table.name, condition.id])) as { rowCount: number };
      count += rowCount;
    }
    // Records above it that tell of nothing else: that it was made, and named.
    await tx.raw('DELETE FROM audit WHERE target_id = ?', [organizationId ?? tenantId]);
    return count;
  });
}

function conditionOf(
  { name, columns }: Table,
  { tenantId, organizationId, integrationIds }: Deleted,
): { readonly where: string; readonly id: Knex.RawBinding } | undefined {
  const [owner, id, own] = organizationId ? ['organization_id', organizationId, 'organizations'] : ['tenant_id', tenantId, 'tenants'];
  if (name === own) return { where: 'id = ?', id };
  if (columns.includes(owner)) return { where: `${owner} = ?`, id };
  if (!columns.includes('tenant_id') && columns.includes('integration_id'))
    return { where: 'integration_id = ANY(?)', id: [...integrationIds] };
  return undefined;
}

const tablesOf = (db: Knex): Promise<Table[]> =>
  rows<Table>(
    db,
    `SELECT c.relname AS name, array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
            array(SELECT DISTINCT p.relname::text FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
                  WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS "refersTo"
     FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname`,
  );

/** What other rows refer to goes after them. */
function childrenFirst(tables: readonly Table[]): Table[] {
  const left = new Map(tables.map((table) => [table.name, table]));
  const ordered: Table[] = [];
  while (left.size > 0) {
    const next = [...left.values()].filter(
      ({ name }) => ![...left.keys()].some((other) => other !== name && left.get(other)?.refersTo.includes(name)),
    );
    if (next.length === 0) throw new Error('Tables refer to each other in a circle.');
    for (const table of next) {
      ordered.push(table);
      left.delete(table.name);
    }
  }
  return ordered;
}
