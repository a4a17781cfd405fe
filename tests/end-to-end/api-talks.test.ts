import { setTimeout as wait } from 'node:timers/promises';
import { type ApiTester, createApiTester, type Told, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;

beforeAll(async () => {
  stack = await startStack();
  api = createApiTester(stack);
});

afterAll(() => stack?.stop());

test('experts are listed page by page, each once', async () => {
  for (const n of [1, 2, 3]) await api.make('experts', { name: `Paged ${n}`, backend: 'echo' });
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null && seen.length < 20; ) {
    const { items, nextCursor }: Told = (await api.call('GET', `experts?limit=1${cursor && `&cursor=${cursor}`}`)).body;
    seen.push(...items.map(({ id }) => id));
    cursor = nextCursor;
  }
  expect(seen).toEqual((await api.call('GET', 'experts?limit=200')).body.items.map(({ id }) => id));
});

/** The session with so many answers, once its clock runs. */
const quiet = (integrationId: string, turns: number): Promise<Told> =>
  until(async () => {
    const session = await api.answered(integrationId, turns);
    return session.expiresAt !== null && session;
  });

test('an expert answers with what was published, from the next message on', async () => {
  const { integrationId, expertId, triggerId } = await api.newTalk();
  await api.say(integrationId, 'echo: one');
  await api.answered(integrationId);
  await api.call('PATCH', `experts/${expertId}/triggers/${triggerId}`, { sessionTimeoutSeconds: 60 });
  await api.say(integrationId, 'echo: two');
  const before = await quiet(integrationId, 2);
  expect(before.turns[1]?.expert).toMatchObject({ id: expertId, version: 1 });
  expect(Date.parse(before.expiresAt) - Date.now()).toBeGreaterThan(3_500_000);

  expect(await api.call('POST', `experts/${expertId}/publish`)).toMatchObject({ status: 200, body: { version: 2 } });
  await api.say(integrationId, 'echo: three');
  const after = await quiet(integrationId, 3);
  expect(after.turns[2]?.expert).toMatchObject({ id: expertId, version: 2 });
  expect(Date.parse(after.expiresAt) - Date.now()).toBeLessThan(60_000);
  const versions = (await api.call('GET', `experts/${expertId}/versions?limit=1`)).body;
  expect(versions.items).toMatchObject([{ version: 2, name: 'Test expert' }]);
  const older = (await api.call('GET', `experts/${expertId}/versions?cursor=${versions.nextCursor}`)).body;
  expect(older).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
});

test('two experts cannot share an integration', async () => {
  const { integrationId } = await api.newTalk();
  const { id } = await api.make('experts', { name: 'Second', backend: 'echo' });
  const trigger = await api.make(`experts/${id}/triggers`, { integrationId });
  expect(await api.call('POST', `experts/${id}/publish`)).toMatchObject({ status: 409, body: { type: 'urn:parley:integration_taken' } });
  expect(await api.call('DELETE', `experts/${id}/triggers/${trigger.id}`)).toMatchObject({ status: 204 });
  expect(await api.call('POST', `experts/${id}/publish`)).toMatchObject({ status: 200 });
  expect(await api.call('DELETE', `experts/${id}`)).toMatchObject({ status: 204 });
  expect(await api.call('GET', `experts/${id}`)).toMatchObject({ status: 404 });
});

test('an expert keeps its key', async () => {
  const config = { model: 'm', apiKey: 'sk-secret' };
  const { id, ...created } = await api.make('experts', { name: 'Keyed', backend: 'openai', config });
  expect(created.config).toMatchObject({ model: 'm', apiKey: '***', historyTurns: 20 });
  const patch = async (body: object) => (await api.call('PATCH', `experts/${id}`, body)).body;
  expect((await patch({ config: { apiKey: '' } })).errors).toMatchObject([{ path: 'config.apiKey' }]);
  expect((await patch({ config: { model: 'n' } })).config).toMatchObject({ model: 'n', apiKey: '***' });
  expect((await patch({ config: { apiKey: null } })).config).not.toHaveProperty('apiKey');
  expect((await patch({ backend: 'echo' })).config).toEqual({ chunkMs: 60, chunkChars: 4 });
});

