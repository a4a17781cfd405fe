import { createDesk, createWorld, type World } from '../tests/support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world?.close());

const error = { code: 'unreachable', message: 'Away.', at: new Date(0).toISOString() };

it('counts writes only from whoever took the link last', async () => {
  const { connections } = world.store;
  const { integration } = await createDesk(world);
  const old = (await connections.acquire(integration.id, 'a'))!;
  const mine = (await connections.acquire(integration.id, 'b'))!;
  expect(mine).toBe(old + 1);
  expect([await connections.prove(integration.id, old), await connections.connected(integration.id, old)]).toEqual([false, undefined]);
  expect(await connections.connected(integration.id, mine)).toEqual({ lostSeconds: null });
  expect(await connections.prove(integration.id, mine)).toBe(true);
  expect(await connections.find(integration.id)).toMatchObject({ owner: 'b', state: 'connected', epoch: mine, failures: 0 });
});

it('counts failures until the link was up for a minute, and says how long it was lost', async () => {
  const { connections, db } = world.store;
  const { integration } = await createDesk(world);
  const epoch = (await connections.acquire(integration.id, 'a'))!;
  await connections.connected(integration.id, epoch);
  expect(await connections.failed(integration.id, error, false, true)).toMatchObject({ failures: 1, wasConnected: true });
  expect(await connections.failed(integration.id, error, false, true)).toMatchObject({ failures: 2, wasConnected: false });
  await db.raw("UPDATE connections SET lost_at = now() - interval '90 seconds' WHERE integration_id = ?", [integration.id]);
  expect((await connections.connected(integration.id, epoch))?.lostSeconds).toBeCloseTo(90, 0);
  expect(await connections.failed(integration.id, error, false, true)).toMatchObject({ failures: 3 });
  await connections.connected(integration.id, epoch);
  await db.raw("UPDATE connections SET since = now() - interval '61 seconds' WHERE integration_id = ?", [integration.id]);
  expect(await connections.failed(integration.id, error, false, true)).toMatchObject({ failures: 1 });
});

it('remembers the last three log-ins', async () => {
  const { connections } = world.store;
  const { integration } = await createDesk(world);
  for (let n = 0; n < 5; n++) await connections.acquire(integration.id, 'a');
  const { logins } = (await connections.failed(integration.id, error, true, true))!;
  expect(logins).toHaveLength(3);
  expect(await connections.find(integration.id)).toMatchObject({ parked: true, lastError: error });
  await connections.setState(integration.id, 'connecting');
  expect(await connections.find(integration.id)).toMatchObject({ parked: false, failures: 0 });
});
