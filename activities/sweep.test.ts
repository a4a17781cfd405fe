import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ask, attempt, cardsOf, createProcess, endsOf, type ProcessOptions, question } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, type World } from '../tests/support/world';
import type { AnswerJob } from './answer';
import { createSweep, type SweepLimits } from './sweep';

let world: World;
let desk: Desk;

beforeEach(async () => {
  world = await createWorld();
  desk = await createDesk(world, { config: { chunkMs: 0 } });
}, 60_000);
afterEach(() => world?.close());

type Told = Awaited<ReturnType<NonNullable<ProcessOptions['openRunKnows']>>>;
const quiet = { logger: new DefaultLogger('ERROR') };
const olderThan = (overdueMs: number) => ({ limits: { overdueMs } });

/** Sweeps of one process, one after the other. */
function sweeping(options: ProcessOptions = olderThan(0), limits?: SweepLimits) {
  const sweep = createSweep(createProcess(world, options).deps, limits);
  return () => new MockActivityEnvironment({}, quiet).run(sweep);
}

const orphaned = async (chatId: string) => (await world.store.events.undelivered(chatId, 10))?.heard.map(({ id }) => id) ?? [];

describe('events that nobody works on', () => {
  it('go to the relay, under the turn that owned them', async () => {
    const job = await ask(world, desk, [question('Lost?', 'lost')]);
    await attempt(createProcess(world, { death: { at: 'turns.open', when: 'after' } }), job).outcome.catch(() => undefined);
    expect(await sweeping()()).toMatchObject({ overdue: 1, repaired: 1 });
    expect((await world.store.events.undelivered(job.chatId, 10))?.heard).toMatchObject([{ turnId: job.turnId, again: true }]);
  });

  it('are not those that an open run works on, or still has to close', async () => {
    const [working, closing] = [await ask(world, desk, [question('Mine', 'w')]), await ask(world, desk, [question('Mine', 'c')])];
    await world.store.turns.open(closing, 1);
    const openRunKnows = async (chatId: string) => (chatId === working.chatId ? working.eventIds : [closing.turnId]);
    await sweeping({ ...olderThan(0), openRunKnows })();
    expect([await orphaned(working.chatId), await orphaned(closing.chatId)]).toEqual([[], []]);
  });

  it('nor those of a chat of which Temporal says nothing, nor what is young', async () => {
    const job = await ask(world, desk, [question('Wait', 'unknown')]);
    await sweeping({ ...olderThan(0), openRunKnows: () => Promise.reject(new Error('away')) })();
    await sweeping(olderThan(60_000))();
    expect(await orphaned(job.chatId)).toEqual([]);
  });
});

describe('a reply that no event brings back', () => {
  /** A worker died before it could end its answer, and what was asked was taken back. */
  async function abandon(chat: string): Promise<AnswerJob> {
    const job = await ask(world, desk, [question('count to 100', chat)]);
    const dying = createProcess(world, { death: { at: 'turns.decide', when: 'before' }, limits: { touchMs: 5 } });
    await attempt(dying, job).outcome.catch(() => undefined);
    await world.store.events.end(job.eventIds, 'recalled');
    return job;
  }

  it('is closed once its run is gone', async () => {
    const { turnId, chatId } = await abandon('gone');
    await sweeping()();
    expect(await cardsOf(world, desk, 'gone')).toMatchObject([{ turnId, state: 'stopped' }]);
    expect(await endsOf(world, chatId)).toEqual(['recalled']);
    expect(await world.store.turns.abandoned(0, 10)).toEqual([]);
  });

  it('shows the end that was decided', async () => {
    const job = await ask(world, desk, [question('echo: done', 'decided')]);
    await attempt(createProcess(world, { death: { at: 'turns.decide', when: 'after' } }), job).outcome.catch(() => undefined);
    await world.store.events.end(job.eventIds, 'refused');
    await sweeping()();
    expect(await cardsOf(world, desk, 'decided')).toMatchObject([{ state: 'done', text: 'done' }]);
  });

  it.each(['turnId', 'eventId'] as const)('is left alone while its run knows it by its %s', async (by) => {
    const { turnId, eventIds } = await abandon('known');
    await sweeping({ ...olderThan(0), openRunKnows: async () => (by === 'turnId' ? [turnId] : eventIds) })();
    expect((await cardsOf(world, desk, 'known'))[0]).toMatchObject({ state: 'thinking' });
  });
});

describe('however much there is', () => {
  const pace = (more: Partial<SweepLimits> = {}): SweepLimits => ({ atMostMs: 10_000, sessions: 500, ...more });

  it('every lost session ends in the end, though others stand open', async () => {
    const jobs = [];
    for (let n = 0; n < 5; n++) {
      const job = await ask(world, desk, [question('echo: x', `session ${n}`)]);
      await attempt(createProcess(world), job).outcome;
      jobs.push(job);
    }
    await world.store.db.raw("UPDATE conversations SET started_at = now() - interval '1 hour'");
    const [last, ...open] = jobs.sort((a, b) => (a.sessionId < b.sessionId ? 1 : -1));
    const openRunKnows = async (chatId: string): Promise<Told> => (open.some((one) => one.chatId === chatId) ? [] : undefined);
    const sweep = sweeping({ ...olderThan(0), openRunKnows }, pace({ sessions: 2 }));
    for (let sweeps = 0; sweeps < 3; sweeps++) await sweep();
    const states = await Promise.all([last!, ...open].map(({ sessionId }) => world.store.conversations.get(world.scope, sessionId)));
    expect(states.map((one) => one?.state)).toEqual(['ended', 'open', 'open', 'open', 'open']);
  });

  it('a sweep ends in time, and the next goes on where it stopped', async () => {
    const jobs = await Promise.all(Array.from({ length: 40 }, (_, n) => ask(world, desk, [question('Hello', `slow ${n}`)])));
    const asked = new Set<string>();
    const openRunKnows = async (chatId: string): Promise<Told> => {
      asked.add(chatId);
      await new Promise((resolve) => setTimeout(resolve, 400));
      throw new Error('timeout');
    };
    const sweep = sweeping({ ...olderThan(0), openRunKnows }, pace({ atMostMs: 300 }));
    const began = Date.now();
    await sweep();
    expect(Date.now() - began).toBeLessThan(2000);
    expect(asked.size).toBe(16);
    await sweep();
    await sweep();
    expect(asked.size).toBe(jobs.length);
  });

  it('what is no longer needed is forgotten, though Temporal says nothing at all', async () => {
    await ask(world, desk, [question('Hello', 'hanging')]);
    const { integration } = await createDesk(world, { channel: 'lark', mode: 'webhook' });
    await world.store.memory.put(integration.id, 'old', 1);
    await world.store.db.raw("UPDATE memory SET updated_at = now() - interval '8 days' WHERE key = 'old'");
    const sweep = sweeping({ ...olderThan(0), openRunKnows: () => new Promise(() => undefined) }, pace());
    void sweep();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await world.store.memory.get(integration.id, 'old')).toBeUndefined();
  });

  it('a sweep that is cancelled asks nobody more', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => ask(world, desk, [question('Hello', `cancelled ${n}`)])));
    const env = new MockActivityEnvironment({}, quiet);
    let asked = 0;
    const openRunKnows = async (): Promise<Told> => {
      asked += 1;
      env.cancel();
      return undefined;
    };
    await env.run(createSweep(createProcess(world, { ...olderThan(0), openRunKnows }).deps));
    expect(asked).toBe(1);
  });
});
