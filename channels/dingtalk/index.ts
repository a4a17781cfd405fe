import type { Channel, Mode, Ports } from '../channel';
import { keepWhatFails } from '../keeping';
import { createAccounts } from './account';
import { createCaller } from './calls';
import { type DingTalkConfig, hasToast, streamConfig, webhookConfig } from './config';
import { BACK_OFF_MS } from './errors';
import type { Tell } from './hearing';
import { listen } from './listen';
import { createMessenger } from './messenger';
import { probe } from './probe';
import { createSending } from './sending';
import { tellInPrivate } from './telling';
import { verify } from './webhook';

export type { DingTalkConfig } from './config';

/** Times in milliseconds; the defaults are for the real platform, tests bring their own. */
export interface DingTalkTimes {
  readonly pingEveryMs?: number;
  readonly silentAfterMs?: number;
  readonly connectTimeoutMs?: number;
  readonly callTimeoutMs?: number;
  readonly retryMs?: number;
  readonly answerPressMs?: number;
  readonly backOffMs?: number;
}

const modes: readonly Mode<DingTalkConfig>[] = [
  { name: 'stream', title: { en: 'Stream', zh: 'Stream 模式' }, recommended: true, way: 'listen', config: streamConfig },
  { name: 'webhook', title: { en: 'Webhook', zh: 'HTTP 模式' }, recommended: false, way: 'receive', config: webhookConfig },
];

/** Three thousand Chinese characters: what DingTalk recommends for a streamed variable. A message would hold 15 000 bytes. */
const MAX_TEXT_BYTES = 9000;

/** DingTalk: a robot of an app made in a company. */
export function createDingTalk({
  pingEveryMs = 15_000,
  silentAfterMs = 45_000,
  connectTimeoutMs = 10_000,
  callTimeoutMs = 10_000,
  retryMs = 500,
  answerPressMs = 1500,
  backOffMs = BACK_OFF_MS,
}: DingTalkTimes = {}): Channel<DingTalkConfig> {
  const accountOf = createAccounts(callTimeoutMs);
  const telling = (config: DingTalkConfig, ports: Ports): Tell => {
    const account = accountOf(config);
    const sending = createSending(account, createCaller(account, ports, backOffMs), ports);
    return (event, result) => tellInPrivate(sending, event, result);
  };
  return {
    name: 'dingtalk',
    title: { en: 'DingTalk', zh: '钉钉' },
    modes,
    abilities: {
      cards: true,
      streaming: true,
      updateEveryMs: 800,
      maxTextBytes: MAX_TEXT_BYTES,
      buttons: true,
      reactions: true,
      sends: ['image', 'file'],
      repliesThroughConnection: false,
    },
    probe: (config, mode, _link, ports) => probe(config, mode, callTimeoutMs, ports),
    messenger: (config, ports) => createMessenger(accountOf(config), ports, MAX_TEXT_BYTES, backOffMs),
    listen: (config, deliver, link, signal, ports) => {
      const times = { connectTimeoutMs, pingEveryMs, silentAfterMs, retryMs, answerPressMs };
      return listen(config, times, deliver, link, signal, hasToast(config) ? undefined : telling(config, ports));
    },
    receive: async (config, call, deliver, ports) => {
      const { event, answer } = verify(config, call);
      if (!event) return answer;
      const result = await keepWhatFails(deliver, retryMs)(event);
      if (event.kind === 'action') void telling(config, ports)(event, result);
      return answer;
    },
  };
}

export const dingtalk: Channel<DingTalkConfig> = createDingTalk();
