import { randomUUID } from 'node:crypto';
import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { SpendingLimitFields } from '../store/spending';
import { ask, attempt, cardsOf, createProcess, endsOf } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';
import { openAllowance } from './spending';

let world: World;
let service: OpenAiEmulator;
let desk: Desk;

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  service.script(() => ({ chunks: ['Yes.'], usage: { prompt_tokens: 4, completion_tokens: 6 } }));
}, 60_000);
afterAll(async () => {
  await Promise.all([service?.close(), world?.close()]);
});
beforeEach(async () => {
  for (const table of ['spending_limits', 'alerts']) await world.store.db.raw(`DELETE FROM ${table}`);
  desk = await anotherDesk();
});

const anotherDesk = () => createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm' } });

const standard: SpendingLimitFields = {
  ...{ name: 'Tokens', measure: 'tokens', amount: 20, period: 'month', timeZone: 'Asia/Shanghai', action: 'refuse', enabled: true },
  ...{ expertId: null, integrationId: null, department: null, personId: null, eachPerson: false },
};
/** Of the desk's own integration, so that tests do not count for each other. */
const limit = (fields: Partial<SpendingLimitFields> = {}) =>
  world.store.spending.create(world.scope, { ...standard, integrationId: desk.integration.id, ...fields });

let turns = 0;
async function turn(text = 'May I?', { by = 'ann', at = desk } = {}) {
  const chat = `chat ${turns++}`;
  const requests = service.requests.length;
  const job = await ask(world, at, [said(text, { chat, by })]);
  if (text !== 'May I?') await world.store.db.raw("UPDATE events SET language = 'zh' WHERE id = ?", [job.eventIds[0]!]);
  const { state } = await attempt(createProcess(world), job).outcome;
  const [card] = await cardsOf(world, at, chat);
  return { state, card: card!, wasAsked: service.requests.length > requests, ends: await endsOf(world, job.chatId) };
}
const states = async (...questions: Parameters<typeof turn>[]): Promise<string[]> => {
  const found: string[] = [];
  for (const one of questions) found.push((await turn(...one)).state);
  return found;
};

/** What alerts know, oldest first. */
async function incidents() {
  await world.store.alerts.watch({ unproven: ['sandbox/local'], unendedAfterMs: 60_000, steadyMs: 0 });
  const { rows } = (await world.store.db.raw(
    "SELECT kind, subject_name AS name, reason, ended_by AS ended FROM alert_incidents WHERE kind LIKE 'spending%' ORDER BY opened_at, kind",
  )) as { rows: { kind: string; name: string; reason: string; ended: string | null }[] };
  return rows;
}
const rule = () =>
  world.store.alerts.create(world.scope, {
    ...{ name: 'on call', channel: 'webhook', config: { url: 'http://127.0.0.1:9/' }, language: 'en', enabled: true },
    ...{ kinds: ['spending_near', 'spending_reached'], downAfterSeconds: 60, failuresInRow: 3 },
  });

test('what is used up is refused in the card, in the language of the question, before the expert is asked', async () => {
  await limit();
  expect(await states([], [])).toEqual(['done', 'done']);
  const english = await turn();
  expect(english).toMatchObject({ state: 'failed', wasAsked: false, ends: ['failed'] });
  expect(english.card.reason).toMatch(
    /^What may be used here for now is used up\. I take questions again from \d{4}-\d\d-01 00:00 \(Asia\/Shanghai\)\.$/,
  );
  expect((await turn('可以吗？')).card.reason).toMatch(/^当前用量额度已用完，将于 \d{4}-\d\d-01 00:00 \(Asia\/Shanghai\) 恢复/);
  expect(await world.store.conversations.failure(world.scope, english.card.reference!)).toMatchObject({
    code: expect.stringMatching(/^spending_limit:/),
    detail: expect.stringContaining('"Tokens"'),
  });
});

test('what was refused counts for nothing; a higher limit opens it again at once', async () => {
  const { id } = await limit({ amount: 1, measure: 'answers' });
  expect(await states([], [], [])).toEqual(['done', 'failed', 'failed']);
  await world.store.spending.save(world.scope, id, { ...standard, integrationId: desk.integration.id, amount: 2, measure: 'answers' });
  expect(await states([], [])).toEqual(['done', 'failed']);
});

test('a limit that warns refuses nobody', async () => {
  await limit({ amount: 1, action: 'warn' });
  await limit({ amount: 1, enabled: false });
  expect(await states([], [], [])).toEqual(['done', 'done', 'done']);
});

