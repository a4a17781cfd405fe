import type { Address } from '../../domain/event';
import type { WebhookCall } from '../channel';
import { describeChannel, type PlatformUnderTest, type Visible } from '../contract';
import { describeListening } from '../listening.scene';
import { type LarkEmulator, type Said, startLarkEmulator } from './emulator';
import { createLark, type LarkConfig } from './index';

const CHAT: Address = { chatId: 'oc_contract', kind: 'group' };

const visible = (emulator: LarkEmulator): readonly Visible[] => [
  ...emulator.replies().map(({ text, closed }) => ({ kind: 'reply' as const, text, ended: closed })),
  ...emulator
    .messages()
    .filter(({ type }) => type === 'text')
    .map(({ text }) => ({ kind: 'message' as const, text, ended: true })),
];

async function start(mode: string): Promise<PlatformUnderTest<LarkConfig>> {
  const emulator = await startLarkEmulator({ redeliverMs: Array.from({ length: 40 }, () => 50) });
  const question = emulator.say({ chatId: CHAT.chatId, text: 'before', chatType: 'group', redeliver: false });
  let call: WebhookCall | undefined;
  const post = (event: unknown): void => {
    call = { method: 'POST', query: {}, now: Date.now(), ...emulator.webhookBody(event) };
  };
  const tell = (more: Omit<Said, 'chatId'>): string => {
    const said = { chatId: CHAT.chatId, chatType: 'group' as const, ...more };
    if (mode === 'long_connection') return emulator.say(said);
    const { messageId, event } = emulator.events.message(said);
    post(event);
    return messageId;
  };
  return {
    config: emulator.config,
    badConfig: { ...emulator.config, appSecret: 'wrong' },
    chat: { ...CHAT, replyTo: question },
    say: (text) => tell({ text }),
    press: (action, turnId) => {
      const pressed = { messageId: emulator.cards().find((card) => card.turnId === turnId)!.messageId, action };
      return mode === 'webhook' ? post(emulator.events.action(pressed)) : emulator.press(pressed);
    },
    recall: (messageId) => (mode === 'webhook' ? post(emulator.events.recall(messageId)) : emulator.recall(messageId)),
    sendPicture: (bytes) => {
      const files = { img_1: { bytes, mime: 'image/png', name: 'picture.png' } };
      return tell({ text: '', messageType: 'image', content: { image_key: 'img_1' }, files });
    },
    ...(mode === 'webhook' ? { call: () => call! } : { acknowledged: () => emulator.deliveries().at(-1)!.acked }),
    visible: () => visible(emulator),
    drawn: () => JSON.stringify(emulator.cards().map(({ json }) => json)),
    files: () => emulator.messages().flatMap(({ file }) => file?.bytes ?? []),
    close: () => emulator.close(),
  };
}

describeChannel({ name: 'Lark long connection', channel: createLark(), mode: 'long_connection', start: () => start('long_connection') });
describeChannel({ name: 'Lark webhook', channel: createLark(), mode: 'webhook', start: () => start('webhook') });
describeListening({
  platform: 'Lark',
  start: startLarkEmulator,
  create: createLark,
  say: (emulator) => emulator.say({ chatId: CHAT.chatId, text: 'hello' }),
  keepWaiting: (emulator) => emulator.fault({ match: 'connect', timeout: true }),
});
