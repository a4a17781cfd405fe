import { randomUUID } from 'node:crypto';
import { eventually } from '../../tests/support/eventually';
import { connected } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import { startLarkEmulator } from './emulator';
import type { LarkEvent } from './inbound';
import { createLark } from './index';
import { arrivedIn, welcomeTo } from './welcome';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const ENTERED = 'im.chat.access_event.bot_p2p_chat_entered_v1';
const ADDED = 'im.chat.member.bot.added_v1';

async function link(welcome?: string) {
  const emulator = await startLarkEmulator({ redeliverMs: [] });
  const stop = new AbortController();
  const heard: unknown[] = [];
  const deliver = async (event: unknown) => ({ fresh: heard.push(event) > 0 });
  const { ready, done } = connected(createLark(), { ...emulator.config, ...(welcome && { welcome }) }, deliver, stop.signal);
  ends.push(async () => {
    stop.abort();
    await done;
    await emulator.close();
  });
  await ready;
  const come = (type: string, chatId: string) =>
    emulator.push({
      schema: '2.0',
      header: { event_id: randomUUID(), event_type: type, create_time: String(Date.now()) },
      event: { chat_id: chatId, operator_id: { open_id: 'ou_ann' } },
    });
  const said = () => emulator.messages().map(({ chatId, text }) => [chatId, text]);
  return { emulator, heard, come, said };
}

test('who opens the chat with the bot is welcomed, and a group it is added to, once a day each', async () => {
  const { come, said, heard, emulator } = await link('Ask me anything!');
  come(ENTERED, 'oc_ann');
  await eventually(() => said().length === 1);
  come(ENTERED, 'oc_ann');
  come(ADDED, 'oc_team');
  await eventually(() => said().length === 2);
  expect(said()).toEqual([
    ['oc_ann', 'Ask me anything!'],
    ['oc_team', 'Ask me anything!'],
  ]);
  await eventually(() => emulator.deliveries().every(({ acked }) => acked));
  expect(heard).toEqual([]);
});

test('without a welcome text nothing is said', async () => {
  const { come, said, emulator } = await link();
  come(ENTERED, 'oc_ann');
  await eventually(() => emulator.deliveries().length > 0 && emulator.deliveries().every(({ acked }) => acked));
  expect(said()).toEqual([]);
});

test('the next day it is said again', async () => {
  const { memory } = localPorts();
  const said: number[] = [];
  const at = (now: number) => welcomeTo({ chatId: 'oc_ann', kind: 'private' }, 'Hello', memory, async () => void said.push(now), now);
  for (const now of [1, 86_400_000, 86_400_001, 86_400_002]) await at(now);
  expect(said).toEqual([1, 86_400_001]);
});

test.each<[string, LarkEvent]>([
  ['a message', { header: { event_type: 'im.message.receive_v1' }, event: { chat_id: 'oc_1' } }],
  ['no chat', { header: { event_type: ENTERED }, event: {} }],
  ['nothing', {}],
  ['a word that objects know', { header: { event_type: 'toString' }, event: { chat_id: 'oc_1' } }],
])('%s begins no chat', (_, event) => {
  expect(arrivedIn(event)).toBeUndefined();
});
