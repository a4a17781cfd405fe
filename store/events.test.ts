import { setTimeout as wait } from 'node:timers/promises';
import type { InboundEvent } from '../domain/event';
import { defaultTrigger } from '../domain/trigger';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import type { Store } from '.';
import type { Accepted, NewEvent } from './new-event';
import { undeliveredOf } from './undelivered';

let world: World;
let desk: Desk;
let store: Store;

beforeAll(async () => {
  world = await createWorld();
  store = world.store;
  desk = await createDesk(world);
}, 60_000);
afterAll(() => world?.close());

async function fresh(event: InboundEvent, more: Partial<NewEvent> = {}): Promise<NewEvent> {
  const route = (await store.events.route(desk.integration.id))!;
  return { route, event, kind: 'message', language: 'en', chatKey: `private/${event.address.chatId}`, decision: 'accepted', ...more };
}
const insert = async (event: InboundEvent, more: Partial<NewEvent> = {}): Promise<Accepted> =>
  (await store.events.insert(await fresh(event, more)))!;
const endOf = async (id: string): Promise<string | null> =>
  ((await store.db.raw('SELECT "end" FROM events WHERE id = ?', [id])) as { rows: { end: string | null }[] }).rows[0]!.end;

it('writes an event once, however many try at once', async () => {
  const stores = [store, world.another(), world.another()];
  const event = await fresh(said('Hello', { chat: 'once' }));
  const found = await Promise.all(Array.from({ length: 20 }, (_, n) => stores[n % 3]!.events.insert(event)));
  expect(found.filter((accepted) => accepted !== undefined)).toHaveLength(1);
  expect(await store.events.insert(event)).toBeUndefined();
});

it('numbers the events of a chat in the order of their commits', async () => {
  const stores = [store, world.another(), world.another()];
  const done: number[] = [];
  const order: number[] = [];
  let seen = 0;
  const watching = (async () => {
    // Whoever has read up to a number will never see a smaller one appear.
    for (; done.length < 60; await wait(1)) {
      const { rows } = (await world.store.db.raw(
        `SELECT number FROM events e JOIN chats c ON c.id = e.chat_id WHERE c.key = 'private/order' ORDER BY number`,
      )) as { rows: { number: number }[] };
      const numbers = rows.map(({ number }) => number);
      expect(numbers.slice(0, order.length)).toEqual(order);
      order.splice(0, order.length, ...numbers);
      seen += 1;
    }
  })();
  const people = ['ann', 'bob', 'cy'];
  const events = await Promise.all(Array.from({ length: 60 }, (_, n) => fresh(said(`m${n}`, { chat: 'order', by: people[n % 3]! }))));
  await Promise.all(events.map(async (event, n) => done.push((await stores[n % 3]!.events.insert(event))!.number)));
  await watching;
  expect(new Set(done).size).toBe(60);
  expect(seen).toBeGreaterThan(1);
});