test('administrators are told once at 80 % and once at 100 %, and when a new period has begun', async () => {
  await rule();
  const { id } = await limit({ amount: 24 });
  const near = { kind: 'spending_near', name: 'Tokens', reason: '20 / 24 tokens', ended: null };
  const reached = { kind: 'spending_reached', name: 'Tokens', reason: '30 / 24 tokens', ended: null };
  expect([await states([], []), await incidents()]).toEqual([['done', 'done'], []]);
  await turn();
  expect(await incidents()).toEqual([near]);
  expect([await states([], []), await incidents(), await incidents()]).toEqual([
    ['failed', 'failed'],
    [near, reached],
    [near, reached],
  ]);
  await world.store.db.raw("UPDATE spending_limits SET level_until = now() - interval '1 second' WHERE id = ?", [id]);
  const over = [near, reached].map((one) => ({ ...one, ended: 'recovered' }));
  expect([await incidents(), await incidents()]).toEqual([over, over]);
});

test('each person alone, whatever the others use', async () => {
  await limit({ amount: 1, measure: 'answers', eachPerson: true });
  expect(await states([], ['May I?', { by: 'bob' }], [], ['May I?', { by: 'bob' }])).toEqual(['done', 'done', 'failed', 'failed']);
});

test('only of the expert, the integration, the department or the person it is for', async () => {
  const other = await anotherDesk();
  const whose = { amount: 1, measure: 'answers', integrationId: null } as const;
  await limit({ ...whose, expertId: desk.expertId });
  expect(await states([], [], ['May I?', { at: other }], ['May I?', { at: other }])).toEqual(['done', 'failed', 'done', 'done']);

  await world.store.db.raw('DELETE FROM spending_limits');
  await limit({ ...whose, integrationId: other.integration.id });
  expect(await states(['May I?', { at: other }], [])).toEqual(['failed', 'done']);

  await world.store.db.raw('DELETE FROM spending_limits');
  await turn('May I?', { by: 'carol' });
  await world.store.db.raw("UPDATE directory_users SET department = 'Law' WHERE username = 'carol'");
  await limit({ ...whose, department: 'Law' });
  expect(await states(['May I?', { by: 'carol' }], ['May I?', { by: 'dan' }])).toEqual(['failed', 'done']);

  await world.store.db.raw('DELETE FROM spending_limits');
  const { rows } = (await world.store.db.raw("SELECT id, user_id FROM people WHERE platform_id = 'dan'")) as {
    rows: { id: string; user_id: string }[];
  };
  for (const personId of [rows[0]!.id, rows[0]!.user_id]) {
    const { id } = await limit({ ...whose, personId });
    expect(await states(['May I?', { by: 'dan' }], ['May I?', { by: 'erin' }])).toEqual(['failed', 'done']);
    await world.store.spending.remove(world.scope, id);
  }
});

test('an answer that has begun is not refused in the middle', async () => {
  const { spending } = world.store;
  await limit({ amount: 1 });
  await turn();
  const open = { ...world.scope, integrationId: desk.integration.id, versionId: null, attempts: 1, limited: true } as Parameters<
    typeof openAllowance
  >[1];
  const ann = { personId: randomUUID(), userId: randomUUID() };
  await expect(openAllowance({ spending }, open).demand(ann)).resolves.toBeUndefined();
  await expect(openAllowance({ spending }, { ...open, attempts: 0 }).demand(ann)).rejects.toMatchObject({ retryable: false });
});

test('what lies back is counted once and kept, and the sum stays right', async () => {
  const { store, scope } = world;
  const stored = await limit({ measure: 'answers' });
  const owner = [scope.tenantId, scope.organizationId, desk.integration.id];
  const ended = (ago: string) =>
    store.db.raw(
      `INSERT INTO turns (id, tenant_id, organization_id, integration_id, chat_id, conversation_id, state, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, 'done', now() - ?::interval)`,
      [randomUUID(), ...owner, randomUUID(), randomUUID(), ago],
    );
  const period = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) };
  const used = () => store.spending.used(scope, stored, period);
  for (const ago of ['2 days', '2 hours', '20 minutes', '1 minute']) await ended(ago);
  expect([await used(), await used()]).toEqual([3, 3]);
  const kept = (await store.db.raw('SELECT counted, counted_from FROM spending_limits WHERE id = ?', [stored.id])) as {
    rows: { counted: number; counted_from: Date }[];
  };
  expect(kept.rows).toEqual([{ counted: 2, counted_from: period.from }]);
  await ended('0 minutes');
  expect(await used()).toBe(4);
  expect(await store.spending.used(scope, stored, { ...period, from: new Date(Date.now() - 3 * 86_400_000) })).toBe(5);
});
