import { connectionStatus } from '../domain/connection';
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
  expect(await connections.failed(integration.id, old, error, true)).toBeUndefined();
  expect(await connections.find(integration.id)).toMatchObject({ owner: 'b', state: 'connected', epoch: mine, failures: 0 });
});

it('counts failures until the link was up for a minute, and says how long it was lost', async () => {
  const { connections, db } = world.store;
  const { integration } = await createDesk(world);
  const epoch = (await connections.acquire(integration.id, 'a'))!;
  await connections.connected(integration.id, epoch);
  expect(await connections.failed(integration.id, epoch, error, false)).toMatchObject({ failures: 1, wasConnected: true });
  expect(await connections.failed(integration.id, epoch, error, false)).toMatchObject({ failures: 2, wasConnected: false });
  await db.raw("UPDATE connections SET lost_at = now() - interval '90 seconds' WHERE integration_id = ?", [integration.id]);
  expect((await connections.connected(integration.id, epoch))?.lostSeconds).toBeCloseTo(90, 0);
  expect(await connections.failed(integration.id, epoch, error, false)).toMatchObject({ failures: 3 });
  await connections.connected(integration.id, epoch);
  await db.raw("UPDATE connections SET since = now() - interval '61 seconds' WHERE integration_id = ?", [integration.id]);
  expect(await connections.failed(integration.id, epoch, error, false)).toMatchObject({ failures: 1 });
});

it('is down since it was lost, however often it was tried again since', async () => {
  const { connections, db } = world.store;
  const { integration } = await createDesk(world);
  const epoch = (await connections.acquire(integration.id, 'a'))!;
  await connections.connected(integration.id, epoch);
  await connections.failed(integration.id, epoch, error, false);
  await db.raw("UPDATE connections SET since = now() - interval '61 seconds' WHERE integration_id = ?", [integration.id]);
  for (let tries = 0; tries < 3; tries++) await connections.failed(integration.id, epoch, error, false);
  expect(connectionStatus((await connections.find(integration.id))!, 'listen')).toMatchObject({ state: 'disconnected', reason: 'Away.' });
  await connections.failed(integration.id, epoch, error, true);
  expect(Date.now() - (await connections.find(integration.id))!.since.getTime()).toBeLessThan(5000);
});

it('remembers the last three log-ins', async () => {
  const { connections } = world.store;
  const { integration } = await createDesk(world);
  let epoch = 0;
  for (let n = 0; n < 5; n++) epoch = (await connections.acquire(integration.id, 'a'))!;
  const { logins } = (await connections.failed(integration.id, epoch, error, true))!;
  expect(logins).toHaveLength(3);
  expect(await connections.find(integration.id)).toMatchObject({ parked: true, lastError: error });
  await connections.setState(integration.id, 'connecting');
  expect(await connections.find(integration.id)).toMatchObject({ parked: false, failures: 0 });
});

it('remembers a verified call for the newest settings only, in whatever order calls end', async () => {
  const { connections } = world.store;
  const { integration } = await createDesk(world);
  expect(await connections.find(integration.id)).toMatchObject({ lastCallAt: null, lastCallVersion: null });
  for (const version of [2, 1]) await connections.called(integration.id, version);
  expect(await connections.find(integration.id)).toMatchObject({ lastCallAt: expect.any(Date), lastCallVersion: 2 });
});