describe('an event that is alone in its chat', () => {
  it('is one where all before it have their end', async () => {
    const written = [];
    for (const text of ['one', 'two', 'three']) {
      written.push(await insert(said(text, { chat: 'alone' })));
      if (text === 'two')
        await store.events.end(
          written.map(({ id }) => id),
          'answered',
        );
    }
    expect(written.map(({ alone }) => alone)).toEqual([true, false, true]);
  });

  it('is never one of those that several processes write at once, but for the first', async () => {
    const stores = [store, world.another(), world.another()];
    for (let time = 0; time < 10; time++) {
      const events = await Promise.all(
        Array.from({ length: 12 }, (_, n) => fresh(said(`m${n}`, { chat: `rush ${time % 2}`, by: `person ${n}` }))),
      );
      const written = (await Promise.all(events.map((event, n) => stores[n % 3]!.events.insert(event)))).map((one) => one!);
      const first = Math.min(...written.map(({ number }) => number));
      expect(written.filter(({ alone, number }) => alone && number !== first)).toEqual([]);
      await store.events.end(
        written.map(({ id }) => id),
        'answered',
      );
    }
  });

  it.each<[string, Partial<InboundEvent>, Partial<NewEvent>]>([
    ['a message', {}, {}],
    ['a message of a group', { address: { chatId: 'group', kind: 'group', threadId: 't' } }, { chatKey: 'group/group', renews: true }],
    ['a command with a question', {}, { kind: 'command', command: 'new', asks: true }],
    ['a refusal that is told', {}, { decision: 'refused', notice: 'rateLimited' }],
    ['a button', { kind: 'action', action: 'stop' }, { kind: 'action', target: 'a turn' }],
    ['the button of a new session', { kind: 'action', action: 'new' }, { kind: 'command', command: 'new', target: 'a turn' }],
    ['a recall', { kind: 'recall' }, { kind: 'recall', target: 'an event' }],
  ])('is told as if it were read from the ledger: %s', async (name, about, more) => {
    const event = await fresh(said('Hello', { chat: name, ...about }), more);
    const accepted = (await store.events.insert(event))!;
    expect(accepted.alone).toBe(true);
    const { isBehind, heard, route, chatId } = undeliveredOf(event, accepted);
    const read = (await store.events.undelivered(accepted.chatId, 10))!;
    expect({ isBehind, heard, chatId }).toEqual({ isBehind: read.isBehind, heard: read.heard, chatId: read.chatId });
    expect(route).toMatchObject(read.route);
  });
});

it('gives an event one end, and a later one changes nothing', async () => {
  const { id } = await insert(said('Hello'));
  await Promise.all(['answered', 'stopped', 'failed'].map((end) => store.events.end([id], end as 'answered')));
  const end = await endOf(id);
  await store.events.end([id], 'expired');
  expect([await endOf(id), ['answered', 'stopped', 'failed'].includes(end!)]).toEqual([end, true]);
});

it('lets one of two take an event for a notice', async () => {
  const { id } = await insert(said('/help'), { kind: 'command', command: 'help' });
  const [a, b] = ['0a000000-0000-4000-8000-000000000000', '0b000000-0000-4000-8000-000000000000'];
  const taken = await Promise.all([store.events.claim(id, a), world.another().events.claim(id, b)]);
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await store.events.claim(id, taken[0] ? a : b)).toBe(true);
  await store.events.end([id], 'done');
  expect(await store.events.claim(id, taken[0] ? a : b)).toBe(false);
});

it('replaces what was said until it has been asked', async () => {
  const { id, chatId } = await insert(said('Before'));
  expect(await store.events.edit(id, 'After')).toBe(true);
  const turnId = '0c000000-0000-4000-8000-000000000000';
  await store.turns.open({ turnId, sessionId: turnId, chatId, runId: 'run', eventIds: [id] }, 1);
  expect(await store.events.edit(id, 'Still in time')).toBe(true);
  expect((await store.turns.asked(turnId)).map(({ text }) => text)).toEqual(['Still in time']);
  await store.turns.reachedBackend(turnId);
  expect(await store.events.edit(id, 'Too late')).toBe(false);
});

it('refuses a second press of a button that can be pressed once, with what was counted for it', async () => {
  const press = async (chat: string): Promise<NewEvent> => {
    const event: InboundEvent = { ...said('', { chat }), kind: 'action', action: 'regenerate' };
    return await fresh(event, { kind: 'action', asks: true, target: '0e000000-0000-4000-8000-000000000000' });
  };
  await store.events.insert(await press('pressed'));
  const late = await press('pressed');
  const { accepted } = await store.policies.insert(late.route, async (counts) => {
    await counts.use('person', 'presser', Date.now());
    return late;
  });
  const { rows } = await store.db.raw<{ rows: object[] }>('SELECT decision, asks, "end" FROM events WHERE id = ?', [accepted!.id]);
  expect(rows).toEqual([{ decision: 'refused', asks: false, end: 'refused' }]);
  const counted = await store.db.raw<{ rows: object[] }>("SELECT used FROM policy_counts WHERE subject = 'presser'");
  expect(counted.rows).toEqual([{ used: 1 }]);
});

