import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { ReplyRef } from '../channels/channel';
import type { ReplyView } from '../domain/answer';
import { ChannelError } from '../domain/errors';
import { ask, attempt, cardsOf, createProcess, endsOf, question } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, eventually, type World } from '../tests/support/world';

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
jest.setTimeout(30_000);

const words = Array.from({ length: 30 }, (_, n) => `word${n} `);
const refuse = (): never => {
  throw new ChannelError('refused', 'The content was judged sensitive.');
};
const refFor = async (turnId: string): Promise<ReplyRef> => {
  const { rows } = (await world.store.db.raw('SELECT ref FROM replies WHERE id = ?', [turnId])) as { rows: { ref: ReplyRef }[] };
  return rows[0]!.ref;
};

it('a call that fails half-way is tried again from what it has saved, and so is the last one', async () => {
  const seen: string[] = [];
  /** Saves an id, then fails once: as a platform does that takes a part of an answer and is gone. */
  const half = (step: 'updateReply' | 'finishReply') => {
    let failed = false;
    return async (reply: ReplyRef, show: (reply: ReplyRef) => Promise<ReplyRef>, save: (reply: ReplyRef) => Promise<void>) => {
      seen.push(`${step} ${String(reply.data[step])}`);
      if (!failed) {
        failed = true;
        await save({ ...reply, data: { ...reply.data, [step]: 'saved' } });
        throw new ChannelError('timeout', 'No answer.', { retryable: true });
      }
      return { ...(await show(reply)), data: reply.data };
    };
  };
  service.script(() => ({ chunks: words, delayMs: 40 }));
  const job = await ask(world, desk, [question('Long?', 'half')]);
  const process = createProcess(world, {
    limits: { touchMs: 20, closingMs: 5000 },
    messenger: (real) => {
      const [update, finish] = [half('updateReply'), half('finishReply')];
      return {
        ...real,
        updateReply: (reply, view, save) => update(reply, (now) => real.updateReply(now, view, save), save),
        finishReply: (reply, view, save) => finish(reply, (now) => real.finishReply(now, view, save), save),
      };
    },
  });
  const { outcome } = attempt(process, job);
  await eventually('the second frame', () => seen.length >= 2);
  // The once-a-second proof does not write an older state over it.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect((await refFor(job.turnId)).data).toMatchObject({ updateReply: 'saved' });
  expect(await outcome).toEqual({ state: 'done', closed: true });
  const frames = seen.filter((one) => one.startsWith('updateReply'));
  expect(frames).toEqual(['updateReply undefined', ...frames.slice(1).map(() => 'updateReply saved')]);
  expect(seen.slice(-2)).toEqual(['finishReply undefined', 'finishReply saved']);
  expect((await refFor(job.turnId)).data).toMatchObject({ updateReply: 'saved', finishReply: 'saved' });
});

it('an answer that the platform refuses to show is replaced by a word about it', async () => {
  service.script(() => ({ chunks: ['forbidden words'] }));
  const job = await ask(world, desk, [question('Sensitive?', 'refused')]);
  const strict = (view: ReplyView) => view.text.includes('forbidden') && refuse();
  const process = createProcess(world, {
    limits: { closingMs: 5000 },
    messenger: (real) => ({
      ...real,
      updateReply: async (reply, view, save) => {
        strict(view());
        return await real.updateReply(reply, view, save);
      },
      finishReply: async (reply, view, save) => {
        strict(view);
        return await real.finishReply(reply, view, save);
      },
    }),
  });
  expect((await attempt(process, job).outcome).closed).toBe(true);
  const [card] = await cardsOf(world, desk, 'refused');
  expect(card).toMatchObject({ state: 'failed', text: '' });
  expect(card!.reason).toContain('refused to show this answer');
  expect(await endsOf(world, job.chatId)).toEqual(['undeliverable']);
});

