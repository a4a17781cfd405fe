import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyState, ReplyView } from '../domain/answer';
import { ChannelError } from '../domain/errors';
import type { Address, InboundEvent } from '../domain/event';
import type { Budget, Channel, Deliver, LinkReport, Memory, Messenger, Ports, ReplyRef, WebhookCall } from './channel';

/** A platform to test against, in the few words that all of them share. */
export interface PlatformUnderTest<Config> {
  readonly config: Config;
  /** The same with credentials that the platform refuses. */
  readonly badConfig: Config;
  /** Where replies of these tests go. */
  readonly chat: Address;
  /** A person says something to the bot; answers the id that the event will have. In mode `receive` it waits for `call`. */
  say(text: string): string | Promise<string>;
  /** For modes that are called: what the platform posts for the message just said. */
  call?(): WebhookCall;
  /** What the chat shows of ours, oldest first: parts of one reply joined, commands' answers and notices as messages. */
  visible(): readonly Visible[] | Promise<readonly Visible[]>;
  /** Given where the platform is the channel's own memory; all its messengers share it. */
  readonly ports?: Ports;
  /** Whether the platform counts the last message as taken. */
  acknowledged?(): boolean;
  close(): Promise<void>;
}

export interface Visible {
  readonly kind: 'reply' | 'message';
  readonly text: string;
  /** No longer growing, no stop button. */
  readonly ended: boolean;
}

export interface ChannelContract<Config> {
  readonly name: string;
  readonly channel: Channel<Config>;
  readonly mode: string;
  readonly start: () => Promise<PlatformUnderTest<Config>>;
  /** False where the platform has no key for plain messages. */
  readonly keyed?: boolean;
  /** False where the platform cannot refuse a writer that was replaced. */
  readonly fenced?: boolean;
}

/** Texts that have broken somebody's cards. */
export const TEXTS: Readonly<Record<string, string>> = {
  numbers: '1. one\n2. two\n\n3.14 and -0 and 1e9 and 007',
  lists: '- a\n  - b\n    - c\n\n* d\n+ e\n\n1) f',
  tables: '| a | b |\n|---|---|\n| 1 | `x|y` |\n| 2 | **z** |\n',
  code: 'Run:\n\n```ts\nconst a = "<b>&amp;</b>"; // $x\n\tif (a) {}\n```\n\nthen `npm test`.',
  Chinese: '你好，世界！\n\n**加粗**、《书名》——“引号”。',
  emoji: '👩‍👩‍👧‍👦 🇨🇳 👍🏽 é ✅',
  'half-open Markdown': 'a **bold that never ends, `code, [link](http://x',
  'a half-open code block': '```python\nprint("a")\n',
  'quotes and backslashes': '"a" \\n \\" \'b\' {"c": [1]} \u00a0 <font>',
};

export const view = (state: ReplyState, text: string, more: Partial<ReplyView> = {}): ReplyView => ({
  state,
  text,
  language: 'en',
  steps: [],
  ...more,
});

/** Ports that live in this process: they wait as the real ones do, and share nothing. */
export function localPorts(): Ports & { readonly results: string[] } {
  const results: string[] = [];
  return { memory: localMemory(), budget: localBudget(), called: (result) => void results.push(result), results };
}

function localMemory(): Memory {
  const values = new Map<string, string>();
  const read = (key: string): unknown => (values.has(key) ? JSON.parse(values.get(key)!) : undefined);
  return {
    get: async <T>(key: string) => read(key) as T | undefined,
    put: async (key, value) => void values.set(key, JSON.stringify(value)),
    compareAndSet: async (key, expected, value) => {
      if (JSON.stringify(read(key)) !== JSON.stringify(expected)) return false;
      values.set(key, JSON.stringify(value));
      return true;
    },
  };
}

function localBudget(): Budget {
  const taken = new Map<string, number[]>();
  const pausedUntil = new Map<string, number>();
  return {
    take: async (api, perSecond) => {
      for (;;) {
        const now = Date.now();
        const recent = (taken.get(api) ?? []).filter((at) => now - at < 1000);
        taken.set(api, recent);
        const wait = Math.max((pausedUntil.get(api) ?? 0) - now, recent.length >= perSecond ? recent[0]! + 1000 - now : 0);
        if (wait <= 0) return void recent.push(now);
        await sleep(wait);
      }
    },
    pause: async (api, ms) => void pausedUntil.set(api, Date.now() + ms),
  };
}

