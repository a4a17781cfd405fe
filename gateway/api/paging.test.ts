import { Refusal } from '../../domain/errors';
import { ascending, descending, momentAndId, pageOf, pageQuery, placeOf, readCursor, writeCursor } from './paging';

const rows = [1, 2, 3].map((n) => ({ id: `00000000-0000-4000-8000-00000000000${n}`, listedAt: `2026-01-01T00:00:00.00000${n}Z` }));

test('a page says where the next one begins, the last one says that there is none', () => {
  const first = pageOf(rows, 2, placeOf, ({ id }) => id);
  expect(first.items).toEqual([rows[0]!.id, rows[1]!.id]);
  expect(readCursor(momentAndId, first.nextCursor!)).toEqual([rows[1]!.listedAt, rows[1]!.id]);
  expect(pageOf(rows, 3, placeOf, ({ id }) => id).nextCursor).toBeNull();
  expect(pageOf([], 3, placeOf, String)).toEqual({ items: [], nextCursor: null });
});

test('a cursor keeps the microseconds', () => {
  const cursor = writeCursor(placeOf(rows[2]!));
  expect(ascending({ cursor, limit: 10 })).toEqual({ afterTime: rows[2]!.listedAt, afterId: rows[2]!.id, limit: 11 });
  expect(descending({ cursor, limit: 10 })).toEqual({ before: { time: rows[2]!.listedAt, id: rows[2]!.id }, limit: 11 });
});

test.each(['', 'x', '%', 'bnVsbA', writeCursor([]), writeCursor(['yesterday', rows[0]!.id]), writeCursor([rows[0]!.listedAt, 'x'])])(
  'the cursor "%s" is not ours',
  (cursor) => {
    expect(() => readCursor(momentAndId, cursor)).toThrow(Refusal);
  },
);

test.each(['0', '201', '-1', '1.5', 'many', ''])('a page of "%s" is refused', (limit) => {
  expect(pageQuery.safeParse({ limit }).success).toBe(false);
});

test('a page holds 50 unless told otherwise, at most 200', () => {
  expect(pageQuery.parse({})).toEqual({ limit: 50 });
  expect(pageQuery.parse({ limit: '200' })).toEqual({ limit: 200 });
});
