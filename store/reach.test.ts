import { Client } from 'pg';
import { createWorld, type World } from '../tests/support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world?.close());

type Counted = { readonly rows: readonly { readonly n: number }[] };
const numberOf = async (sql: string, bindings: number[] = []): Promise<number | undefined> =>
  ((await world.store.db.raw(sql, bindings)) as Counted).rows[0]?.n;

describe('one transaction', () => {
  it('takes statements one after the other, however many are asked for at once', async () => {
    const real = Client.prototype.query;
    let early = 0;
    const query = jest.spyOn(Client.prototype, 'query').mockImplementation(function (
      this: { readyForQuery?: boolean },
      ...given: unknown[]
    ) {
      // The driver queues what comes while another statement runs; its next version refuses it.
      if (this.readyForQuery === false) early += 1;
      return Reflect.apply(real, this, given) as never;
    });
    const found = await world.store.atomically(() =>
      Promise.all([numberOf('SELECT 1 AS n FROM pg_sleep(0.05)'), numberOf('SELECT ?::int AS n', [2]), numberOf('SELECT 3 AS n')]),
    );
    expect(query.mock.calls.length).toBeGreaterThan(3);
    query.mockRestore();
    expect([found, early]).toEqual([[1, 2, 3], 0]);
  });

  it('ends with the first that fails', async () => {
    const failing = world.store.atomically(() => Promise.all([numberOf('SELECT 1/0 AS n'), numberOf('SELECT 2 AS n')]));
    await expect(failing).rejects.toThrow('division by zero');
    expect(await numberOf('SELECT 4 AS n')).toBe(4);
  });
});
