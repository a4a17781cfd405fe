import type { Address } from '../../domain/event';
import { localPorts } from '../../tests/support/ports';
import type { Channel, WebhookCall } from '../channel';
import { describeChannel, type PlatformUnderTest } from '../contract';
import type { WebhookConfig, WecomConfig } from './config';
import { startWecomHttpEmulator } from './emulator/http';
import { seenOfApp, seenOfBot } from './emulator/http-seen';
import { createWecom } from './index';
import { receiveWebhook } from './webhook';
import { createWebhookMessenger } from './webhook-messenger';
import { probeWebhook } from './webhook-probe';
import { webhookTimes } from './webhook-times';

const times = { ...webhookTimes, lookEveryMs: 5 };

const channel: Channel<WecomConfig> = {
  ...createWecom(),
  probe: (config) => probeWebhook(config as WebhookConfig, times),
  messenger: (config, ports) => createWebhookMessenger(config as WebhookConfig, ports, times),
  receive: (config, call, deliver, ports) => receiveWebhook(config as WebhookConfig, call, deliver, ports, times),
};

async function startBot(): Promise<PlatformUnderTest<WecomConfig>> {
  const emulator = await startWecomHttpEmulator();
  const ports = localPorts();
  let chat: Address | undefined;
  emulator.receiver((call) =>
    channel.receive!(
      emulator.bot,
      call,
      async ({ address }) => {
        chat ??= address;
        return { fresh: true };
      },
      ports,
    ),
  );
  await emulator.say({ text: 'before' });
  let call: WebhookCall | undefined;
  return {
    config: emulator.bot,
    badConfig: { ...emulator.bot, encodingAesKey: 'too-short' },
    chat: chat!,
    ports,
    say: (text) => {
      const body = emulator.message({ text });
      call = emulator.botCall(body);
      return body.msgid;
    },
    press: (action, turnId) => {
      const details = { card_type: 'button_interaction', event_key: `${action}:${turnId}`, task_id: `${turnId}-next` };
      call = emulator.botCall(emulator.event('template_card_event', { template_card_event: details }));
    },
    sendPicture: (bytes) => {
      const image = { url: emulator.putBotFile(bytes, 'picture.png') };
      call = emulator.botCall(emulator.message({ text: '', more: { msgtype: 'image', image } }));
    },
    call: () => call!,
    visible: () => seenOfBot(emulator, ports.memory),
    drawn: async () => {
      await emulator.pollAll();
      return [...emulator.streams(), ...emulator.late()].map(({ content }) => content).join('\n');
    },
    close: async () => {
      await emulator.close();
      expect(emulator.violations()).toEqual([]);
    },
  };
}

async function startApp(): Promise<PlatformUnderTest<WecomConfig>> {
  const emulator = await startWecomHttpEmulator();
  let call: WebhookCall | undefined;
  let messages = 0;
  return {
    config: emulator.app,
    badConfig: { ...emulator.app, corpSecret: 'wrong' },
    chat: { chatId: 'ann', kind: 'private' },
    ports: localPorts(),
    say: (text) => {
      const id = `90071992547409931${messages++}`;
      call = emulator.appCall({ Content: text, MsgId: id });
      return id;
    },
    press: (action, turnId) => {
      const pressed = { MsgType: 'event', Event: 'template_card_event', EventKey: `${action}:${turnId}`, TaskId: `${turnId}-next` };
      call = emulator.appCall(pressed);
    },
    sendPicture: (bytes) => {
      const MediaId = emulator.putMedia(bytes, 'picture.png', 'image/png');
      call = emulator.appCall({ MsgType: 'image', MediaId, MsgId: `90071992547409932${messages++}` });
    },
    call: () => call!,
    visible: () => seenOfApp(emulator),
    drawn: () =>
      emulator
        .sent()
        .map(({ text }) => text)
        .join('\n'),
    files: () => emulator.sent().flatMap(({ content }) => emulator.readMedia(String(content.media_id))?.bytes ?? []),
    close: async () => {
      await emulator.close();
      expect(emulator.violations()).toEqual([]);
    },
  };
}

describeChannel({ name: 'WeCom bot webhook', channel, mode: 'webhook', start: startBot });
describeChannel({ name: 'WeCom application', channel, mode: 'webhook', start: startApp, grows: false });
