import type { Address } from '../../domain/event';
import type { WebhookCall } from '../channel';
import { describeChannel, type PlatformUnderTest, type Visible } from '../contract';
import { describeListening } from '../listening.scene';
import { type DingTalkEmulator, type Said, type SentMessage, startDingTalkEmulator } from './emulator';
import { message } from './inbound';
import { createDingTalk, type DingTalkConfig } from './index';

/** Of messages that show a file, which name it: its bytes. */
const fileOf = (emulator: DingTalkEmulator, { text }: SentMessage): Buffer | undefined =>
  emulator.uploads().find(({ mediaId }) => text.includes(mediaId))?.bytes;

const visible = (emulator: DingTalkEmulator): readonly Visible[] => [
  ...emulator.replies().map(({ text, closed }) => ({ kind: 'reply' as const, text, ended: closed })),
  ...emulator
    .messages()
    .filter((message) => fileOf(emulator, message) === undefined)
    .map(({ text }) => ({ kind: 'message' as const, text, ended: true })),
];

async function start(mode: string): Promise<PlatformUnderTest<DingTalkConfig>> {
  const emulator = await startDingTalkEmulator({ redeliverMs: [50] });
  const said = { chatId: 'cid-contract', chatType: 'group' } as const;
  const before = emulator.events.message({ ...said, text: 'before' });
  const config = mode === 'stream' ? emulator.config : emulator.webhookConfig;
  let call: WebhookCall | undefined;
  const tell = (more: Partial<Said>): string => {
    const message = { ...said, text: '', ...more };
    if (mode === 'stream') return emulator.say(message);
    const { messageId, event } = emulator.events.message(message);
    call = { method: 'POST', ...emulator.webhookBody(event), now: Date.now() };
    return messageId;
  };
  return {
    config,
    badConfig: { ...config, clientSecret: 'wrong' },
    chat: message(before.event, { id: '', at: 0 })!.address satisfies Address,
    say: (text) => tell({ text }),
    press: (button, turnId) => {
      const pressed = { cardId: emulator.cards().find((card) => card.turnId === turnId)!.cardId, button };
      if (mode === 'stream') return emulator.press(pressed);
      call = { method: 'POST', ...emulator.cardBody(emulator.events.action(pressed)), now: Date.now() };
      return undefined;
    },
    sendPicture: (bytes) => tell({ messageType: 'picture', content: { downloadCode: emulator.putFile(bytes, 'image/png') } }),
    ...(mode === 'webhook' ? { call: () => call! } : { acknowledged: () => emulator.deliveries().at(-1)!.acked }),
    visible: () => visible(emulator),
    drawn: () => JSON.stringify(emulator.cards().map(({ json }) => json)),
    files: () => emulator.messages().flatMap((message) => fileOf(emulator, message) ?? []),
    close: () => emulator.close(),
  };
}

// DingTalk takes the word of whoever writes last: only our own epochs keep an old writer out.
const how = { channel: createDingTalk({ retryMs: 10 }), fenced: false };
describeChannel({ ...how, name: 'DingTalk stream', mode: 'stream', start: () => start('stream') });
describeChannel({ ...how, name: 'DingTalk webhook', mode: 'webhook', start: () => start('webhook') });
describeListening({
  platform: 'DingTalk',
  start: startDingTalkEmulator,
  create: createDingTalk,
  say: (emulator) => emulator.say({ chatId: 'cid1', text: 'hello' }),
  keepWaiting: (emulator) => emulator.fault({ match: 'connect', timeout: true }),
});
