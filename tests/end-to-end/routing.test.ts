import { Client } from 'pg';
import { type ApiTester, createApiTester, type Told, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let ledger: Client;

beforeAll(async () => {
  stack = await startStack();
  api = createApiTester(stack);
  ledger = new Client({ connectionString: stack.stack.databaseUrl });
  await ledger.connect();
});
afterAll(async () => {
  await ledger?.end();
  await stack?.stop();
});

async function addExpert(integrationId: string, name: string, trigger: object = {}, config: object = { chunkMs: 0 }): Promise<string> {
  const { id } = await api.make('experts', { name, backend: 'echo', config });
  await api.make(`experts/${id}/triggers`, { integrationId, gatherMs: 0, ...trigger });
  expect(await api.call('POST', `experts/${id}/publish`)).toMatchObject({ status: 200 });
  return id;
}
const say = (integrationId: string, text: string, more: object = {}) =>
  api.call('POST', `sandbox/${integrationId}/messages`, { chat: 'c', sender: 'ann', text, ...more });

/** All turns of a chat that have ended, oldest first: who answered, what, and in which session. */
const answers = (integrationId: string, count: number, chat = 'c') =>
  until(async () => {
    const { items } = (await api.call('GET', `conversations?integrationId=${integrationId}&chat=${chat}`)).body;
    const sessions = await Promise.all([...items].reverse().map(async ({ id }) => (await api.call('GET', `conversations/${id}`)).body));
    const turns = sessions.flatMap((session, number) => session.turns.map((turn) => ({ ...turn, session: number + 1 })));
    return (
      turns.length === count &&
      turns.every(({ timings }) => timings.finishedAt) &&
      (turns as unknown as (Told['turns'][number] & Answered)[])
    );
  });
interface Answered {
  readonly session: number;
  readonly reply: { readonly text: string };
}

/** What the chat shows: cards and what the bot said beside them. */
const shown = async (integrationId: string): Promise<string[]> => {
  const entries = await ledger.query<{ value: { type: string; from?: string; text?: string; reason?: string } }>(
    "SELECT value FROM memory WHERE integration_id = $1 AND key LIKE 'feed/%' ORDER BY version",
    [integrationId],
  );
  return entries.rows.flatMap(({ value }) => (value.from === 'person' ? [] : [value.reason ?? value.text ?? '']));
};

test('one bot, several experts: by keyword, by group, and the rest', async () => {
  const integrationId = (await api.newSandbox()).id;
  const general = await addExpert(integrationId, 'General');
  const finance = await addExpert(integrationId, 'Finance', { match: { keywords: ['invoice', '发票'] } });
  const lab = await addExpert(integrationId, 'Lab', { order: 10, match: { groups: ['lab'] } });

  await say(integrationId, 'echo: hello');
  await answers(integrationId, 1);
  await say(integrationId, 'echo: an invoice');
  await answers(integrationId, 2);
  await say(integrationId, 'echo: and the next one');
  const turns = await answers(integrationId, 3);
  expect(turns.map(({ expert, session, reply }) => [expert.id, session, reply.text])).toEqual([
    [general, 1, 'hello'],
    [finance, 2, 'an invoice'],
    [finance, 2, 'and the next one'],
  ]);
  expect((await shown(integrationId)).filter((text) => text.startsWith('Another expert answers from here on'))).toHaveLength(1);

  await say(integrationId, 'echo: an invoice', { chat: 'lab', group: true, mentions: ['bot'] });
  expect((await answers(integrationId, 1, 'lab')).map(({ expert }) => expert.id)).toEqual([lab]);
});

test('what was asked before is answered before another expert takes over', async () => {
  const integrationId = (await api.newSandbox()).id;
  const slow = await addExpert(integrationId, 'Slow', {}, { seconds: 2 });
  const finance = await addExpert(integrationId, 'Finance', { match: { keywords: ['invoice'] } });
  await say(integrationId, 'a story');
  await api.session(integrationId, ([turn]) => typeof turn?.timings.firstTokenAt === 'string');
  await say(integrationId, 'echo: an invoice');
  const turns = await answers(integrationId, 2);
  expect(turns.map(({ expert, session, state }) => [expert.id, session, state])).toEqual([
    [slow, 1, 'done'],
    [finance, 2, 'done'],
  ]);
  expect((await api.call('GET', 'events?state=unended')).body.items).toEqual([]);
});

test('a paused expert says so, and answers again when it is resumed', async () => {
  const { integrationId, expertId } = await api.newTalk();
  const notice = { en: 'Back on Monday.', zh: '周一回来。' };
  expect(await api.call('POST', `experts/${expertId}/pause`, { notice })).toMatchObject({ status: 200 });
  for (const text of ['Hello', '你好']) await say(integrationId, text);
  const ends = async () =>
    (await ledger.query<{ end: string }>('SELECT "end" FROM events WHERE integration_id = $1 AND "end" IS NOT NULL', [integrationId])).rows;
  expect(await until(async () => (await ends()).length === 2 && (await ends()))).toEqual([{ end: 'refused' }, { end: 'refused' }]);
  expect(await shown(integrationId)).toEqual(['Back on Monday.', '周一回来。']);
  await api.call('POST', `experts/${expertId}/resume`);
  await say(integrationId, 'echo: here again');
  expect((await answers(integrationId, 1))[0]!.reply.text).toBe('here again');
});

test('a rollback takes effect with the next message', async () => {
  const { integrationId, expertId } = await api.newTalk();
  await api.call('PATCH', `experts/${expertId}`, { backend: 'openai', config: { baseUrl: 'http://127.0.0.1:9/', model: 'm' } });
  expect(await api.call('POST', `experts/${expertId}/publish`)).toMatchObject({ body: { version: 2 } });
  expect(await api.call('POST', `experts/${expertId}/rollback`, { version: 1 })).toMatchObject({ body: { version: 3 } });
  await say(integrationId, 'echo: as before');
  const [turn] = await answers(integrationId, 1);
  expect([turn!.reply.text, turn!.expert]).toEqual(['as before', expect.objectContaining({ id: expertId, version: 3 })]);
});
