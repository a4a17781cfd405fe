import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import { ChannelError } from '../domain/errors';
import { ask, attempt, cardsOf, createProcess, type Death, endsOf, question } from '../tests/support/answering';
import { loseKey } from '../tests/support/lost-key';
import { createDesk, createWorld, type Desk, eventually, said, type World } from '../tests/support/world';

let world: World;
let service: OpenAiEmulator;
let desk: Desk;

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  desk = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});
beforeEach(() => service.script(() => ({})));

const words = Array.from({ length: 30 }, (_, n) => `word${n} `);
const whole = words.join('');

it('answers in one card, with the session so far', async () => {
  const process = createProcess(world);
  const first = await ask(world, desk, [question('One?', 'happy'), question('Two?', 'happy')]);
  service.script(() => ({ chunks: words, delayMs: 10 }));
  expect(await attempt(process, first).outcome).toEqual({ state: 'done', closed: true });
  const [card] = await cardsOf(world, desk, 'happy');
  expect(card).toMatchObject({ state: 'done', text: whole, turnId: first.turnId, model: 'm-emulated' });
  expect(card!.sequence).toBeGreaterThan(1_000_002);
  expect(await endsOf(world, first.chatId)).toEqual(['answered', 'answered']);

  const second = await ask(world, desk, [question('Three?', 'happy')], { sessionId: first.sessionId, number: 2 });
  await attempt(process, second).outcome;
  const asked = service.requests.at(-1)!.body.messages as { role: string; content: string }[];
  expect(asked.map(({ role, content }) => `${role}: ${content}`)).toEqual(['user: One?\nTwo?', `assistant: ${whole}`, 'user: Three?']);
  expect(await cardsOf(world, desk, 'happy')).toHaveLength(2);
  expect(await world.store.conversations.turns(world.scope, first.sessionId)).toMatchObject([
    { number: 1, state: 'done', attempts: 1 },
    { number: 2, state: 'done', attempts: 1 },
  ]);
});

it('says in groups who said what', async () => {
  const address = { chatId: 'group', kind: 'group' } as const;
  const job = await ask(world, desk, [said('One?', { address }), said('Two?', { address, by: 'bob' })]);
  await attempt(createProcess(world), job).outcome;
  expect(service.requests.at(-1)!.question).toBe('ann: One?\nbob: Two?');
});

const deaths: Death[] = [
  ...(['open', 'reachedBackend', 'touch', 'decide', 'finish'] as const).flatMap((step) => both(`turns.${step}`)),
  ...(['beginReply', 'updateReply', 'finishReply'] as const).flatMap((step) => both(`messenger.${step}`)),
];
function both(at: Death['at']): Death[] {
  return [
    { at, when: 'before' },
    { at, when: 'after' },
  ];
}

test.each(deaths)('killed $when $at, the next attempt completes the same card', async (death) => {
  const chat = `${death.at} ${death.when}`;
  service.script(() => ({ chunks: words, delayMs: 8 }));
  const job = await ask(world, desk, [question('One?', chat)]);
  const dying = createProcess(world, { death, limits: { touchMs: 40 } });
  await attempt(dying, job).outcome.catch(() => undefined);
  expect(dying.isDead()).toBe(true);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'done', closed: true });
  const cards = await cardsOf(world, desk, chat);
  expect(cards).toMatchObject([{ state: 'done', text: whole, turnId: job.turnId }]);
  expect(await endsOf(world, job.chatId)).toEqual(['answered']);
  const asked = service.requests.filter(({ body }) => JSON.stringify(body).includes('One?')).length;
  const [turn] = await world.store.conversations.turns(world.scope, job.sessionId);
  expect([turn?.state, turn?.attempts]).toEqual(['done', Math.min(asked, turn?.attempts ?? 0)]);
  // Whoever was killed before it owned the reply left no epoch behind.
  if (chat !== 'turns.open before' && chat !== 'turns.finish after') expect(cards[0]!.sequence).toBeGreaterThan(2_000_000);
});

