import { Client } from 'pg';
import { freeze } from '../support/processes';
import { answeredOf, pause, perfect, questionOf, report, type Said, sizeOf, tallyOf } from './tally';
import { longAnswer, startWorld, streamed, until, type World } from './world';

const CHATS = 10;
const OUTAGE_MS = Number(process.env.FAULT_OUTAGE_MS ?? 30_000);
/** So many messages before, during and after, spread over the chats. */
const MESSAGES = 20;
const STREAMING_SECONDS = 8;

const isLong = (question: string): boolean => question.startsWith('long');
const whole = (question: string): string => longAnswer(question, isLong(question) ? 80 : 12);

type TakeAway = (world: World) => () => void;

/** Twenty messages before, during and after, ten answers streaming when it begins. Resolves once all are answered, with what is wrong. */
async function endure(name: string, takeAway: TakeAway): Promise<void> {
  const world = await startWorld({
    // What was not acknowledged comes every other second, so that the wait is ours and not the platform's.
    lark: { limits: 'off', redeliverMs: Array.from({ length: 60 }, () => 2000) },
    script: (question) => (isLong(question) ? streamed(whole(question), STREAMING_SECONDS, 60) : streamed(whole(question), 0.5, 5)),
    trigger: { gatherMs: 100, queueMax: 50 },
  });
  try {
    await talkThrough(world, name, takeAway);
  } finally {
    await world.stop();
  }
}

async function talkThrough(world: World, name: string, takeAway: TakeAway): Promise<void> {
  const { lark, call } = world;
  const said = new Map<string, string[]>();
  const say = (text: string, chat: number): void => {
    const chatId = `oc_${chat}`;
    said.set(chatId, [...(said.get(chatId) ?? []), text]);
    lark.say({ chatId, text });
  };
  const sayAll = async (when: string, withinMs: number): Promise<void> => {
    for (let n = 0; n < MESSAGES; n++) {
      say(`${when} ${n}`, n % CHATS);
      await pause(withinMs / MESSAGES);
    }
  };
  for (let chat = 0; chat < CHATS; chat++) say(`long ${chat}`, chat);
  const streaming = () => lark.cards().filter((card) => card.streaming && card.text !== '').length;
  await until(() => streaming() >= CHATS, 30_000, 'ten answers to stream');
  await sayAll('before', 1000);
  const streamed = streaming();
  const [bringBack, since] = [takeAway(world), Date.now()];
  try {
    await sayAll('during', OUTAGE_MS * 0.8);
    await pause(since + OUTAGE_MS - Date.now());
  } finally {
    bringBack();
  }
  const backAt = Date.now();
  const felt = isFelt(world, name, since);
  await sayAll('after', 2000);
  await until(() => answeredOf(lark, said) === sizeOf(said), 90_000, 'all answers').catch((error: Error) => report(error.message));

  report(`${name}: away ${backAt - since} ms, ${streamed} streamed, all answered ${Date.now() - backAt} ms after its return`);
  expect(tallyOf(lark, await inLedgerOrder(world, said), whole)).toEqual(perfect);
  // Only while the ledger is away may what the platform delivers again overtake itself.
  if (name !== 'Postgres') expect(tallyOf(lark, said, whole)).toEqual(perfect);
  expect(streamed).toBeGreaterThanOrEqual(CHATS);
  expect(felt).toBe(true);
  await until(
    async () => (await call<{ items: unknown[] }>('GET', 'events?state=unended')).items.length === 0,
    30_000,
    'the ledger to be settled',
  );
}

/** Lark answers each call with one of its ailments, another one every half second. */
function disturb({ lark }: World): () => void {
  const ailments = [
    { status: 429, code: 99991400, resetSeconds: 1 },
    { status: 500 },
    { timeout: true },
    { status: 503, after: true },
    { timeout: true, after: true },
  ];
  let end = lark.fault({ match: /./, ...ailments[0] });
  let turn = 0;
  const timer = setInterval(() => {
    end();
    turn += 1;
    end = lark.fault({ match: /./, ...ailments[turn % ailments.length] });
  }, 500);
  return () => {
    clearInterval(timer);
    end();
  };
}

/** Whether the outage was one: the platform refused, the ledger took nothing, no turn began. */
function isFelt({ lark }: World, name: string, since: number): boolean {
  if (name === 'the platform') return lark.calls().filter(({ at, status }) => at > since && status >= 429).length > 10;
  if (name === 'Postgres')
    return lark.deliveries().filter(({ attempts }) => attempts[0]!.at >= since && attempts.length > 1).length >= MESSAGES / 2;
  return lark.cards().every((card) => !questionOf(card).includes('during'));
}

async function inLedgerOrder(world: World, said: Said): Promise<Said> {
  const client = new Client({ connectionString: world.stack.stack.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ chat: string; text: string }>(
    'SELECT c.platform_chat_id AS chat, e.text FROM events e JOIN chats c ON c.id = e.chat_id ORDER BY e.number',
  );
  await client.end();
  return new Map([...said.keys()].map((id) => [id, rows.filter(({ chat }) => chat === id).map(({ text }) => text)]));
}

describe('half a minute without', () => {
  const outages: readonly (readonly [string, TakeAway])[] = [
    ['Temporal', ({ stack }) => freeze(stack.stack.processes.temporal!)],
    ['Postgres', ({ stack }) => freeze(stack.stack.processes.postgres!)],
    ['the platform', disturb],
  ];
  let runs: ReadonlyMap<string, Promise<void>> = new Map();

  beforeAll(() => {
    // Each is a world of its own; most of it is waiting, so they wait together.
    runs = new Map(outages.map(([name, takeAway]) => [name, endure(name, takeAway)]));
    for (const run of runs.values()) run.catch(() => undefined);
  });

  afterAll(async () => {
    await Promise.allSettled(runs.values());
  }, 300_000);

  it.each(outages)(
    '%s: nothing is lost, nothing is answered twice, and each chat keeps its order',
    async (name) => {
      await runs.get(name);
    },
    OUTAGE_MS + 270_000,
  );
});
