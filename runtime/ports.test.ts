import { setTimeout as wait } from 'node:timers/promises';
import { findChannel } from '../channels';
import type { Priority } from '../channels/channel';
import { createDesk, createWorld, type World } from '../tests/support/world';
import { createBudget, createMessengers } from './ports';

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

  it('forgets who gave up waiting', async () => {
    const { integration } = await createDesk(world);
    const budget = createBudget(world.store, integration.id);
    await budget.pause('cards', 60_000);
    const givingUp = new AbortController();
    const taken = budget.take('cards', 50, 'frame', givingUp.signal);
    await wait(50);
    givingUp.abort(new Error('enough'));
    await expect(taken).rejects.toThrow('enough');
    await expect(budget.take('other', 50, 'frame', givingUp.signal)).rejects.toThrow('enough');
  });
});

describe('messengers', () => {
  it('are made once for each version of an integration', async () => {
    const { integration } = await createDesk(world);
    const messengerFor = createMessengers(world.store, findChannel, { called: () => undefined });
    const first = messengerFor(integration);
    expect(messengerFor({ ...integration })).toBe(first);
    expect(messengerFor({ ...integration, version: 2 })).not.toBe(first);
  });

  it('of settings that do not fit are refused in a sentence', async () => {
    const { integration } = await createDesk(world);
    const messengerFor = createMessengers(world.store, findChannel, { called: () => undefined });
    expect(() => messengerFor({ ...integration, config: { nonsense: true } })).toThrow(/save them again/);
    expect(() => messengerFor({ ...integration, channel: 'unknown' })).toThrow(/save them again/);
  });
});
