import type { Channel, Mode } from '../channel';
import { isWebhook, longConnectionConfig, type WecomConfig, webhookConfig } from './config';
import { createLinks } from './links';
import { type ListenTimes, listen, listenTimes } from './listen';
import { createMessenger, type MessengerTimes, messengerTimes } from './messenger';
import { probe } from './probe';
import { MESSAGE_BYTES } from './split';
import { receiveWebhook } from './webhook';
import { createWebhookMessenger } from './webhook-messenger';
import { probeWebhook } from './webhook-probe';

export type { WecomConfig } from './config';

/** Times in milliseconds; the defaults are for the real platform, tests bring their own. */
export type WecomTimes = Partial<ListenTimes & MessengerTimes>;

const modes: readonly Mode<WecomConfig>[] = [
  {
    name: 'long_connection',
    title: { en: 'Long connection', zh: '长连接' },
    recommended: true,
    way: 'listen',
    config: longConnectionConfig,
    abilities: { repliesThroughConnection: true, sends: ['image', 'file'] },
  },
  {
    name: 'webhook',
    title: { en: 'Webhook', zh: 'Webhook 回调' },
    recommended: false,
    way: 'receive',
    config: webhookConfig,
    // Streams are polled by WeCom. Only applications can send files: the messenger of a bot has no `sendFile`.
    abilities: { updateEveryMs: 500, sends: ['image', 'file'] },
  },
];

/** WeCom: intelligent bots over a socket or by webhook, and self-built applications. */
export function createWecom(times: WecomTimes = {}): Channel<WecomConfig> {
  const links = createLinks();
  const listening = { ...listenTimes, ...times };
  const speaking = { ...messengerTimes, ...times };
  return {
    name: 'wecom',
    title: { en: 'WeCom', zh: '企业微信' },
    modes,
    abilities: {
      cards: true,
      streaming: true,
      // Whether WeCom counts the frames of one stream as one message is not certain, so they keep their distance.
      updateEveryMs: 800,
      maxTextBytes: MESSAGE_BYTES,
      buttons: true,
      reactions: false,
      sends: [],
      repliesThroughConnection: false,
    },
    probe: (config, _mode, link) => (isWebhook(config) ? probeWebhook(config) : probe(config, listening, links, link)),
    messenger: (config, ports) =>
      isWebhook(config) ? createWebhookMessenger(config, ports) : createMessenger(config, ports, links, speaking),
    listen: (config, deliver, link, signal) => listen(longConnection(config), deliver, link, signal, listening, links),
    receive: (config, call, deliver, ports) => receiveWebhook(webhook(config), call, deliver, ports),
  };
}

function longConnection(config: WecomConfig) {
  if (isWebhook(config)) throw new TypeError('A webhook is called; it does not listen.');
  return config;
}

function webhook(config: WecomConfig) {
  if (!isWebhook(config)) throw new TypeError('A long connection listens; it is not called.');
  return config;
}

export const wecom: Channel<WecomConfig> = createWecom();