/** What every channel promises, on its platform's emulator. */
export function describeChannel<Config>({ name, channel, mode, start, keyed = true, fenced = true }: ChannelContract<Config>): void {
  describe(`the ${name} channel`, () => {
    const way = channel.modes.find(({ name: each }) => each === mode)?.way;
    let platform: PlatformUnderTest<Config>;
    let messenger: Messenger;
    let saved: ReplyRef | undefined;
    let turns = 0;
    const save = async (reply: ReplyRef): Promise<void> => {
      saved = JSON.parse(JSON.stringify(reply)) as ReplyRef;
    };
    const turn = (epoch = 1) => ({ id: `00000000-0000-4000-8000-${String(turns).padStart(12, '0')}`, epoch });
    const visible = async (kind: Visible['kind'] = 'reply') => (await platform.visible()).filter((each) => each.kind === kind);
    const begin = (text = '', epoch = 1, known?: ReplyRef) =>
      messenger.beginReply(platform.chat, turn(epoch), view(text ? 'streaming' : 'thinking', text), known, save);

    beforeEach(async () => {
      platform = await start();
      messenger = channel.messenger(platform.config, platform.ports ?? localPorts());
      saved = undefined;
      turns++;
    });
    afterEach(() => platform.close());

    it('shows one reply that grows and ends', async () => {
      let reply = await begin();
      for (const text of ['Hello', 'Hello world', 'Hello world.'])
        reply = await messenger.updateReply(reply, () => view('streaming', text), save);
      if (channel.abilities.streaming) expect(await visible()).toEqual([{ kind: 'reply', text: 'Hello world.', ended: false }]);
      await messenger.finishReply(reply, view('done', 'Hello world. Bye.'), save);
      expect(await visible()).toEqual([{ kind: 'reply', text: 'Hello world. Bye.', ended: true }]);
    });

    it.each(Object.entries(TEXTS))('shows %s exactly as the expert said them', async (_, text) => {
      const reply = await messenger.updateReply(await begin(), () => view('streaming', text), save);
      if (channel.abilities.streaming) expect((await visible())[0]?.text).toBe(text);
      await messenger.finishReply(reply, view('done', text), save);
      expect(await visible()).toEqual([{ kind: 'reply', text, ended: true }]);
    });

    it('makes one reply of a begin that is repeated with what was saved', async () => {
      await begin('one');
      await begin('one', 1, saved);
      expect(await visible()).toHaveLength(1);
    });

    it('makes one reply of a begin that died after each thing it saved', async () => {
      const steps: ReplyRef[] = [];
      await messenger.beginReply(platform.chat, turn(), view('thinking', ''), undefined, async (reply) => void steps.push(reply));
      for (const [index, step] of steps.entries()) {
        const again = channel.messenger(platform.config, platform.ports ?? localPorts());
        await again.beginReply(
          platform.chat,
          turn(index + 2),
          view('recovering', 'so far'),
          JSON.parse(JSON.stringify(step)) as ReplyRef,
          save,
        );
      }
      expect(await visible()).toHaveLength(1);
    });

    it('goes on in the same reply when another process takes over', async () => {
      await messenger.updateReply(await begin(), () => view('streaming', 'first half'), save);
      const successor = channel.messenger(platform.config, platform.ports ?? localPorts());
      const reply = await successor.beginReply(platform.chat, turn(2), view('recovering', ''), saved, save);
      await successor.finishReply(reply, view('done', 'all of it'), save);
      expect(await visible()).toEqual([{ kind: 'reply', text: 'all of it', ended: true }]);
    });

    if (fenced)
      it('does not let a writer that was replaced win', async () => {
        const old = await begin('old');
        const successor = channel.messenger(platform.config, platform.ports ?? localPorts());
        const reply = await successor.beginReply(platform.chat, turn(2), view('streaming', 'new'), saved, save);
        await messenger
          .updateReply(old, () => view('streaming', 'old and late'), save)
          .catch((error: unknown) => expect(error).toBeInstanceOf(ChannelError));
        await successor.finishReply(reply, view('done', 'new and whole'), save);
        await messenger
          .finishReply(old, view('done', 'old and late'), save)
          .catch((error: unknown) => expect(error).toBeInstanceOf(ChannelError));
        expect((await visible()).map(({ text }) => text)).toEqual(['new and whole']);
      });

    it('changes nothing when an end is repeated', async () => {
      const ended = await messenger.finishReply(await begin('half'), view('done', 'whole'), save);
      const shown = await platform.visible();
      await messenger.finishReply(ended, view('done', 'whole'), save);
      await channel
        .messenger(platform.config, platform.ports ?? localPorts())
        .finishReply(JSON.parse(JSON.stringify(saved ?? ended)) as ReplyRef, view('done', 'whole'), save);
      expect(await platform.visible()).toEqual(shown);
    });

    it('shows a failure with its reason and reference, keeping the text', async () => {
      const failed = view('failed', 'so far', { reason: 'The expert could not be reached.', reference: 'R-4711' });
      await messenger.finishReply(await begin('so far'), failed, save);
      expect(await visible()).toEqual([{ kind: 'reply', text: 'so far', ended: true }]);
    });

    it('goes on in further parts when an answer is longer than one holds', async () => {
      const line = `${'长'.repeat(30)} and so on\n\n`;
      const text = line.repeat(Math.ceil((channel.abilities.maxTextBytes * 1.6) / Buffer.byteLength(line)));
      await messenger.finishReply(await begin('long'), view('done', text), save);
      expect((await visible()).map(({ text: shown, ended }) => [shown === text, ended])).toEqual([[true, true]]);
    });

    if (keyed)
      it('says a thing once, however often it is asked to with the same key', async () => {
        await messenger.say(platform.chat, 'Notice 1', 'key-1');
        await messenger.say(platform.chat, 'Notice 1', 'key-1');
        await messenger.say(platform.chat, 'Notice 2', 'key-2');
        expect((await visible('message')).map(({ text }) => text)).toEqual(['Notice 1', 'Notice 2']);
      });

    it('finds good credentials good, and says of bad ones what to do', async () => {
      const good = await channel.probe(platform.config, mode);
      expect(good.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(good.ok).toBe(true);
      if (way === 'local') return;
      const bad = await channel.probe(platform.badConfig, mode);
      expect(bad.ok).toBe(false);
      for (const check of bad.checks.filter(({ ok }) => !ok)) expect(check.mend).not.toBe('');
    });

    if (way !== 'local')
      it('delivers what a person says, and acknowledges it only once it is kept', async () => {
        const heard: InboundEvent[] = [];
        let keep = false;
        const deliver: Deliver = async (event) => {
          if (!keep) throw new Error('the ledger is away');
          heard.push(event);
          return { fresh: true };
        };
        const receive = async (): Promise<void> => {
          if (platform.call) await channel.receive!(platform.config, platform.call(), deliver).catch(() => undefined);
        };
        const end = new AbortController();
        const listening = way === 'listen' ? connected(channel, platform.config, deliver, end.signal) : undefined;
        await listening?.ready;
        await platform.say('not kept');
        await receive();
        await sleep(50);
        if (platform.acknowledged) expect(platform.acknowledged()).toBe(false);
        keep = true;
        const id = await platform.say('kept');
        await receive();
        await eventually(() => heard.some((event) => event.id === id));
        if (platform.acknowledged) await eventually(() => platform.acknowledged!());
        expect(heard.find((event) => event.id === id)).toMatchObject({ kind: 'message', text: 'kept', forBot: true });
        end.abort();
        await listening?.done;
      });

    if (way === 'listen')
      it('refuses to listen with bad credentials, and says that they are', async () => {
        const listening = channel.listen!(platform.badConfig, async () => ({ fresh: true }), quietLink, new AbortController().signal);
        await expect(listening).rejects.toMatchObject({ code: 'bad_credentials', retryable: false });
      });
  });
}

export const quietLink: LinkReport = { connected: () => undefined, proven: () => undefined, received: () => undefined };

/** A listening channel: `ready` once connected (or with the error that prevented it), `done` once it has stopped. */
export function connected<Config>(
  channel: Channel<Config>,
  config: Config,
  deliver: Deliver,
  signal: AbortSignal,
  link: Partial<LinkReport> = {},
): { readonly ready: Promise<void>; readonly done: Promise<void> } {
  let up: () => void = () => undefined;
  const isUp = new Promise<void>((resolve) => {
    up = resolve;
  });
  const report = (): void => {
    link.connected?.();
    up();
  };
  const done = channel.listen!(config, deliver, { ...quietLink, ...link, connected: report }, signal);
  const ready = Promise.race([isUp, done]);
  ready.catch(() => undefined);
  done.catch(() => undefined);
  return { ready, done };
}

/** Waits until `check` holds; fails after `withinMs`. */
export async function eventually(check: () => boolean | Promise<boolean>, withinMs = 3000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`It did not come true within ${withinMs} ms.`);
    await sleep(5);
  }
}
