import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type ApiTester, createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let service: OpenAiEmulator;

beforeAll(async () => {
  [stack, service] = await Promise.all([startStack(), startOpenAiEmulator()]);
  api = createApiTester(stack);
});
afterAll(async () => {
  await stack?.stop();
  await service?.close();
});

const newTalk = () => api.newTalk({ backend: 'openai', config: { baseUrl: service.url, model: 'm' } });

interface Pressed {
  readonly toast: { readonly en: string } | null;
}
const press = async (integrationId: string, replyId: string, action: string, more: object = {}) => {
  const { status, body } = await api.call('POST', `sandbox/${integrationId}/actions`, {
    chat: 'c',
    sender: 'ann',
    replyId,
    action,
    ...more,
  });
  expect(status).toBe(202);
  return (body as unknown as Pressed).toast?.en;
};
/** Everything that the service was told with its newest question. */
const heard = (): string[] => service.requests.at(-1)!.body.messages.map(({ content }) => String(content));

test('an answer is generated anew: a second card for the same question, and the expert does not see its first answer', async () => {
  const { integrationId } = await newTalk();
  service.script((question) => ({ chunks: [`Re: ${question}`] }));
  await api.say(integrationId, 'Hello');
  await api.answered(integrationId);
  await api.say(integrationId, 'How many?');
  const first = (await api.answered(integrationId, 2)).turns[1]!;

  service.script(() => ({ chunks: ['Seven.'] }));
  expect(await press(integrationId, first.id, 'regenerate', { actionId: 'once' })).toBe('Answering once more …');
  expect(await press(integrationId, first.id, 'regenerate', { actionId: 'once' })).toBe('Answering once more …');
  const { turns } = await api.answered(integrationId, 3);
  expect(turns[2]).toMatchObject({ state: 'done', question: [{ text: 'How many?', person: 'ann' }], reply: { text: 'Seven.' } });
  expect(heard()).toEqual(['Hello', 'Re: Hello', 'How many?']);
  expect(await press(integrationId, first.id, 'regenerate')).toBe('This question is being answered again already.');

  await api.say(integrationId, 'Sure?');
  await api.answered(integrationId, 4);
  expect(heard()).toEqual(['Hello', 'Re: Hello', 'How many?', 'Seven.', 'Sure?']);
  expect((await api.call('GET', 'events?state=unended')).body.items).toEqual([]);
});

test('what failed is tried again', async () => {
  const { integrationId } = await newTalk();
  service.script(() => ({ status: 401 }));
  await api.say(integrationId, 'Hello');
  const failed = (await api.answered(integrationId)).turns[0]!;
  expect(failed.state).toBe('failed');
  service.script(() => ({ chunks: ['At last.'] }));
  await press(integrationId, failed.id, 'retry');
  expect((await api.answered(integrationId, 2)).turns).toMatchObject([{ state: 'failed' }, { state: 'done', reply: { text: 'At last.' } }]);
});

test('ratings stand beside their answer, the newest of each person, and are counted', async () => {
  const { integrationId } = await newTalk();
  service.script(() => ({ chunks: ['Well.'] }));
  await api.say(integrationId, 'Hello');
  const { id, turns } = await api.answered(integrationId);
  await press(integrationId, turns[0]!.id, 'good');
  await press(integrationId, turns[0]!.id, 'bad', { detail: 'wrong: it is not well' });
  await press(integrationId, turns[0]!.id, 'good', { sender: 'bob' });
  expect((await api.call('GET', `conversations/${id}`)).body.turns).toMatchObject([
    {
      feedback: [
        { person: 'ann', rating: 'bad', reason: 'wrong', comment: 'it is not well', at: expect.stringMatching(/Z$/) },
        { person: 'bob', rating: 'good', reason: null, comment: null },
      ],
    },
  ]);
  const metrics = await (await fetch(new URL('/metrics', stack.stack.apiUrl))).text();
  expect(metrics).toContain('parley_feedback_total{rating="good"} 2');
  expect(metrics).toContain('parley_feedback_total{rating="bad"} 1');
});

test('a new session begins by a button, as it does by /new', async () => {
  const { integrationId } = await newTalk();
  service.script(() => ({ chunks: ['Well.'] }));
  await api.say(integrationId, 'Hello');
  const { id, turns } = await api.answered(integrationId);
  expect(await press(integrationId, turns[0]!.id, 'new')).toBe('Beginning a new conversation …');
  await until(async () => (await api.call('GET', `conversations/${id}`)).body.endReason === 'new');
  expect(await press(integrationId, turns[0]!.id, 'regenerate')).toBe('That conversation has ended. Please ask again.');
  await api.say(integrationId, 'Anew');
  expect((await api.answered(integrationId)).id).not.toBe(id);
  expect(heard()).toEqual(['Anew']);
});
