import type { Address } from '../../domain/event';
import { describeChannel, type PlatformUnderTest, type Visible } from '../contract';
import { type LarkEmulator, startLarkEmulator } from './emulator';
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
  const emulator = await startLarkEmulator({ redeliverMs: [50] });
  const question = emulator.say({ chatId: CHAT.chatId, text: 'before', chatType: 'group', redeliver: false });
  let call: ReturnType<NonNullable<PlatformUnderTest<LarkConfig>['call']>> | undefined;
  return {
    config: emulator.config,
    badConfig: { ...emulator.config, appSecret: 'wrong' },
    chat: { ...CHAT, replyTo: question },
    say: (text) => {
      const said = { chatId: CHAT.chatId, text, chatType: 'group' as const };
      if (mode === 'long_connection') return emulator.say(said);
      const { messageId, event } = emulator.events.message(said);
      const { body, headers } = emulator.webhookBody(event);
      call = { method: 'POST', headers, query: {}, body, now: Date.now() };
      return messageId;
    },
    ...(mode === 'webhook' ? { call: () => call! } : { acknowledged: () => emulator.deliveries().at(-1)!.acked }),
    visible: () => visible(emulator),
    close: () => emulator.close(),
  };
}

describeChannel({ name: 'Lark long connection', channel: createLark(), mode: 'long_connection', start: () => start('long_connection') });
describeChannel({ name: 'Lark webhook', channel: createLark(), mode: 'webhook', start: () => start('webhook') });
