import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RecordJob } from '../activities/connection-story';
import { keepHistory } from '../tests/support/stage';
import { startTemporal, startWorkers } from '../tests/support/temporal';
import { eventually } from '../tests/support/world';
import {
  connectionQuery,
  connectionWorkflowId,
  disableUpdate,
  enableUpdate,
  reconfigureUpdate,
  removeUpdate,
  restartUpdate,
  searchAttributes,
  taskQueues,
} from './messages';

/** One link as the platform sees it. */
interface Link {
  readonly id: string;
  readonly handle: WorkflowHandle;
  /** Versions that were held, in order; how many are held now. */
  readonly held: number[];
  open: number;
  mostOpen: number;
  readonly story: RecordJob[];
  probes: number;
  /** Why the platform refuses, if it does. */
  refusal: string | undefined;
  /** What a probe finds out, or does. */
  probe: () => Promise<boolean>;
  /** How often writing the story down fails first. */
  storyFails: number;
}

let env: TestWorkflowEnvironment;
let stopWorkers: () => Promise<void>;
const links = new Map<string, Link>();

beforeAll(async () => {
  env = await startTemporal();
  stopWorkers = await startWorkers(env, {
    async holdConnection({ integrationId, version }) {
      const link = links.get(integrationId)!;
      if (link.refusal !== undefined) throw ApplicationFailure.nonRetryable(link.refusal, 'bad_credentials');
      link.held.push(version);
      link.open += 1;
      link.mostOpen = Math.max(link.mostOpen, link.open);
      const beating = setInterval(() => Context.current().heartbeat(), 100);
      try {
        await Context.current().cancelled;
      } finally {
        clearInterval(beating);
        await wait(50);
        link.open -= 1;
      }
    },
    async recordConnection(job) {
      const link = links.get(job.integrationId)!;
      if (link.storyFails-- > 0) throw new Error('The database is away.');
      link.story.push(job);
    },
    async probeConnection({ integrationId }) {
      const link = links.get(integrationId)!;
      link.probes += 1;
      return { ok: await link.probe() };
    },
  });
}, 60_000);
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
}, 20_000);
jest.setTimeout(30_000);

async function openLink(more: Partial<Link> = {}, { enabled = true, probeEveryMs = 60_000 } = {}): Promise<Link> {
  const id = randomUUID();
  const handle = env.client.workflow.getHandle(connectionWorkflowId(id));
  const link: Link = {
    ...{ id, handle, held: [], open: 0, mostOpen: 0, story: [], probes: 0, refusal: undefined, probe: async () => false, storyFails: 0 },
    ...more,
  };
  links.set(id, link);
  await env.client.workflow.start('connection', {
    workflowId: connectionWorkflowId(id),
    taskQueue: taskQueues.conversations,
    args: [{ integrationId: id, desired: { enabled, version: 1 }, probeEveryMs }],
  });
  return link;
}

const isHeld = (link: Link, version?: number) =>
  eventually('the link', () => link.open === 1 && (version === undefined || link.held.at(-1) === version));
const isParked = (link: Link) => eventually('parking', async () => (await link.handle.query(connectionQuery)).parked !== undefined);
const told = (link: Link, kinds: readonly string[]) =>
  eventually(`the story ${kinds}`, () => link.story.map(({ kind }) => kind).join() === kinds.join());
const stateOf = async (link: Link) => (await link.handle.describe()).searchAttributes[searchAttributes.state.name]?.[0];

it('holds the link; disabled lets go of it within a second, enabled holds it again', async () => {
  const link = await openLink();
  await isHeld(link);
  expect(await stateOf(link)).toBe('held');
  const began = Date.now();
  expect(await link.handle.executeUpdate(disableUpdate, { args: ['admin'] })).toEqual({ enabled: false, version: 1 });
  await eventually('the end of the link', () => link.open === 0);
  expect(Date.now() - began).toBeLessThan(3000);
  await link.handle.executeUpdate(disableUpdate, { args: ['admin'] });
  await told(link, ['disabled']);
  expect(link.story[0]).toMatchObject({ kind: 'disabled', by: 'admin', enabled: false, parked: false });
  await eventually('the mark', async () => (await stateOf(link)) === 'disabled');
  await link.handle.executeUpdate(restartUpdate, { args: ['admin'] });
  await link.handle.executeUpdate(enableUpdate, { args: ['admin'] });
  await isHeld(link);
  await link.handle.executeUpdate(enableUpdate, { args: ['admin'] });
  await told(link, ['disabled', 'enabled']);
  expect([link.held, link.mostOpen]).toEqual([[1, 1], 1]);
  await keepHistory('held', link.handle);
});

