import { randomUUID } from 'node:crypto';
import type { ReplyView } from '../domain/answer';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import type { Store } from '.';
import type { Outcome, TurnKey } from './turns';

let world: World;
let desk: Desk;
let store: Store;

beforeAll(async () => {
  world = await createWorld();
  store = world.store;
  desk = await createDesk(world);
}, 60_000);
afterAll(() => world?.close());

const view = (text: string): ReplyView => ({ state: 'done', text, language: 'en', steps: [] });
const outcome = (text: string): Outcome => ({ state: 'done', view: view(text), usage: { model: 'm' } });

async function hear(text: string, chat = 'chat'): Promise<{ id: string; chatId: string }> {
  const route = (await store.events.route(desk.integration.id))!;
  const event = said(text, { chat });
  return (await store.events.insert({ route, event, kind: 'message', language: 'en', chatKey: `private/${chat}`, decision: 'accepted' }))!;
}

async function keyFor(events: readonly { id: string; chatId: string }[], sessionId: string = randomUUID()): Promise<TurnKey> {
  return { turnId: randomUUID(), sessionId, chatId: events[0]!.chatId, runId: 'run', eventIds: events.map(({ id }) => id) };
}

describe('the claim', () => {
  it('gives each event to one of two turns, and what is left is the question', async () => {
    const [a, b, c] = [await hear('a'), await hear('b'), await hear('c')];
    const [one, two] = [await keyFor([a, b]), await keyFor([b, c])];
    const other = world.another();
    await Promise.all([store.turns.open(one, 1), other.turns.open(two, 1)]);
    const [first, second] = [await store.turns.asked(one.turnId), await store.turns.asked(two.turnId)];
    const asked = [...first, ...second].map(({ text }) => text);
    expect(asked.sort()).toEqual(['a', 'b', 'c']);
  });

  it('of nothing opens no turn', async () => {
    const a = await hear('a');
    await store.turns.open(await keyFor([a]), 1);
    expect(await store.turns.open(await keyFor([a]), 1)).toBeUndefined();
    const ended = await hear('b');
    await store.events.end([ended.id], 'recalled');
    expect(await store.turns.open(await keyFor([ended]), 1)).toBeUndefined();
  });

  it('by twenty at once of the same turn opens one turn, session and reply, with one writer', async () => {
    const key = await keyFor([await hear('a')]);
    const stores = [store, world.another(), world.another()];
    const opened = await Promise.all(Array.from({ length: 20 }, (_, n) => stores[n % 3]!.turns.open(key, 1)));
    const epochs = opened.map((turn) => turn!.reply.epoch);
    expect(new Set(epochs).size).toBe(20);
    expect(Math.max(...epochs)).toBe(20);
    expect(await store.conversations.turns(world.scope, key.sessionId)).toHaveLength(1);
  });

  it('for a card of the queue leaves a turn alone that has begun', async () => {
    const key = await keyFor([await hear('a')]);
    expect((await store.turns.open(key, undefined))?.reply.state).toBe('queued');
    const begun = (await store.turns.open(key, 1))!;
    expect([begun.number, begun.reply.epoch]).toEqual([1, 2]);
    expect(await store.turns.open(key, undefined)).toBeUndefined();
    expect(await store.turns.touch(key.turnId, 2, { state: 'streaming', text: 'still mine', ref: null, sequence: 1 })).toBe(true);
  });

  it('takes the newest version for a turn that waits, and keeps it once it has begun', async () => {
    const [a, b] = [await hear('a'), await hear('b')];
    const before = (await store.events.route(desk.integration.id))!.versionId;
    const key = await keyFor([a]);
    expect((await store.turns.open(key, undefined))?.versionId).toBe(before);
    await store.experts.publish(world.scope, desk.expertId);
    const c = await hear('c');
    const more = { ...key, eventIds: [a.id, b.id, c.id] };
    const after = (await store.events.route(desk.integration.id))!.versionId;
    expect(after).not.toBe(before);
    expect((await store.turns.open(more, 1))?.versionId).toBe(after);
    await store.experts.publish(world.scope, desk.expertId);
    expect((await store.turns.open(more, 1))?.versionId).toBe(after);
  });
});