it('what the platform refuses whatever it says has an end in the ledger, notices too', async () => {
  const job = await ask(world, desk, [question('Anything?', 'nothing')]);
  const process = createProcess(world, {
    limits: { closingMs: 10_000 },
    messenger: (real) => ({ ...real, finishReply: async () => refuse(), say: async () => refuse() }),
  });
  expect((await attempt(process, job).outcome).closed).toBe(true);
  expect(await endsOf(world, job.chatId)).toEqual(['undeliverable']);

  const other = await ask(world, desk, [question('/help', 'notice')]);
  const status = { running: false, waiting: 0, turns: 0, startedAt: Date.now(), timeoutSeconds: 60 };
  await process.activities.notify({ eventId: other.eventIds[0]!, notice: 'help', end: 'done', status });
  expect(await endsOf(world, other.chatId)).toEqual(['undeliverable']);
});

it('an integration that was deleted meanwhile leaves no turn without an end', async () => {
  const gone = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  const asked = await ask(world, gone, [question('Still there?', 'gone')]);
  const waiting = await ask(world, gone, [question('And you?', 'waiting')]);
  await world.store.integrations.remove(world.scope, gone.integration.id);
  const process = createProcess(world);
  expect(await attempt(process, asked).outcome).toEqual({ state: 'failed', closed: true });
  expect(await process.activities.endTurn({ ...waiting, end: { state: 'stopped', cause: 'ended' } })).toEqual({ closed: true });
  expect(await endsOf(world, asked.chatId)).toEqual(['undeliverable']);
  expect(await endsOf(world, waiting.chatId)).toEqual(['undeliverable']);
});

it('an end that could not be shown in all its time is given up, once', async () => {
  const away = async (): Promise<never> => {
    throw new ChannelError('unreachable', 'Away.', { retryable: true });
  };
  const job = await ask(world, desk, [question('There?', 'given-up')]);
  const process = createProcess(world, { messenger: (real) => ({ ...real, finishReply: away }) });
  expect(await attempt(process, job).outcome).toEqual({ state: 'done', closed: false });
  await process.activities.giveUpReply({ turnId: job.turnId });
  await process.activities.giveUpReply({ turnId: job.turnId });
  expect(await endsOf(world, job.chatId)).toEqual(['undeliverable']);
  expect(await world.store.conversations.turns(world.scope, job.sessionId)).toMatchObject([{ undeliverable: true }]);
});

it('an answer waits for credentials of the platform to be mended', async () => {
  let wrong = true;
  const job = await ask(world, desk, [question('Locked out?', 'credentials')]);
  const process = createProcess(world, {
    messenger: (real) => ({
      ...real,
      beginReply: async (...args) => {
        if (wrong) throw new ChannelError('bad_credentials', 'The secret is wrong.');
        return await real.beginReply(...args);
      },
    }),
  });
  await expect(attempt(process, job).outcome).rejects.toMatchObject({ code: 'bad_credentials', retryable: true, retryAfterMs: 10_000 });
  wrong = false;
  expect(await attempt(process, job).outcome).toEqual({ state: 'done', closed: true });
  expect(await cardsOf(world, desk, 'credentials')).toMatchObject([{ state: 'done', text: 'You said: Locked out?' }]);
});

it('whoever was replaced as the writer gives nothing up for its successor', async () => {
  const job = await ask(world, desk, [question('Still mine?', 'replaced')]);
  const process = createProcess(world, {
    limits: { closingMs: 10_000 },
    messenger: (real) => ({
      ...real,
      finishReply: async () => {
        await world.store.turns.takeOver(job.turnId);
        return refuse();
      },
    }),
  });
  await expect(attempt(process, job).outcome).rejects.toMatchObject({ code: 'lost_to_another' });
  expect(await endsOf(world, job.chatId)).toEqual([null]);
  expect(await attempt(createProcess(world), job).outcome).toEqual({ state: 'done', closed: true });
  expect(await cardsOf(world, desk, 'replaced')).toMatchObject([{ state: 'done', text: 'You said: Still mine?' }]);
  expect(await endsOf(world, job.chatId)).toEqual(['answered']);
});