it('what was decided is shown as it is and never asked again', async () => {
  const job = await ask(world, desk, [question('Only once?', 'decided')]);
  await attempt(createProcess(world, { death: { at: 'turns.decide', when: 'after' } }), job).outcome.catch(() => undefined);
  const asked = service.requests.length;
  await attempt(createProcess(world), job).outcome;
  expect(service.requests.length).toBe(asked);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'done', closed: true });
  expect(await cardsOf(world, desk, 'decided')).toMatchObject([{ state: 'done', text: 'You said: Only once?' }]);
});

it('stopped, it keeps what was said and lets go of the service', async () => {
  service.script(() => ({ chunks: words, delayMs: 40 }));
  const job = await ask(world, desk, [question('Long?', 'stopped')]);
  const { outcome, cancel } = attempt(createProcess(world), job);
  await eventually('some words', async () => (await cardsOf(world, desk, 'stopped'))[0]?.text || undefined);
  cancel();
  expect(await outcome).toEqual({ state: 'stopped', closed: true });
  const [card] = await cardsOf(world, desk, 'stopped');
  expect([card!.state, whole.startsWith(card!.text), card!.text.length > 0, card!.text.length < whole.length]).toEqual([
    'stopped',
    true,
    true,
    true,
  ]);
  expect(await endsOf(world, job.chatId)).toEqual(['stopped']);
  await eventually('the end of the request', () => service.open() === 0);
});

it('refused by the service, it fails with a reference that tells an administrator why', async () => {
  service.script(() => ({ status: 401, body: { error: { message: 'bad key sk-secret' } } }));
  const job = await ask(world, desk, [question('Why?', 'failed')]);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'failed', closed: true });
  const [card] = await cardsOf(world, desk, 'failed');
  expect(card!.reason).toBeTruthy();
  expect(card!.reference).toMatch(/^P-[2-9A-Z]{8}$/);
  expect(JSON.stringify(card)).not.toContain('sk-secret');
  expect(await world.store.conversations.failure(world.scope, card!.reference!)).toMatchObject({
    code: 'bad_credentials',
    turnId: job.turnId,
  });
  expect(await endsOf(world, job.chatId)).toEqual(['failed']);
});

it('an overloaded service is asked again later, in the same card, and not for ever', async () => {
  service.script(() => ({ status: 503 }));
  const job = await ask(world, desk, [question('Again?', 'overloaded')]);
  for (let n = 0; n < 3; n++)
    await expect(attempt(createProcess(world, { limits: { maxAttempts: 3 } }), job).outcome).rejects.toMatchObject({ retryable: true });
  expect(await attempt(createProcess(world, { limits: { maxAttempts: 3 } }), job).outcome).toEqual({ state: 'failed', closed: true });
  const [card, ...others] = await cardsOf(world, desk, 'overloaded');
  expect([card!.state, others]).toEqual(['failed', []]);
  expect((await world.store.conversations.failure(world.scope, card!.reference!))?.code).toBe('too_many_attempts');
});

it('a question that waited too long has expired', async () => {
  const patient = await createDesk(world, { settings: { staleAfterSeconds: 60 } });
  const job = await ask(world, patient, [said('Late?', { chat: 'stale', at: Date.now() - 61_000 })]);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'expired', closed: true });
  expect(await cardsOf(world, patient, 'stale')).toMatchObject([{ state: 'expired', reason: expect.stringMatching(/waited too long/) }]);
  expect(await endsOf(world, job.chatId)).toEqual(['expired']);
});

it('without a published expert the card says what is missing', async () => {
  const empty = await createDesk(world, { backend: null });
  const job = await ask(world, empty, [question('Anybody?', 'empty')]);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'failed', closed: true });
  expect(await cardsOf(world, empty, 'empty')).toMatchObject([{ state: 'failed', reason: expect.stringMatching(/publish/) }]);
});

it('with settings that cannot be read the card says so at once, and its reference which key is gone', async () => {
  const sealed = await createDesk(world, { backend: 'echo' });
  const version = (await world.store.experts.version(world.scope, sealed.expertId, 1))!;
  await loseKey(world, 'expert_versions', version.id);
  const job = await ask(world, sealed, [question('Anybody?', 'sealed')]);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'failed', closed: true });
  const [card, ...others] = await cardsOf(world, sealed, 'sealed');
  expect([card!.reason, others]).toEqual([expect.stringMatching(/settings of this expert cannot be read/), []]);
  expect(await world.store.conversations.failure(world.scope, card!.reference!)).toMatchObject({
    code: 'unreadable',
    detail: expect.stringMatching(/^The published settings cannot be read: .*which PARLEY_SECRET_KEY no longer holds/),
  });
  expect(await endsOf(world, job.chatId)).toEqual(['failed']);
});

