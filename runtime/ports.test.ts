import { setTimeout as wait } from 'node:timers/promises';
import { findChannel } from '../channels';
import type { Priority } from '../channels/channel';
import { createDesk, createWorld, type World } from '../tests/support/world';
import { createBudget, createMessengers, createPorts } from './ports';

let world: World;
beforeAll(async () => {
  world = await createWorld();
}, 60_000);
afterAll(() => world?.close());

describe('the budget', () => {
  it('is kept by three processes together, in whatever second one looks', async () => {
    const { integration } = await createDesk(world);
    const budgets = [world.store, world.another(), world.another()].map((store) => createBudget(store, integration.id));
    const times: number[] = [];
    const perSecond = 50;
    await Promise.all(
      Array.from({ length: 120 }, async (_, n) => {
        // Some come at once, some one after the other.
        if (n % 2) await wait(n * 10);
        await budgets[n % 3]!.take('cards', perSecond, 'frame');
        times.push(performance.now());
      }),
    );
    times.sort((a, b) => a - b);
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
    expect(most).toBeLessThanOrEqual(perSecond);
    expect(times.at(-1)! - times[0]!).toBeLessThan(4500);
  });

  it('gives way to the last frame, then to the first', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    const order: Priority[] = [];
    const take = (priority: Priority) => budget.take('cards', 50, priority).then(() => order.push(priority));
    await Promise.all([take('frame'), take('frame'), take('frame'), take('first'), take('last'), take('frame')]);
    expect(order).toEqual(['last', 'first', 'frame', 'frame', 'frame', 'frame']);
  });

  it('of a single chat is forgotten when nothing was said there for long', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    for (const api of ['chat/quiet', 'message/quiet', 'cards']) await budget.take(api, 1000, 'first');
    const left = async () => {
      const { rows } = (await world.store.db.raw('SELECT api FROM budgets WHERE integration_id = ? ORDER BY api', [integration.id])) as {
        rows: { api: string }[];
      };
      return rows.map(({ api }) => api);
    };
    await world.store.budgets.forgetChats(60_000);
    expect(await left()).toEqual(['cards', 'chat/quiet', 'message/quiet']);
    await wait(20);
    await world.store.budgets.forgetChats(0);
    expect(await left()).toEqual(['cards']);
  });

  it('lets a late last frame overtake what waits', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    const order: string[] = [];
    const frames = Array.from({ length: 8 }, () => budget.take('cards', 25, 'frame').then(() => order.push('frame')));
    await wait(60);
    const last = budget.take('cards', 25, 'last').then(() => order.push('last'));
    await Promise.all([...frames, last]);
    expect(order.indexOf('last')).toBeLessThan(5);
  });

  it('rests for all processes when the platform says so, for that API alone', async () => {
    const { integration } = await createDesk(world);
    const [mine, yours] = [createBudget(world.store, integration.id), createBudget(world.another(), integration.id)];
    await mine.pause('cards', 300);
    const began = performance.now();
    await yours.take('messages', 50, 'first');
    expect(performance.now() - began).toBeLessThan(250);
    await yours.take('cards', 50, 'last');
    expect(performance.now() - began).toBeGreaterThan(280);
  });

  it('follows what is granted, also while callers wait', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    const began = performance.now();
    const taken = Array.from({ length: 20 }, () => budget.take('cards', 4, 'frame'));
    await wait(50);
    taken.push(budget.take('cards', 100, 'frame'));
    await Promise.all(taken);
    // Five slots were leased at four a second already.
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('lets a burst out after a rest, whichever process asks, and keeps to what is granted from then on', async () => {
    const { integration } = await createDesk(world);
    const budgets = [world.store, world.another(), world.another()].map((store) => createBudget(store, integration.id));
    const [burst, perSecond] = [6, 10];
    const began = performance.now();
    const times = await Promise.all(
      Array.from({ length: 18 }, async (_, n) => {
        await budgets[n % 3]!.take('message', perSecond, 'first', { burst });
        return performance.now() - began;
      }),
    );
    times.sort((a, b) => a - b);
    const most = (windowMs: number) => Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
    expect(times[burst - 1]).toBeLessThan(200);
    expect(most(1000)).toBeLessThanOrEqual(burst + perSecond);
    expect(most(500)).toBeLessThanOrEqual(burst + perSecond / 2);
    expect(times.at(-1)).toBeGreaterThan((18 - burst) * (1000 / perSecond));
  });

  it('lets no burst out right after the platform said to wait', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    await budget.take('message', 10, 'first', { burst: 5 });
    const began = performance.now();
    await budget.pause('message', 200);
    await Promise.all(Array.from({ length: 3 }, () => budget.take('message', 10, 'first', { burst: 5 })));
    expect(performance.now() - began).toBeGreaterThan(390);
  });

  it('lets a call be late in proportion to the time between two of them', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    const began = performance.now();
    await budget.pause('message', 300);
    const taken = budget.take('message', 0.1, 'first');
    await wait(200);
    // A process that is busy when the slot begins.
    while (performance.now() < began + 450);
    await taken;
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('forgets who gave up waiting', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    await budget.pause('cards', 60_000);
    const givingUp = new AbortController();
    const taken = budget.take('cards', 50, 'frame', { signal: givingUp.signal });
    await wait(50);
    givingUp.abort(new Error('enough'));
    await expect(taken).rejects.toThrow('enough');
    await expect(budget.take('other', 50, 'frame', { signal: givingUp.signal })).rejects.toThrow('enough');
  });
});

describe('messengers', () => {
  it('are made once for each version of an integration', async () => {
    const { integration } = await createDesk(world);
    const messengerFor = createMessengers(findChannel, createPorts(world.store, { called: () => undefined }));
    const first = messengerFor(integration);
    expect(messengerFor({ ...integration })).toBe(first);
    expect(messengerFor({ ...integration, version: 2 })).not.toBe(first);
  });

  it('of settings that do not fit are refused in a sentence', async () => {
    const { integration } = await createDesk(world);
    const messengerFor = createMessengers(findChannel, createPorts(world.store, { called: () => undefined }));
    expect(() => messengerFor({ ...integration, config: { nonsense: true } })).toThrow(/save them again/);
    expect(() => messengerFor({ ...integration, channel: 'unknown' })).toThrow(/save them again/);
  });

  it('of settings that cannot be read are refused with the reason, and may be asked for again', async () => {
    const { integration } = await createDesk(world);
    const messengerFor = createMessengers(findChannel, createPorts(world.store, { called: () => undefined }));
    expect(() => messengerFor({ ...integration, config: {}, unreadable: 'The key is gone.' })).toThrow(
      expect.objectContaining({
        code: 'unreadable',
        retryable: true,
        message: expect.stringMatching(/cannot be read: The key is gone\.$/),
      }),
    );
  });
});
