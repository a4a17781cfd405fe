import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { toasts } from '../../domain/phrases';
import { createApiTester, until } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let service: OpenAiEmulator;
let lark: LarkEmulator;

beforeAll(async () => {
  [stack, service, lark] = await Promise.all([startStack(), startOpenAiEmulator(), startLarkEmulator({ limits: 'off' })]);
  const api = createApiTester(stack);
  const { appId, appSecret, domain } = lark.config;
  const config = { appId, appSecret, domain };
  const integrationId = (await api.make('integrations', { name: 'Bot', enabled: true, channel: 'lark', mode: 'long_connection', config }))
    .id;
  const expert = await api.make('experts', { name: 'Expert', backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  await api.make(`experts/${expert.id}/triggers`, { integrationId, gatherMs: 0 });
  await api.call('POST', `experts/${expert.id}/publish`);
  await until(async () => lark.connections() > 0, 20_000);
  service.script(() => ({ chunks: Array.from({ length: 60 }, (_, n) => `${n} `), delayMs: 500 }));
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([service?.close(), lark?.close()]);
});

/** A question of somebody in a group that two others own and administer; resolves when its answer grows. */
async function answering(chatId: string) {
  lark.setOwner(chatId, 'ou_boss', 'ou_admin');
  lark.say({ chatId, text: 'Well?', chatType: 'group', mentionsBot: true, senderId: 'ou_asker' });
  await until(async () => lark.cards(chatId).some(({ text }) => text !== ''), 20_000);
  const { messageId } = lark.cards(chatId)[0]!;
  /** @returns what the press was answered */
  const press = async (senderId: string) => {
    const id = lark.press({ messageId, action: 'stop', senderId });
    const found = await until(async () => lark.deliveries().find(({ eventId, acked }) => eventId === id && acked), 10_000);
    return JSON.stringify(found.attempts.at(-1)?.data);
  };
  const say = (senderId: string, text: string) => lark.say({ chatId, text, chatType: 'group', mentionsBot: true, senderId });
  const isClosed = () => lark.cards(chatId).every(({ closed }) => closed);
  const said = () => lark.messages(chatId).flatMap(({ type, text }) => (type === 'text' ? [text] : []));
  return { press, say, isClosed, said };
}

test('the button is for who asked and for who owns or administers the group', async () => {
  const { press, isClosed, said } = await answering('oc_pressed');
  const asked = lark.calls('chat.get').length;
  expect(await press('ou_passer')).toContain(toasts.ownersToo.en);
  await until(async () => lark.calls('chat.get').length > asked, 10_000);
  expect(isClosed()).toBe(false);
  await press('ou_boss');
  await until(async () => isClosed(), 10_000);
  expect(lark.cards('oc_pressed')).toHaveLength(1);
  expect(said()).toEqual([]);
});

test('and so is /stop', async () => {
  const { say, isClosed, said } = await answering('oc_commanded');
  say('ou_passer', '/stop');
  await until(async () => said().length > 0, 10_000);
  expect([isClosed(), said()]).toEqual([false, [expect.stringContaining('Only those who asked')]]);
  say('ou_admin', '/stop');
  await until(async () => isClosed(), 10_000);
  await until(async () => said().length > 1, 10_000);
  expect(said().at(-1)).toContain('Stopped.');
});