describe('the writer of a reply', () => {
  it('loses its right to whoever comes after it', async () => {
    const key = await keyFor([await hear('a')]);
    const old = (await store.turns.open(key, 1))!.reply.epoch;
    const mine = (await world.another().turns.open(key, 1))!.reply.epoch;
    expect(await store.turns.saveRef(key.turnId, old, { card: 'old' })).toBe(false);
    expect(await store.turns.touch(key.turnId, old, { state: 'streaming', text: 'old', ref: null, sequence: 1 })).toBe(false);
    expect(await store.turns.decide(key.turnId, old, outcome('old'))).toBe(false);
    expect(await store.turns.saveRef(key.turnId, mine, { card: 'mine' })).toBe(true);
    expect(await store.turns.touch(key.turnId, mine, { state: 'streaming', text: 'mine', ref: { card: 'mine' }, sequence: 1 })).toBe(true);
    const seen = (await store.turns.takeOver(key.turnId))!.reply;
    expect([seen.ref, seen.text, seen.epoch]).toEqual([{ card: 'mine' }, 'mine', mine + 1]);
  });

  it('decides the end once', async () => {
    const key = await keyFor([await hear('a')]);
    const { epoch } = (await store.turns.open(key, 1))!.reply;
    const texts = ['one', 'two', 'three'];
    const decided = await Promise.all(texts.map((text) => store.turns.decide(key.turnId, epoch, outcome(text))));
    expect(decided.filter(Boolean)).toHaveLength(1);
    expect(await store.turns.touch(key.turnId, epoch, { state: 'streaming', text: 'later', ref: null, sequence: 9 })).toBe(false);
    const after = (await store.turns.open(key, 1))!;
    expect(after.reply.view?.text).toBe(texts[decided.indexOf(true)]);
    expect([after.reply.finishingAt === null, after.reply.finishedAt]).toEqual([false, null]);
    expect(await store.turns.decide(key.turnId, after.reply.epoch, outcome('again'))).toBe(false);
  });

  it('keeps the reason of a failure under its reference, for its own organization', async () => {
    const key = await keyFor([await hear('a')]);
    const { epoch } = (await store.turns.open(key, 1))!.reply;
    const failure = { reference: `P-${randomUUID()}`, code: 'timeout', detail: 'It took too long.' };
    await store.turns.decide(key.turnId, epoch, { state: 'failed', view: { ...view(''), state: 'failed', reason: 'Sorry' }, failure });
    expect(await store.conversations.failure(world.scope, failure.reference)).toMatchObject({ ...failure, turnId: key.turnId });
    const stranger = await store.access.createTenant('Stranger');
    expect(await store.conversations.failure(stranger, failure.reference)).toBeUndefined();
  });

  it('finishes once, and gives the events of the turn their end', async () => {
    const [a, b] = [await hear('a'), await hear('b')];
    const key = await keyFor([a, b]);
    const { epoch } = (await store.turns.open(key, 1))!.reply;
    await store.events.end([a.id], 'recalled');
    await store.turns.decide(key.turnId, epoch, outcome('done'));
    await store.turns.finish(key.turnId, { card: 1 }, 'answered');
    const finishedAt = (await store.turns.takeOver(key.turnId))!.reply.finishedAt;
    await store.turns.finish(key.turnId, { card: 1 }, 'undeliverable');
    expect((await store.turns.takeOver(key.turnId))!.reply.finishedAt).toEqual(finishedAt);
    const { rows } = (await store.db.raw('SELECT "end" FROM events WHERE turn_id = ? ORDER BY number', [key.turnId])) as {
      rows: { end: string }[];
    };
    expect(rows.map(({ end }) => end)).toEqual(['recalled', 'answered']);
  });
});

it('remembers the exchanges of the session, without what was recalled and without other sessions', async () => {
  const sessionId = randomUUID();
  const exchange = async (session: string, number: number, answer: string | undefined, ...texts: string[]) => {
    const events = [];
    for (const text of texts) events.push(await hear(text, 'history'));
    const key = await keyFor(events, session);
    const { epoch } = (await store.turns.open(key, number))!.reply;
    if (answer !== undefined) await store.turns.decide(key.turnId, epoch, outcome(answer));
    return { key, events };
  };
  await exchange(randomUUID(), 1, 'elsewhere', 'another session');
  await exchange(sessionId, 1, 'first answer', 'first');
  const { events } = await exchange(sessionId, 2, 'second answer', 'second', 'taken back');
  await store.events.end([events[1]!.id], 'recalled');
  await exchange(sessionId, 3, '', 'no words');
  await exchange(sessionId, 4, undefined, 'no end');
  const { key } = await exchange(sessionId, 5, undefined, 'now');
  expect(await store.turns.history(sessionId, key.turnId, 10)).toEqual([
    { question: 'first', answer: 'first answer' },
    { question: 'second', answer: 'second answer' },
  ]);
  expect(await store.turns.history(sessionId, key.turnId, 1)).toEqual([{ question: 'second', answer: 'second answer' }]);
  expect(await store.turns.history(sessionId, key.turnId, 0)).toEqual([]);
});

it('who stopped a turn is the last who did, not who was refused', async () => {
  const asked = await hear('Well?', 'stopped');
  const key = await keyFor([asked]);
  await store.turns.open(key, 1);
  expect(await store.turns.stopper(key.turnId)).toBeUndefined();
  const route = (await store.events.route(desk.integration.id))!;
  const stop = async (by: string) =>
    (await store.events.insert({
      ...{ route, event: said('/stop', { chat: 'stopped', by }), kind: 'command', command: 'stop' },
      ...{ language: 'en', chatKey: 'private/stopped', decision: 'accepted' },
    }))!;
  await stop('ann');
  await store.events.end([(await stop('zoe')).id], 'refused');
  expect(await store.turns.stopper(key.turnId)).toMatchObject({ cause: 'stopped', name: 'ann' });
});
