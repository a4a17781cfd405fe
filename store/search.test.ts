import { randomUUID } from 'node:crypto';
import { type Seeded, seedLarge } from '../benchmarks/seed-large';
import { createDesk, createWorld, said, type World } from '../tests/support/world';
import type { Store } from '.';
import type { Scope } from './scope';
import { hasWords } from './search';

jest.setTimeout(180_000);

let world: World;
let store: Store;
beforeAll(async () => {
  world = await createWorld();
  store = world.store;
});
afterAll(() => world?.close());

const beginning = { time: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** One ended session in which this was asked and answered. Resolves with its id. */
async function talk(question: string, answer: string, scope: Scope = world.scope, by = 'ann'): Promise<string> {
  const { integration } = await createDesk({ store, scope });
  const route = (await store.events.route(integration.id))!;
  const event = said(question, { by });
  const { id, chatId } = (await store.events.insert({
    route,
    event,
    kind: 'message',
    language: 'zh',
    chatKey: 'c',
    decision: 'accepted',
  }))!;
  const key = { turnId: randomUUID(), sessionId: randomUUID(), chatId, runId: 'run', eventIds: [id] };
  await store.turns.open(key, 1);
  const view = { state: 'done', text: answer, language: 'zh', steps: [] } as const;
  await store.turns.decide(key.turnId, 1, { state: 'done', view, usage: { inputTokens: 12, outputTokens: 7.5 } });
  await store.turns.finish(key.turnId, null, 'answered');
  return key.sessionId;
}

const find = async (q: string, scope: Scope = world.scope): Promise<string[]> =>
  (await store.within(scope, () => store.conversations.list(scope, { q }, beginning, 50))).map(({ id }) => id);

it('finds words of both scripts where they begin, in questions and answers, whatever their case', async () => {
  const id = await talk('请问VPN怎么连接？', 'Open the Intranet page and choose 报销单据，然后提交合同 100%_sure. 𠮷野家 Привет');
  for (const q of [
    '报销',
    '单据',
    '销',
    '据',
    '合同',
    '报销单据',
    '怎么连接',
    'VPN',
    'vpn怎么',
    'intra',
    'INTRANET page',
    '提交 合同',
    '野家',
    '𠮷野',
    'привет',
    '100%_sure',
  ])
    expect({ q, found: await find(q) }).toEqual({ q, found: [id] });
  for (const q of ['报单', '销售', '单据报销', 'ntranet', 'page intranets', 'vpn 报销', '1000', '100%-sure', 'intranet%'])
    expect({ q, found: await find(q) }).toEqual({ q, found: [] });
  expect(['', ' ', '？！', '%_', "'"].map(hasWords)).toEqual([false, false, false, false, false]);
});

it('takes what looks like a query language for words, and long or strange texts as they are', async () => {
  const id = await talk(`${'x'.repeat(5000)} ${'长'.repeat(120_000)}`, "it's a | b & !c <-> d:* \\ 'quoted'");
  expect(await find("it's")).toEqual([id]);
  expect(await find("'quoted' & !z")).toEqual([]);
  expect(await find('x'.repeat(100))).toEqual([id]);
  expect(await find('长长长')).toEqual([id]);
});

it('finds nothing of another organization, asked from inside of it or named', async () => {
  const other = await store.access.createTenant('Other');
  const mine = await talk('保密项目甲', 'ok');
  expect(await find('保密项目')).toEqual([mine]);
  expect(await find('保密项目', other)).toEqual([]);
  expect(await store.within(other, () => store.conversations.list(world.scope, { q: '保密项目' }, beginning, 50))).toEqual([]);
  const leaked = await store.within(other, () =>
    store.db.raw("SELECT * FROM conversations_saying(?, ?::tsquery, '{}')", [
      world.scope.organizationId,
      `'=${world.scope.organizationId}'`,
    ]),
  );
  expect((leaked as { rows: unknown[] }).rows).toEqual([]);
});

it('cuts a snippet around the words, from the question before the answer', async () => {
  const id = await talk(`${'前'.repeat(100)}找到这里${'后'.repeat(300)}`, '找到这里');
  const [snippet] = await store.conversations.snippets(world.scope, [id], '找到这里');
  expect(snippet).toMatchObject({ conversationId: id, part: 'question' });
  expect(snippet!.text).toMatch(/^前{40}找到这里后{116}$/);
});

it('finds no more of what was erased', async () => {
  const id = await talk('要忘记的事', 'fine');
  expect(await find('要忘记')).toEqual([id]);
  await store.db.raw("UPDATE events SET text = '' WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?)", [id]);
  expect(await find('要忘记')).toEqual([]);
});

it('sums up a turn when it ends', async () => {
  const id = await talk('数字', 'yes');
  const found = await store.db.raw(
    'SELECT messages, input_tokens, output_tokens, answer_ms, person_id, expert_id FROM turns WHERE conversation_id = ?',
    [id],
  );
  expect((found as { rows: unknown[] }).rows).toEqual([
    {
      messages: 1,
      input_tokens: 12,
      output_tokens: 8,
      answer_ms: expect.any(Number),
      person_id: expect.any(String),
      expert_id: expect.any(String),
    },
  ]);
});

describe('with many sessions', () => {
  let scope: Scope;
  let seeded: Seeded;
  beforeAll(async () => {
    scope = await store.access.createTenant('Large');
    seeded = await seedLarge(world.databaseUrl, scope, world.store.secrets.seal({}), 10_000);
  });

  const list = (filter: object, limit = 51) => store.conversations.list(scope, filter, beginning, limit);
  const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000);
  const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the newest', () => list({})],
    ['an integration', () => list({ integrationId: seeded.integrationIds[0] })],
    ['an expert', () => list({ expertId: seeded.expertIds[0] })],
    ['a chat', () => list({ chat: seeded.chat })],
    ['a person', () => list({ personId: seeded.personId })],
    ['open ones', () => list({ state: 'open' })],
    ['some days', () => list({ from: ago(100), to: ago(99) })],
    ['a frequent word', () => list({ q: '报销' })],
    ['a rare word', () => list({ q: 'invoice-5012' })],
    ['a word that nobody said', () => list({ q: '不存在的' })],
    ['a word of a person', () => list({ q: '发票', personId: seeded.personId })],
    ['a transcript', () => store.conversations.turns(scope, seeded.conversationId)],
    ['what was done in it', () => store.conversations.acts(scope, seeded.conversationId)],
    ['events without an end', () => store.conversations.unendedEvents(scope, 0, 51)],
    ['a day in figures', () => store.stats.course(scope, { from: ago(1), to: new Date() }, 'hour', 'Asia/Shanghai')],
    ['counts of a day', () => store.stats.counts(scope, { from: ago(1), to: new Date() })],
    ['the use of a week', () => store.stats.usage(scope, 'department', { from: ago(7), to: new Date() }, undefined, 51)],
  ];

  it.each(cases)('looks at %s by an index, row-level security in force', async (_, ask) => {
    // As this transaction counts them, with what its connection has not reported yet.
    const scans = async (): Promise<object> => {
      const counted = await store.db.raw(
        "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0 AND relname IN ('conversations', 'turns', 'replies', 'events')",
      );
      return Object.fromEntries(
        (counted as { rows: { relname: string; seq_scan: number }[] }).rows.map(({ relname, seq_scan }) => [relname, seq_scan]),
      );
    };
    await store.within(scope, () =>
      store.atomically(async () => {
        const before = await scans();
        await ask();
        expect(await scans()).toEqual(before);
      }),
    );
  });

  it('pages through a search without gaps or repetitions', async () => {
    const all = (await list({ q: '合同' }, 10_000)).map(({ id }) => id);
    const paged: string[] = [];
    for (let before: { time: string; id: string } = beginning; ; ) {
      const page = await store.conversations.list(scope, { q: '合同' }, before, 150);
      paged.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (!last || page.length < 150) break;
      before = { time: last.listedAt, id: last.id };
    }
    expect(all.length).toBeGreaterThan(500);
    expect(paged).toEqual(all);
  });

  it('counts each thing once, however it is grouped', async () => {
    const range = { from: ago(30), to: ago(1) };
    const { total, buckets } = await store.stats.course(scope, range, 'day', 'Asia/Shanghai');
    const turns = total.done + total.failed + total.stopped + total.expired;
    expect(buckets.reduce((sum, { done, failed, stopped, expired }) => sum + done + failed + stopped + expired, 0)).toBe(turns);
    for (const by of ['person', 'department', 'expert', 'integration'] as const) {
      const used = await store.stats.usage(scope, by, range, undefined, 10_000);
      expect(used.reduce((sum, one) => sum + one.turns, 0)).toBe(turns);
      expect(used.reduce((sum, one) => sum + one.inputTokens, 0)).toBe(total.inputTokens);
    }
    const exact = await store.db.raw(
      "SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY answer_ms) AS p95 FROM turns WHERE organization_id = ? AND state = 'done' AND ended_at >= ? AND ended_at < ?",
      [scope.organizationId, range.from, range.to],
    );
    const { p95 } = (exact as { rows: { p95: number }[] }).rows[0]!;
    expect(Math.abs(total.answerMs.p95! / p95 - 1)).toBeLessThan(0.03);
  });
});
