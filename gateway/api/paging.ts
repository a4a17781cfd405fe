import { z } from 'zod';
import { unfit } from './checking';

const NIL_ID = '00000000-0000-0000-0000-000000000000';
const MAX_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const pageQuery = z.object({
  cursor: z.string().max(300).optional().meta({ description: '`nextCursor` of the page before; absent for the first page.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A time to the microsecond, as the database tells it; it knows no year 0. */
export const exactMoment = z.iso.datetime({ precision: 6 }).refine((time) => !time.startsWith('0000'));
/** Where a page begins in a list ordered by time and id. */
export const momentAndId = z.tuple([exactMoment, z.uuid()]);
export const aNumber = z.tuple([z.int().min(0).max(Number.MAX_SAFE_INTEGER)]);

export const listOf = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const writeCursor = (place: readonly (string | number)[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** @throws Refusal 422 for a cursor that we did not make */
export function readCursor<Place>(schema: z.ZodType<Place>, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const refusal = unfit([{ path: 'cursor', message: 'is not a cursor of this list' }]);
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw refusal;
  }
  const parsed = schema.safeParse(place);
  if (!parsed.success) throw refusal;
  return parsed.data;
}

/** For lists that begin with the oldest. One row more than asked for tells whether there is a next page. */
export function ascending({ cursor, limit }: z.output<typeof pageQuery>) {
  const [afterTime, afterId] = readCursor(momentAndId, cursor) ?? ['-infinity', NIL_ID];
  return { afterTime, afterId, limit: limit + 1 };
}

/** For lists that begin with the newest. */
export function descending({ cursor, limit }: z.output<typeof pageQuery>) {
  const [time, id] = readCursor(momentAndId, cursor) ?? ['infinity', MAX_ID];
  return { before: { time, id }, limit: limit + 1 };
}

/** One page of `rows`, of which there may be one more than `limit`. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => readonly (string | number)[],
  present: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(present), nextCursor: rows.length > limit && last !== undefined ? writeCursor(place(last)) : null };
}

export const placeOf = ({ listedAt, id }: { readonly listedAt: string; readonly id: string }): readonly string[] => [listedAt, id];
