import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../domain/event';
import { connected } from '../../tests/support/link';
import { describeChannel, type PlatformUnderTest, type Visible } from '../contract';
import { describeListening } from '../listening.scene';
import { startWecomEmulator, type WecomEmulator } from './emulator';
import { seenNotices } from './emulator/seen';
import { createWecom, type WecomConfig } from './index';

const visible = (emulator: WecomEmulator): readonly Visible[] => {
  const replies = emulator.replies();
  return [
    ...replies.map(({ text, closed }) => ({ kind: 'reply' as const, text, ended: closed })),
    ...seenNotices(emulator.messages(), replies).map(({ content }) => ({ kind: 'message' as const, text: content, ended: true })),
  ];
};

const channel = createWecom({ connectTimeoutMs: 1000, retryMs: 10 });

/** Replies go through the connection that their question came on, so one is held from the beginning. */
async function start(): Promise<PlatformUnderTest<WecomConfig>> {
  const emulator = await startWecomEmulator({ limits: 'off' });
  const end = new AbortController();
  let chat: Address | undefined;
  const deliver = async ({ address }: { readonly address: Address }) => {
    chat ??= address;
    return { fresh: true };
  };
  const link = connected(channel, emulator.config, deliver, end.signal);
  await link.ready;
  emulator.say({ text: 'before' });
  while (!chat) await sleep(1);
  return {
    config: emulator.config,
    badConfig: { ...emulator.config, secret: 'wrong' },
    chat,
    say: (text) => emulator.say({ text }),
    press: (action, turnId) => emulator.press({ key: `${action}:${turnId}` }),
    sendPicture: (bytes) => emulator.say({ text: '', body: { msgtype: 'image', image: emulator.addMedia(bytes) } }),
    visible: () => visible(emulator),
    drawn: () =>
      emulator
        .messages()
        .map(({ content }) => content)
        .join('\n'),
    files: () => emulator.messages().flatMap(({ media }) => media?.bytes ?? []),
    close: async () => {
      end.abort();
      await link.done.catch(() => undefined);
      await emulator.close();
      expect(emulator.violations()).toEqual([]);
    },
  };
}

describeChannel({ name: 'WeCom long connection', channel, mode: 'long_connection', start });
describeListening<WecomConfig, WecomEmulator>({
  platform: 'WeCom',
  start: startWecomEmulator,
  create: createWecom,
  say: (emulator) => emulator.say({ text: 'hello' }),
  keepWaiting: (emulator) => emulator.fault({ match: 'subscribe', timeout: true }),
});
