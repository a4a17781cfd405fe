import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, Deliver, Mode, Ports } from '../channel';
import { createKeeping, keepWhatFails } from '../keeping';
import { type Account, createAccounts } from './account';
import { createCaller } from './calls';
import { createCompany } from './company';
import { type LarkConfig, longConnectionConfig, webhookConfig } from './config';
import { createHearing, createLines, type Hear, type HearingTimes, type Keep, type Lines } from './hearing';
import { listen } from './listen';
import { createMessenger } from './messenger';
import { probe } from './probe';
import { register } from './registration';
import { acknowledged, challenged, verify } from './webhook';
import { arrivedIn, welcomeTo } from './welcome';

export type { LarkConfig } from './config';

/** Times in milliseconds; the defaults are for the real platform, tests bring their own. */
export interface LarkTimes {
  readonly reopenAfterMs?: number;
  readonly pingEveryMs?: number;
  readonly silentAfterMs?: number;
  /** Between two looks at how many connections the app has. */
  readonly countEveryMs?: number;
  readonly connectTimeoutMs?: number;
  readonly callTimeoutMs?: number;
  /** How long an event of a long connection waits for a quoted message or a forwarded bundle; one of a webhook gets a third of it. */
  readonly lookUpMs?: number;
  /** A press on a long connection is answered after so long at the latest. */
  readonly answerPressMs?: number;
  /** From the first failure to keep a press to the second attempt; then longer. */
  readonly retryMs?: number;
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

// A card holds 30 KB of JSON: this much text, and 6 KB for steps, buttons and all the rest.
const MAX_TEXT_BYTES = 24_000;
/** A long connection is answered within 3 s, a webhook within one; storing included. */
const BOT_WAIT_MS = { listen: 1000, receive: 300 };

/** Feishu and Lark: one platform under two domains. */
export function createLark({
  reopenAfterMs = 9 * 60_000,
  pingEveryMs = 15_000,
  silentAfterMs = 45_000,
  countEveryMs = 120_000,
  connectTimeoutMs = 10_000,
  callTimeoutMs = 10_000,
  lookUpMs = 900,
  answerPressMs = 1500,
  retryMs = 500,
}: LarkTimes = {}): Channel<LarkConfig> {
  const accountOf = createAccounts(callTimeoutMs);
  const company = createCompany();
  const linesOf = new WeakMap<Account, Lines>();
  const messenger = (config: LarkConfig, ports: Ports) =>
    createMessenger(accountOf(config), company, ports, { reopenAfterMs, maxTextBytes: MAX_TEXT_BYTES });
  const hearing = (config: LarkConfig, ports: Ports, times: HearingTimes, deliver: Deliver, keep: Keep): Hear => {
    const account = accountOf(config);
    const lines = linesOf.get(account) ?? createLines();
    linesOf.set(account, lines);
    const hear = createHearing(account, createCaller(account, ports), times, lines, deliver, keep);
    const { welcome } = config;
    return async (event) => {
      void company.learn(account, ports.memory, event);
      const chat = arrivedIn(event);
      if (!chat) return await hear(event);
      // Lark does not wait for it.
      if (welcome) welcomeTo(chat, welcome, ports.memory, messenger(config, ports).say).catch(() => undefined);
      return undefined;
    };
  };
  return {
    name: 'lark',
    title: { en: 'Lark / Feishu', zh: '飞书 / Lark' },
    modes,
    abilities: {
      cards: true,
      streaming: true,
      updateEveryMs: 112,
      maxTextBytes: MAX_TEXT_BYTES,
      buttons: true,
      reactions: true,
      recalls: true,
      owners: true,
      sends: ['image', 'file'],
      repliesThroughConnection: false,
    },
    probe: (config, mode) => probe(config, mode, callTimeoutMs),
    register,
    messenger,
    listen: (config, deliver, link, signal, ports) => {
      const account = accountOf(config);
      const keeping = createKeeping(deliver, retryMs);
      const keep: Keep = (press) => Promise.race([keeping.keep(press), sleep(answerPressMs, undefined, { ref: false })]);
      const hear = hearing(config, ports, { botWaitMs: BOT_WAIT_MS.listen, lookUpMs }, deliver, keep);
      return listen(config, account, { connectTimeoutMs, pingEveryMs, silentAfterMs, countEveryMs }, hear, link, signal);
    },
    receive: async (config, call, deliver, ports) => {
      const verified = verify(config, call);
      if ('challenge' in verified) return challenged(verified.challenge);
      const hear = hearing(
        config,
        ports,
        { botWaitMs: BOT_WAIT_MS.receive, lookUpMs: lookUpMs / 3 },
        deliver,
        keepWhatFails(deliver, retryMs),
      );
      return acknowledged(await hear(verified.event));
    },
  };
}

export const lark: Channel<LarkConfig> = createLark();