it('what another turn owns leaves no card', async () => {
  const job = await ask(world, desk, [question('Mine?', 'claimed')]);
  await attempt(createProcess(world), job).outcome;
  expect(await attempt(createProcess(world), { ...job, turnId: randomUUID() }).outcome).toEqual({ state: 'empty', closed: true });
  expect(await cardsOf(world, desk, 'claimed')).toHaveLength(1);
});

it('where the platform refuses for good, nobody is told and the ledger knows', async () => {
  const gone = async (): Promise<never> => {
    throw new ChannelError('gone', 'The bot was removed.');
  };
  const job = await ask(world, desk, [question('There?', 'gone')]);
  const process = createProcess(world, { messenger: (real) => ({ ...real, beginReply: gone, updateReply: gone, finishReply: gone }) });
  expect((await attempt(process, job).outcome).closed).toBe(true);
  expect(await endsOf(world, job.chatId)).toEqual(['undeliverable']);
  expect(await world.store.conversations.turns(world.scope, job.sessionId)).toMatchObject([{ undeliverable: true }]);
});

it('where the platform goes away within an answer, the end is left to be shown later', async () => {
  let away = false;
  const job = await ask(world, desk, [question('There?', 'away')]);
  const process = createProcess(world, {
    messenger: (real) => ({
      ...real,
      finishReply: async (...args) => {
        if (away) throw new ChannelError('unreachable', 'Away.', { retryable: true });
        return await real.finishReply(...args);
      },
    }),
  });
  away = true;
  expect(await attempt(process, job).outcome).toEqual({ state: 'done', closed: false });
  expect(await endsOf(world, job.chatId)).toEqual([null]);
  await expect(process.activities.closeReply({ turnId: job.turnId })).rejects.toMatchObject({ code: 'platform_away', retryable: true });
  away = false;
  expect(await process.activities.closeReply({ turnId: job.turnId })).toEqual({ state: 'done' });
  expect(await endsOf(world, job.chatId)).toEqual(['answered']);
  expect(await cardsOf(world, desk, 'away')).toMatchObject([{ state: 'done', text: 'You said: There?' }]);
}, 90_000);

it('a writer that cannot prove that it is one stops writing, and the next attempt goes on', async () => {
  let cutOff = false;
  service.script(() => ({ chunks: words, delayMs: 30 }));
  const job = await ask(world, desk, [question('Proof?', 'unproven')]);
  const process = createProcess(world, {
    limits: { touchMs: 20, proofLastsMs: 120 },
    turns: (real) => ({
      touch: async (...args) => (cutOff ? Promise.reject(new Error('The database is away.')) : await real.touch(...args)),
    }),
  });
  const { outcome } = attempt(process, job);
  await eventually('some words', async () => (await cardsOf(world, desk, 'unproven'))[0]?.text || undefined);
  cutOff = true;
  await expect(outcome).rejects.toMatchObject({ code: 'unproven', retryable: true });
  const [left] = await cardsOf(world, desk, 'unproven');
  await wait(300);
  expect(await cardsOf(world, desk, 'unproven')).toEqual([left]);
  expect(left!.state).toBe('streaming');
  await attempt(createProcess(world), job).outcome;
  expect(await cardsOf(world, desk, 'unproven')).toMatchObject([{ state: 'done', text: whole }]);
});

it('a worker that was cut off does not write over its successor', async () => {
  service.script(() => ({ chunks: words, delayMs: 50 }));
  const job = await ask(world, desk, [question('Who?', 'cut')]);
  const cut = attempt(createProcess(world, { limits: { touchMs: 50 } }), job);
  await eventually('some words', async () => (await cardsOf(world, desk, 'cut'))[0]?.text || undefined);
  service.script(() => ({ chunks: ['The successor.'] }));
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'done', closed: true });
  await expect(cut.outcome).rejects.toMatchObject({ code: 'lost_to_another' });
  expect(await cardsOf(world, desk, 'cut')).toMatchObject([{ state: 'done', text: 'The successor.' }]);
});