it('counts what nobody delivered in a minute, or nobody works on, as without an end', async () => {
  const { store: own, scope, ...rest } = await createWorld();
  const { integration } = await createDesk({ store: own, scope });
  const route = (await own.events.route(integration.id))!;
  const make = async (chat: string) =>
    (await own.events.insert({
      ...{ route, event: said('Hello', { chat }), kind: 'message', language: 'en', chatKey: chat, decision: 'accepted' },
    }))!.id;
  const [young, undelivered, orphaned, worked, over] = [
    await make('a'),
    await make('b'),
    await make('c'),
    await make('d'),
    await make('e'),
  ];
  await own.db.raw("UPDATE events SET received_at = now() - interval '61 seconds' WHERE id <> ?", [young]);
  await own.events.markDelivered([orphaned, worked, over]);
  await own.events.orphan([orphaned, over]);
  await own.events.end([over], 'failed');
  expect(await own.events.countUnended()).toBe(2);
  await own.events.markDelivered([undelivered, orphaned]);
  expect(await own.events.countUnended()).toBe(1);
  await own.events.adopted([orphaned]);
  expect(await own.events.countUnended()).toBe(0);
  await rest.close();
});

describe('what nobody has delivered', () => {
  it('is told oldest first, with ids and facts and no content', async () => {
    const first = await insert(said('a secret', { chat: 'undelivered' }));
    await insert(said('another', { chat: 'undelivered', by: 'bob' }), { kind: 'command', command: 'new', asks: true });
    const found = (await store.events.undelivered(first.chatId, 10))!;
    expect(found.route).toMatchObject({ integrationId: desk.integration.id, channel: 'sandbox', expertId: desk.expertId });
    expect(found.heard.map(({ number, kind, command, asks, shared }) => [number - first.number, kind, command, asks, shared])).toEqual([
      [0, 'message', undefined, undefined, false],
      [expect.any(Number), 'command', 'new', true, false],
    ]);
    expect(found.heard[0]?.timings).toEqual({
      ...{ gatherMs: defaultTrigger.gatherMs, gatherMaxMs: 5000, gatherMaxMessages: 10, sessionTimeoutSeconds: 3600 },
      ...{ onBusy: 'queue', queueMax: 5 },
    });
    expect(JSON.stringify(found)).not.toMatch(/secret|another|"ann"|"bob"/);
    await store.events.markDelivered(found.heard.map(({ id }) => id));
    expect(await store.events.undelivered(first.chatId, 10)).toBeUndefined();
  });

  it('says which turn owns it and that it is told again', async () => {
    const { id, chatId } = await insert(said('Hello', { chat: 'orphan' }));
    const turnId = '0d000000-0000-4000-8000-000000000000';
    await store.turns.open({ turnId, sessionId: turnId, chatId, runId: 'run', eventIds: [id] }, 1);
    await store.events.markDelivered([id]);
    await store.events.orphan([id]);
    expect((await store.events.undelivered(chatId, 10))?.heard[0]).toMatchObject({ id, turnId, again: true });
    await store.events.adopted([id]);
    expect((await store.events.undelivered(chatId, 10))?.heard[0]?.again).toBeUndefined();
  });

  it('is leased to one relay at a time, and again when the lease is over', async () => {
    const chats = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => (await insert(said('Hello', { chat: `lease ${n}` }))).chatId),
    );
    await wait(20);
    const other = world.another();
    const [mine, yours] = await Promise.all([store.events.leaseUndelivered(10, 200, 100), other.events.leaseUndelivered(10, 200, 100)]);
    const both = [...mine, ...yours];
    expect(new Set(both).size).toBe(both.length);
    for (const chat of chats) expect(both).toContain(chat);
    expect(await store.events.leaseUndelivered(10, 200, 100)).toEqual([]);
    await store.events.release(chats[0]!);
    expect(await other.events.leaseUndelivered(10, 200, 100)).toEqual([chats[0]]);
    await wait(250);
    expect(await store.events.leaseUndelivered(60_000, 200, 100)).toEqual([]);
    expect((await store.events.leaseUndelivered(10, 200, 100)).length).toBeGreaterThanOrEqual(30);
  });
});
