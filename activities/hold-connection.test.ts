import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type LarkEmulator, startLarkEmulator } from '../channels/lark/emulator';
import { createProcess } from '../tests/support/answering';
import { loseKey } from '../tests/support/lost-key';
import { createDesk, createWorld, eventually, type World } from '../tests/support/world';

jest.setTimeout(30_000);

let world: World;
let lark: LarkEmulator;
beforeAll(async () => {
  [world, lark] = await Promise.all([createWorld(), startLarkEmulator({ latencyMs: 300 })]);
}, 60_000);
afterAll(async () => {
  await world?.close();
  await lark?.close();
});
afterEach(() => lark.clearFaults());

/** A bot that is called, so that its status is what the probe finds. */
async function createBot(more: Partial<LarkEmulator['config']> = {}, enabled = true): Promise<string> {
  const { integration } = await createDesk(world, { channel: 'lark', mode: 'webhook', enabled });
  await world.store.integrations.save(world.scope, integration.id, { ...integration, config: { ...lark.config, ...more } }, true);
  return integration.id;
}

const stateOf = async (id: string) => (await world.store.connections.find(id))!;

/** One attempt at holding the link. */
function hold(integrationId: string) {
  const env = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() }, { logger: new DefaultLogger('ERROR') });
  const outcome = env.run(createProcess(world).activities.holdConnection, { integrationId, version: 1 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { outcome, cancel: () => env.cancel() };
}

it('parks a bot whose credentials the platform refuses', async () => {
  const id = await createBot({ appSecret: 'wrong' });
  expect(await hold(id).outcome).toMatchObject({ type: 'bad_credentials', nonRetryable: true });
  expect(await stateOf(id)).toMatchObject({ parked: true, lastError: { code: 'bad_credentials' } });
});

it.each([
  ['of a bot', 'lark', 'webhook'],
  ['of a channel that needs none', 'sandbox', 'local'],
])('parks settings %s that cannot be read, with the reason, until they can be', async (_, channel, mode) => {
  const { integration } = await createDesk(world, { channel, mode });
  await world.store.integrations.save(world.scope, integration.id, { ...integration, config: channel === 'lark' ? lark.config : {} }, true);
  const putBack = await loseKey(world, 'integrations', integration.id);
  const probe = async () => await createProcess(world).activities.probeConnection({ integrationId: integration.id });
  expect(await hold(integration.id).outcome).toMatchObject({ type: 'bad_credentials', nonRetryable: true });
  expect(await stateOf(integration.id)).toMatchObject({
    parked: true,
    lastError: { message: expect.stringMatching(/^The settings cannot be read: .*which PARLEY_SECRET_KEY no longer holds/) },
  });
  expect(await probe()).toEqual({ ok: false });
  await putBack();
  expect(await probe()).toEqual({ ok: true });
});

it.each([
  ['answers nothing', { match: 'token', drop: true }],
  ['is out of order', { match: 'token', status: 503, code: -1 }],
])('tries again soon where the platform %s', async (_, fault) => {
  const id = await createBot();
  lark.fault(fault);
  const failure = await hold(id).outcome;
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type: 'ConnectionLost', nonRetryable: false });
  expect(await stateOf(id)).toMatchObject({ parked: false, failures: 1, lastError: { code: 'unreachable' } });
});

it('waits while its row is disabled, and begins when it no longer is though nobody tells', async () => {
  const id = await createBot({}, false);
  const { outcome, cancel } = hold(id);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await stateOf(id)).owner).toBeNull();
  await world.store.integrations.setEnabled(world.scope, id, true);
  await eventually('the link', async () => (await stateOf(id)).state === 'connected');
  cancel();
  await outcome;
});

it('says nothing of a link that another process has taken meanwhile', async () => {
  const id = await createBot({ appSecret: 'wrong' });
  const { outcome } = hold(id);
  const mine = await eventually('the attempt', async () => (await stateOf(id)).owner === 'test' && (await stateOf(id)).epoch);
  expect(await world.store.connections.acquire(id, 'another')).toBe(mine + 1);
  expect(await outcome).toMatchObject({ type: 'Superseded' });
  expect(await stateOf(id)).toMatchObject({ owner: 'another', parked: false, failures: 0, lastError: null });
});