test('a conversation tells what was asked and answered, when, by whom, and where Temporal shows it', async () => {
  const { integrationId, expertId } = await api.newTalk();
  await api.say(integrationId, 'echo: hello there');
  const found = await api.answered(integrationId);
  expect(found).toMatchObject({ state: 'open', endReason: null, integrationId, chat: 'c', endedAt: null });
  expect(found.turns).toMatchObject([
    {
      ...{ number: 1, state: 'done', error: null, expert: expect.objectContaining({ id: expertId, version: 1 }), usage: { model: 'echo' } },
      question: [{ eventId: expect.any(String), text: 'echo: hello there', person: 'ann', at: expect.stringMatching(/Z$/) }],
      reply: { state: 'done', text: 'hello there', undeliverable: false },
      timings: { waitedMs: expect.any(Number), startedAt: expect.any(String), firstTokenAt: expect.any(String) },
    },
  ]);
  const { temporal } = found;
  expect(temporal.workflowId).toMatch(/^chat\//);
  const page = `namespaces/default/workflows/${encodeURIComponent(temporal.workflowId)}/${temporal.runId}/history`;
  expect(temporal.url).toBe(`${stack.stack.temporalUiUrl}/${page}`);

  const list = async (filter: string) => (await api.call('GET', `conversations?integrationId=${integrationId}&${filter}`)).body.items;
  const later = new Date(Date.now() + 1000).toISOString();
  for (const filter of ['chat=c', `expertId=${expertId}`, 'q=HELLO', `to=${later}`, 'state=open']) {
    expect(await list(filter)).toMatchObject([{ id: found.id, turnCount: 1, temporal }]);
  }
  for (const filter of ['chat=d', `expertId=${integrationId}`, 'q=goodbye', `from=${later}`, 'state=ended']) {
    expect(await list(filter)).toEqual([]);
  }
});

test('a session ends when told so, and what comes late harms no later one', async () => {
  const { integrationId } = await api.newTalk();
  await api.say(integrationId, 'echo: first');
  const { id } = await api.answered(integrationId);
  expect(await api.call('POST', `conversations/${id}/end`)).toMatchObject({ status: 202 });
  await until(async () => (await api.call('GET', `conversations/${id}`)).body.endReason === 'ended', 3000);
  await api.say(integrationId, 'echo: second');
  const next = await api.answered(integrationId);
  expect(next.id).not.toBe(id);
  for (const action of ['stop', 'end']) expect(await api.call('POST', `conversations/${id}/${action}`)).toMatchObject({ status: 202 });
  await wait(500);
  expect((await api.call('GET', `conversations/${next.id}`)).body).toMatchObject({ state: 'open', turns: [{ state: 'done' }] });
});

test('a turn stops when told so, and sessions end with their integration', async () => {
  const { integrationId } = await api.newTalk({ backend: 'echo', config: { seconds: 60 } });
  await api.say(integrationId, 'a long story');
  const running = await api.session(integrationId, ([turn]) => typeof turn?.timings.firstTokenAt === 'string');
  expect(running).toMatchObject({ turns: [{ state: 'running' }], expiresAt: null });
  expect(await api.call('POST', `conversations/${running.id}/stop`)).toMatchObject({ status: 202 });
  expect((await api.answered(integrationId)).turns).toMatchObject([
    { state: 'stopped', error: null, reply: { text: expect.stringMatching(/./) } },
  ]);

  await api.say(integrationId, 'another long story');
  await api.session(integrationId, ({ length }) => length === 2);
  expect(await api.call('DELETE', `integrations/${integrationId}?ifUnused=true`)).toMatchObject({ status: 409 });
  expect(await api.call('DELETE', `integrations/${integrationId}`)).toMatchObject({ status: 204 });
  const { body } = await api.call('GET', `conversations/${running.id}`);
  expect(body).toMatchObject({ state: 'ended', endReason: 'ended', turns: [{}, { state: 'stopped' }] });
  expect((await api.call('GET', 'events?state=unended')).body.items).toEqual([]);
});