it('restarts and reconfigures without two links at once, and takes an old version for what it is', async () => {
  const link = await openLink();
  await isHeld(link);
  await link.handle.executeUpdate(restartUpdate, { args: ['admin'] });
  await eventually('the second link', () => link.held.length === 2 && link.open === 1);
  expect(await link.handle.executeUpdate(reconfigureUpdate, { args: [3, 'admin'] })).toEqual({ enabled: true, version: 3 });
  await isHeld(link, 3);
  expect(await link.handle.executeUpdate(reconfigureUpdate, { args: [2, 'admin'] })).toEqual({ enabled: true, version: 3 });
  await told(link, ['restarted', 'reconfigured']);
  expect([link.held, link.mostOpen]).toEqual([[1, 1, 3], 1]);
  await keepHistory('reconfigured', link.handle);
});

it('takes many changes at once and holds what was wanted last', async () => {
  const link = await openLink();
  await isHeld(link);
  await Promise.all([
    link.handle.executeUpdate(restartUpdate, { args: ['a'] }),
    link.handle.executeUpdate(disableUpdate, { args: ['b'] }),
    link.handle.executeUpdate(enableUpdate, { args: ['c'] }),
    link.handle.executeUpdate(reconfigureUpdate, { args: [2, 'd'] }),
    link.handle.executeUpdate(reconfigureUpdate, { args: [4, 'e'] }),
  ]);
  const { enabled } = await link.handle.query(connectionQuery);
  if (!enabled) await link.handle.executeUpdate(enableUpdate, { args: ['f'] });
  await isHeld(link, 4);
  expect(link.mostOpen).toBe(1);
});

describe('refused for good', () => {
  test.each([
    ['restart', (link: Link) => link.handle.executeUpdate(restartUpdate, { args: ['admin'] })],
    ['enable', (link: Link) => link.handle.executeUpdate(enableUpdate, { args: ['admin'] })],
    ['reconfigure', (link: Link) => link.handle.executeUpdate(reconfigureUpdate, { args: [2, 'admin'] })],
  ])('it is parked and left by %s', async (name, leave) => {
    const link = await openLink({ refusal: 'The secret is wrong.' });
    await isParked(link);
    await told(link, ['parked']);
    expect(link.story[0]).toMatchObject({ kind: 'parked', reason: 'The secret is wrong.', enabled: true, parked: true });
    await eventually('the mark', async () => (await stateOf(link)) === 'parked');
    await wait(300);
    expect(link.held).toEqual([]);
    link.refusal = undefined;
    await leave(link);
    await isHeld(link);
    expect((await link.handle.query(connectionQuery)).parked).toBeUndefined();
    if (name === 'restart') await keepHistory('parked', link.handle);
  });

  it('its credentials are tried again from time to time', async () => {
    let accepted = false;
    const link = await openLink({ refusal: 'An incident.', probe: async () => accepted }, { probeEveryMs: 150 });
    await eventually('two probes', () => link.probes >= 2);
    expect(link.held).toEqual([]);
    accepted = true;
    link.refusal = undefined;
    await isHeld(link);
    await keepHistory('probed', link.handle);
  });

  it('an administrator does not wait for a probe that hangs', async () => {
    const link = await openLink({ refusal: 'An incident.', probe: () => wait(5000, false) }, { probeEveryMs: 100 });
    await eventually('a probe', () => link.probes === 1);
    link.refusal = undefined;
    const began = Date.now();
    await link.handle.executeUpdate(restartUpdate, { args: ['admin'] });
    await isHeld(link);
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it('a probe that fails for good leaves it parked', async () => {
    const probe = async () => {
      throw ApplicationFailure.nonRetryable('broken');
    };
    const link = await openLink({ refusal: 'An incident.', probe }, { probeEveryMs: 100 });
    await eventually('two probes', () => link.probes >= 2);
    expect((await link.handle.describe()).status.name).toBe('RUNNING');
  });
});

it('writes its story down once the database is back', async () => {
  const link = await openLink({ storyFails: 2 });
  await isHeld(link);
  await link.handle.executeUpdate(restartUpdate, { args: ['admin'] });
  await told(link, ['restarted']);
  await isHeld(link);
});

it('removed, it lets go of the link and is complete', async () => {
  const link = await openLink();
  await isHeld(link);
  await link.handle.executeUpdate(removeUpdate, { args: ['admin'] });
  await link.handle.result();
  expect([link.open, link.story.map(({ kind }) => kind)]).toEqual([0, ['disabled']]);
});

it('removed while it is off, it is complete too', async () => {
  const link = await openLink({}, { enabled: false });
  await link.handle.executeUpdate(removeUpdate, { args: ['admin'] });
  await link.handle.result();
  expect(link.held).toEqual([]);
});
