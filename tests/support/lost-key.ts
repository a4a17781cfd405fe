import type { World } from './world';

const SEALED = {
  integrations: ['config', 'people_secrets'],
  experts: ['config'],
  expert_versions: ['config'],
  tenants: ['single_sign_on'],
} as const;

/** From now on it is as if one row's settings had been sealed with a key that is gone. Resolves with what puts the key back. */
export async function loseKey<Table extends keyof typeof SEALED>(
  { store: { db } }: Pick<World, 'store'>,
  table: Table,
  id: string,
  columns: readonly (typeof SEALED)[Table][number][] = SEALED[table],
): Promise<() => Promise<void>> {
  const { rows } = (await db.raw('SELECT * FROM ?? WHERE id = ?', [table, id])) as { rows: Record<string, string | null>[] };
  const put = async (sealed: (was: string) => string): Promise<void> => {
    for (const column of columns) {
      const was = rows[0]?.[column];
      if (was) await db.raw('UPDATE ?? SET ?? = ? WHERE id = ?', [table, column, sealed(was), id]);
    }
  };
  await put((was) => was.replace(/^v1\.[0-9a-f]{8}\./, 'v1.deadbeef.'));
  return () => put((was) => was);
}
