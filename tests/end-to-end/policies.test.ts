import { Client } from 'pg';
import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { type ApiTester, createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let service: OpenAiEmulator;
let lark: LarkEmulator;
let ledger: Client;

beforeAll(async () => {
  [stack, service, lark] = await Promise.all([startStack(), startOpenAiEmulator(), startLarkEmulator({ limits: 'off' })]);
  api = createApiTester(stack);
  ledger = new Client({ connectionString: stack.stack.databaseUrl });
  await ledger.connect();
});
afterAll(async () => {
  await ledger?.end();
  await stack?.stop();
  await Promise.all([service?.close(), lark?.close()]);
});

interface Said {
  readonly chat?: string;
  readonly sender?: string;
  readonly group?: boolean;
  readonly mentions?: readonly string[];
}

async function newBot(trigger: object, integration: object = { channel: 'sandbox' }): Promise<string> {
  const integrationId = (await api.make('integrations', { name: 'Bot', enabled: true, ...integration })).id;
  const expert = await api.make('experts', { name: 'Expert', backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  await api.make(`experts/${expert.id}/triggers`, { integrationId, gatherMs: 0, ...trigger });
  expect(await api.call('POST', `experts/${expert.id}/publish`)).toMatchObject({ status: 200 });
  return integrationId;
}
const say = (integrationId: string, text: string, more: Said = {}) =>
  api.call('POST', `sandbox/${integrationId}/messages`, { chat: 'c', sender: 'ann', text, ...more });

interface Row {
  readonly text: string;
  readonly decision: string;
  readonly end: string | null;
}
const events = async (integrationId: string): Promise<Row[]> =>
  (await ledger.query<Row>('SELECT text, decision, "end" FROM events WHERE integration_id = $1 ORDER BY number', [integrationId])).rows;
/** The ends of all events, once they have one. */
const ends = (integrationId: string, count: number) =>
  until(async () => {
    const found = await events(integrationId);
    return found.length === count && found.every(({ end }) => end !== null) && found.map(({ end }) => end);
  }, 15_000);
/** What the bot said beside its cards. */
const notices = async (integrationId: string): Promise<string[]> => {
  const entries = await ledger.query<{ value: { from?: string; text: string } }>(
    `SELECT value FROM memory WHERE integration_id = $1 AND key LIKE 'feed/%' ORDER BY version`,
    [integrationId],
  );
  return entries.rows.flatMap(({ value }) => (value.from === 'bot' ? [value.text] : []));
};

test('too many messages of one person are refused, and one notice says so', async () => {
  const integrationId = await newBot({ perPerson: { messages: 2, seconds: 86_400 } });
  for (const text of ['one', '第二条', '第三条', 'four', 'five']) expect(await say(integrationId, text)).toMatchObject({ status: 202 });
  expect(await say(integrationId, 'of somebody else', { chat: 'd', sender: 'bob' })).toMatchObject({ status: 202 });
  expect(await ends(integrationId, 6)).toEqual(['answered', 'answered', 'refused', 'refused', 'refused', 'answered']);
  expect(await notices(integrationId)).toEqual([expect.stringMatching(/^每人每 86400 秒最多可发送 2 条消息/)]);
});

test('in a group a key word is enough, and what is not for the bot leaves no words', async () => {
  const integrationId = await newBot({ groups: { mention: 'keywords', keywords: ['invoice'] } });
  const group = { chat: 'team', group: true };
  await say(integrationId, 'a private word', group);
  await say(integrationId, 'Where is the INVOICE?', group);
  expect(await ends(integrationId, 2)).toEqual(['ignored', 'answered']);
  expect(service.requests.at(-1)!.question).toBe('ann: Where is the INVOICE?');
  expect((await events(integrationId)).map(({ text }) => text)).toEqual(['', 'Where is the INVOICE?']);
});

test('an expert is told what was said in the group before the question', async () => {
  const integrationId = await newBot({ groups: { context: { messages: 2 } } });
  const group = { chat: 'team', group: true };
  for (const text of ['too early', 'The server is down.', 'Since noon.']) await say(integrationId, text, { ...group, sender: 'bob' });
  await say(integrationId, 'What happened?', { ...group, mentions: ['bot'] });
  await ends(integrationId, 4);
  expect(service.requests.at(-1)!.question.split('\n')).toEqual([
    ...['[Said earlier in this group, not to you:]', 'bob: The server is down.', 'bob: Since noon.'],
    ...['[The question:]', 'ann: What happened?'],
  ]);
});

test('a /stop that comes late stops nothing and says nothing', async () => {
  const { appId, appSecret, domain } = lark.config;
  const integration = { channel: 'lark', mode: 'long_connection', config: { appId, appSecret, domain } };
  const integrationId = await newBot({}, integration);
  await until(async () => lark.connections() > 0, 20_000);
  service.script(() => ({ chunks: ['It ', 'takes ', 'its ', 'time.'], delayMs: 600 }));
  const ago = (seconds: number) => Date.now() - seconds * 1000;
  lark.say({ chatId: 'oc_late', text: 'A question', createTime: ago(120) });
  await until(async () => lark.cards('oc_late').length > 0, 20_000);
  lark.say({ chatId: 'oc_late', text: '/stop', createTime: ago(90) });
  lark.say({ chatId: 'oc_late', text: '/help', createTime: ago(80) });
  expect(await ends(integrationId, 3)).toEqual(['answered', 'expired', 'expired']);
  expect(lark.cards('oc_late')).toMatchObject([{ text: 'It takes its time.', closed: true }]);
  const texts = lark.messages('oc_late').filter(({ type }) => type !== 'interactive');
  expect(texts).toMatchObject([{ text: 'This came too late and was not carried out.' }]);
});

test('what contradicts itself is refused with a sentence for each field', async () => {
  const { expertId, integrationId, triggerId } = await api.newTalk();
  const path = `experts/${expertId}/triggers/${triggerId}`;
  const people = { allow: ['ann'], block: ['bob', 'ann'] };
  const quietHours = { timeZone: 'Nowhere/Else', from: '9:00', to: '25:00' };
  expect((await api.call('POST', `experts/${expertId}/triggers`, { integrationId, people })).body).toMatchObject({
    ...{ status: 422, errors: [{ path: 'people.block.1', message: expect.stringMatching(/either allowed or blocked$/) }] },
  });
  expect((await api.call('PATCH', path, { quietHours })).body.errors.map((error) => error.path)).toEqual([
    ...['quietHours.timeZone', 'quietHours.from', 'quietHours.to'],
  ]);
  expect(await api.call('PATCH', path, { people: { allow: ['ann'] } })).toMatchObject({
    status: 200,
    body: { people: { allow: ['ann'], block: [] } },
  });
  expect((await api.call('PATCH', path, { people: { block: ['ann'] } })).body.errors).toMatchObject([{ path: 'people.block.0' }]);
});
