import type { Channel, Mode } from '../channel';
import { createAccounts } from './account';
import { type LarkConfig, longConnectionConfig, webhookConfig } from './config';
import { inbound, namesSomebody } from './inbound';
import { botOf, listen } from './listen';
import { createMessenger } from './messenger';
import { probe } from './probe';
import { acknowledged, challenged, verify } from './webhook';

export type { LarkConfig } from './config';

/** Times in milliseconds; the defaults are for the real platform, tests bring their own. */
export interface LarkTimes {
  readonly reopenAfterMs?: number;
  readonly pingEveryMs?: number;
  readonly silentAfterMs?: number;
  readonly connectTimeoutMs?: number;
  readonly callTimeoutMs?: number;
}

const modes: readonly Mode<LarkConfig>[] = [
  {
    name: 'long_connection',
    title: { en: 'Long connection', zh: '长连接' },
    recommended: true,
    way: 'listen',
    config: longConnectionConfig,
  },
  { name: 'webhook', title: { en: 'Webhook', zh: 'Webhook 回调' }, recommended: false, way: 'receive', config: webhookConfig },
];

// A card holds 30 KB of JSON: this much text, and 3 KB for all the rest.
const MAX_TEXT_BYTES = 27_000;
/** A webhook must be answered within a second, storing included. */
const BOT_WAIT_MS = 400;

/** Feishu and Lark: one platform under two domains. */
export function createLark({
  reopenAfterMs = 9 * 60_000,
  pingEveryMs = 15_000,
  silentAfterMs = 45_000,
  connectTimeoutMs = 10_000,
  callTimeoutMs = 10_000,
}: LarkTimes = {}): Channel<LarkConfig> {
  const accountOf = createAccounts(callTimeoutMs);
  return {
    name: 'lark',
    title: { en: 'Lark / Feishu', zh: '飞书 / Lark' },
    modes,
    abilities: {
      cards: true,
      streaming: true,
      updateEveryMs: 110,
      maxTextBytes: MAX_TEXT_BYTES,
      buttons: true,
      repliesThroughConnection: false,
    },
    probe: (config, mode) => probe(config, mode, callTimeoutMs),
    messenger: (config, ports) => createMessenger(accountOf(config), ports, { reopenAfterMs, maxTextBytes: MAX_TEXT_BYTES }),
    listen: (config, deliver, link, signal) =>
      listen(config, accountOf(config), { connectTimeoutMs, pingEveryMs, silentAfterMs }, deliver, link, signal),
    receive: async (config, call, deliver) => {
      const verified = verify(config, call);
      if ('challenge' in verified) return challenged(verified.challenge);
      const bot = namesSomebody(verified.event) ? await botOf(accountOf(config), BOT_WAIT_MS) : undefined;
      const event = inbound(verified.event, bot);
      return acknowledged(event && (await deliver(event)));
    },
  };
}

export const lark: Channel<LarkConfig> = createLark();
