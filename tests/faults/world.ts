import { type Script, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from '../../channels/lark/emulator';
import { type RunningStack, startStack } from '../support/stack';
import type { Platform } from './platform';

/** The whole of Parley with an emulated Lark and an emulated AI service around it, all on loopback. */
export interface World extends Surroundings {
  readonly lark: LarkEmulator;
  readonly integrationId: string;
}

/** The same around platforms of any kind, with a bot of each. */
export interface PlatformsWorld extends Surroundings {
  readonly bots: readonly { readonly platform: Platform; readonly integrationId: string }[];
}

export interface Surroundings {
  readonly stack: RunningStack;
  readonly ai: Awaited<ReturnType<typeof startOpenAiEmulator>>;
  /** Sets up another bot of the same organization. */
  addBot(bot: Bot): Promise<string>;
  /** Calls the API and reads its JSON. @throws on any refusal */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** An integration with an expert of its own behind it. */
export interface Bot {
  readonly config: Readonly<Record<string, unknown>>;
  readonly channel?: string;
  readonly mode?: string;
  readonly aiUrl?: string;
  readonly trigger?: Readonly<Record<string, unknown>>;
  readonly backend?: Readonly<Record<string, unknown>>;
}

export interface WorldOptions {
  readonly lark?: LarkEmulatorOptions;
  /** What the expert says to a question. */
  readonly script: (question: string) => Script;
  readonly trigger?: Readonly<Record<string, unknown>>;
  readonly backend?: Readonly<Record<string, unknown>>;
}

let before: Promise<unknown> = Promise.resolve();

/** One after the other: stacks that start at the same moment would race for the same ports. */
export function startWorld(options: WorldOptions): Promise<World> {
  const world = before.then(() => start(options));
  before = world.catch(() => undefined);
  return world;
}

async function start({ lark: larkOptions, script, trigger = {}, backend = {} }: WorldOptions): Promise<World> {
  const lark = await startLarkEmulator(larkOptions);
  const around = await surround(lark.close, script);
  return await orStop(around, async () => {
    const { appId, appSecret, domain } = lark.config;
    const integrationId = await around.addBot({ config: { appId, appSecret, domain }, trigger, backend });
    await until(() => lark.connections() > 0, 20_000, 'the bot to connect');
    return { ...around, lark, integrationId };
  });
}

type AroundOptions = Omit<WorldOptions, 'lark'>;

/** The whole of Parley around platforms that were started; they end with it. */
export async function startWorldOf(
  platforms: readonly Platform[],
  { script, trigger = {}, backend = {} }: AroundOptions,
): Promise<PlatformsWorld> {
  const around = await startAround(platforms, script);
  return await orStop(around, async () => {
    const bots = [];
    for (const platform of platforms) {
      const { channel, mode, config } = platform;
      const integrationId = await around.addBot({ channel, mode, config, trigger, backend });
      platform.callBack?.(callbackOf(around, integrationId));
      bots.push({ platform, integrationId });
    }
    await until(() => platforms.every(({ connections }) => connections() > 0), 20_000, 'the bots to connect');
    return { ...around, bots };
  });
}

/** The whole of Parley without a bot yet, around emulators that were started; they end with it. */
export function startAround(emulators: readonly { close(): Promise<void> }[], script: WorldOptions['script']): Promise<Surroundings> {
  const world = before.then(() => surround(async () => void (await Promise.all(emulators.map(({ close }) => close()))), script));
  before = world.catch(() => undefined);
  return world;
}

/** Where the platform of an integration calls us. */
export const callbackOf = ({ stack }: Pick<Surroundings, 'stack'>, integrationId: string): string =>
  `${stack.stack.consoleUrl}webhooks/${integrationId}`;

async function orStop<T>({ stop }: Surroundings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await stop();
    throw error;
  }
}

async function surround(closePlatform: () => Promise<void>, script: WorldOptions['script']): Promise<Surroundings> {
  const ai = await startOpenAiEmulator({ script: (question) => script(question) });
  const closeEmulators = () => Promise.all([closePlatform(), ai.close()]);
  const stack = await startStack().catch(async (error: unknown) => {
    await closeEmulators();
    throw error;
  });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await stack.api(path, { method, ...(body !== undefined && { body }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };
  const stop = async (): Promise<void> => {
    await stack.stop();
    await closeEmulators();
  };
  const addBot = (bot: Bot): Promise<string> => setUp(call, { aiUrl: ai.url, ...bot });
  return { stack, ai, addBot, call, stop };
}

async function setUp(
  call: World['call'],
  { config, channel = 'lark', mode = 'long_connection', aiUrl, trigger = {}, backend = {} }: Bot,
): Promise<string> {
  const integration = await call<{ id: string }>('POST', 'integrations', { name: 'Bot', channel, mode, config, enabled: true });
  const expert = await call<{ id: string }>('POST', 'experts', {
    name: 'Expert',
    backend: 'openai',
    config: { baseUrl: aiUrl, apiKey: 'key', model: 'model', ...backend },
  });
  await call('POST', `experts/${expert.id}/triggers`, { integrationId: integration.id, ...trigger });
  await call('POST', `experts/${expert.id}/publish`);
  return integration.id;
}

/** Waits until something holds. @throws saying what did not come */
export async function until(holds: () => boolean | Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What an answer of a given length says: numbered lines, so that anything missing or doubled shows. */
export const longAnswer = (question: string, lines: number): string =>
  `${question}\n${Array.from({ length: lines }, (_, n) => `${n + 1}. line ${n + 1} of ${lines}`).join('\n')}`;

/** The same in pieces, over so many seconds. */
export function streamed(text: string, seconds: number, pieces: number): Script {
  const size = Math.ceil(text.length / pieces);
  const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));
  return { chunks, delayMs: (seconds * 1000) / chunks.length };
}

/** A random source whose seed can be printed and given again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
