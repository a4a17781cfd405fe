import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ensureConnection, runningConnections } from '../runtime/connections';
import { startTemporal, startWorkers } from '../tests/support/temporal';
import { createDesk, createWorld, eventually, silentLog, type World } from '../tests/support/world';
import { connectionQuery, connectionWorkflowId } from '../workflows/messages';
import { reconcileAll } from './reconcile';

let env: TestWorkflowEnvironment;
let stopWorkers: () => Promise<void>;
let world: World;

beforeAll(async () => {
  [env, world] = await Promise.all([startTemporal(), createWorld()]);
  stopWorkers = await startWorkers(env, {
    holdConnection: () => Context.current().cancelled,
    recordConnection: async () => undefined,
    probeConnection: async () => ({ ok: true }),
  });
}, 60_000);
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
  await world?.close();
}, 20_000);

test('a connection that cannot be told keeps none of the others from being what they should', async () => {
  const { client } = env;
  const { integration: stuck } = await createDesk(world);
  const { integration: missing } = await createDesk(world);
  const deleted = { ...missing, id: randomUUID() };
  await ensureConnection({ client }, deleted, 'test');
  // Its workflow is on a queue that nobody works on.
  await client.workflow.start('connection', { workflowId: connectionWorkflowId(stuck.id), taskQueue: 'nobody', args: [] });
  await eventually('Temporal to list both', async () => {
    const running = await runningConnections({ client });
    return running.includes(deleted.id) && running.includes(stuck.id);
  });

  await reconcileAll({ client, store: world.store, log: silentLog }, new AbortController().signal);
  expect(await client.workflow.getHandle(connectionWorkflowId(missing.id)).query(connectionQuery)).toMatchObject({ enabled: true });
  await eventually('the end of what has no integration', async () => {
    const { status } = await client.workflow.getHandle(connectionWorkflowId(deleted.id)).describe();
    return status.name === 'COMPLETED';
  });
}, 40_000);
