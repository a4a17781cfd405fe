import { ask, attempt, cardsOf, createProcess, endsOf, feedOf, question } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import type { NoticeJob } from './notices';
import type { EndTurnJob } from './turn-ends';

let world: World;
let desk: Desk;

beforeAll(async () => {
  world = await createWorld();
  desk = await createDesk(world, { config: { chunkMs: 0 } });
}, 60_000);
afterAll(() => world?.close());

const status = { running: false, waiting: 0, turns: 0, startedAt: Date.now(), timeoutSeconds: 3600 };

describe('a notice', () => {
  it('is said once, in the language of who asked, by whoever comes first', async () => {
    const { eventIds, chatId } = await ask(world, desk, [question('/help', 'notice')]);
    const job: NoticeJob = { eventId: eventIds[0]!, notice: 'help', end: 'done', status };
    await Promise.all([1, 2, 3].map(() => createProcess(world).activities.notify(job)));
    await createProcess(world).activities.notify(job);
    const said = (await feedOf(world, desk, 'notice')).filter(({ type }) => type === 'message');
    expect(said).toMatchObject([{ from: 'bot', text: expect.stringContaining('/stop') }]);
    expect(await endsOf(world, chatId)).toEqual(['done']);
  });

  it('about an event that a turn owns is not said', async () => {
    const job = await ask(world, desk, [question('Hello', 'owned')]);
    await attempt(createProcess(world), job).outcome;
    await createProcess(world).activities.notify({ eventId: job.eventIds[0]!, notice: 'queueFull', end: 'refused', status });
    expect((await feedOf(world, desk, 'owned')).map(({ type }) => type)).toEqual(['card']);
    expect(await endsOf(world, job.chatId)).toEqual(['answered']);
  });
});

describe('a turn that waits', () => {
  it('has one card that tells its place, and becomes the answer', async () => {
    const { activities } = createProcess(world);
    const job = await ask(world, desk, [question('echo: first', 'queue'), question('and more', 'queue')]);
    const { number: _, ...key } = job;
    await activities.showWaiting({ waiting: [{ ...key, place: 2, messages: 1 }] });
    await activities.showWaiting({ waiting: [{ ...key, place: 1, messages: 2 }] });
    expect(await cardsOf(world, desk, 'queue')).toMatchObject([{ state: 'queued', queuePlace: 1, messages: 2, turnId: job.turnId }]);
    await attempt(createProcess(world), job).outcome;
    await activities.showWaiting({ waiting: [{ ...key, place: 1, messages: 2 }] });
    expect(await cardsOf(world, desk, 'queue')).toMatchObject([{ state: 'done', text: 'first\nand more', turnId: job.turnId }]);
  });

  it('set aside before it ran says so in its card', async () => {
    const { activities } = createProcess(world);
    const { number: _, ...key } = await ask(world, desk, [question('Hello', 'aside')]);
    await activities.showWaiting({ waiting: [{ ...key, place: 1, messages: 1 }] });
    const end: EndTurnJob = { ...key, end: { state: 'stopped', cause: 'new' } };
    await activities.endTurn(end);
    await activities.endTurn(end);
    expect(await cardsOf(world, desk, 'aside')).toMatchObject([{ state: 'stopped', turnId: key.turnId }]);
    expect(await endsOf(world, key.chatId)).toEqual(['stopped']);
    expect(await attempt(createProcess(world), { ...key, number: 1 }).outcome).toEqual({ state: 'stopped', closed: true });
  });
});

describe('a turn that is ended from outside', () => {
  it('keeps the words it had', async () => {
    const job = await ask(world, desk, [question('count to 100', 'outside')]);
    const dying = createProcess(world, { death: { at: 'turns.decide', when: 'before' }, limits: { touchMs: 5 } });
    await attempt(dying, job).outcome.catch(() => undefined);
    await createProcess(world).activities.endTurn({ ...job, end: { state: 'failed', code: 'out_of_time' } });
    const [card, ...others] = await cardsOf(world, desk, 'outside');
    expect([card!.state, others]).toEqual(['failed', []]);
    expect(card!.reference).toBeTruthy();
    expect(await endsOf(world, job.chatId)).toEqual(['failed']);
  });

  it('but has its end already shows that', async () => {
    const job = await ask(world, desk, [question('echo: done', 'already')]);
    await attempt(createProcess(world, { death: { at: 'turns.decide', when: 'after' } }), job).outcome.catch(() => undefined);
    await createProcess(world).activities.endTurn({ ...job, end: { state: 'failed', code: 'out_of_time' } });
    expect(await cardsOf(world, desk, 'already')).toMatchObject([{ state: 'done', text: 'done' }]);
    expect(await endsOf(world, job.chatId)).toEqual(['answered']);
  });
});

it('what is settled has its end, and a session that ended stays ended as it did', async () => {
  const { activities } = createProcess(world);
  const job = await ask(world, desk, [said('echo: x', { chat: 'settle' })]);
  await attempt(createProcess(world), job).outcome;
  await activities.settle({ eventIds: job.eventIds, end: 'recalled' });
  expect(await endsOf(world, job.chatId)).toEqual(['answered']);
  await activities.endSession({ sessionId: job.sessionId, reason: 'new' });
  await activities.endSession({ sessionId: job.sessionId, reason: 'timeout' });
  expect(await world.store.conversations.get(world.scope, job.sessionId)).toMatchObject({ state: 'ended', endReason: 'new' });
});
