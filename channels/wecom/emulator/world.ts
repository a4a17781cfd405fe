import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { MadeCall, SentMessage, StreamFrame, Violation, WecomEmulatorOptions } from './face';

export type Json = Readonly<Record<string, unknown>>;

/** A message of the bot's, as it changes. */
export type Message = { -readonly [Key in keyof SentMessage]: SentMessage[Key] } & { frames?: StreamFrame[]; chatId: string };

/** What a callback was about, by its request id. */
export interface Request {
  readonly kind: 'message' | 'event';
  readonly type: string;
  readonly chatId: string;
  readonly messageId: string;
  readonly at: number;
}

export interface World {
  readonly options: Required<Omit<WecomEmulatorOptions, 'port' | 'botId' | 'secret' | 'bots'>>;
  readonly secrets: Map<string, string>;
  readonly messages: Message[];
  readonly calls: MadeCall[];
  readonly violations: Violation[];
  /** Chats in which somebody has spoken to the bot. */
  readonly known: Set<string>;
  readonly withoutBot: Set<string>;
  readonly uploads: Map<string, { readonly name: string; readonly chunks: Buffer[]; readonly md5: string; readonly total: number }>;
  readonly media: Map<string, { readonly name: string; readonly bytes: Buffer }>;
  /** Encrypted files as people sent them, by path. */
  readonly files: Map<string, { readonly name: string | undefined; readonly bytes: Buffer }>;
  /** When messages went into a chat. */
  readonly sentAt: Map<string, number[]>;
}

export const newId = (prefix: string): string => `${prefix}${randomUUID().replaceAll('-', '')}`;

export function createWorld(given: WecomEmulatorOptions): World {
  const { botId = 'bot1', secret = 'secret', bots = {} } = given;
  return {
    options: {
      streamMs: given.streamMs ?? 600_000,
      limits: given.limits ?? { perMinute: 30, perHour: 1000 },
      reqIdsSurvive: given.reqIdsSurvive ?? false,
      latencyMs: given.latencyMs ?? 0,
    },
    secrets: new Map([[botId, secret], ...Object.entries(bots)]),
    messages: [],
    calls: [],
    violations: [],
    known: new Set(),
    withoutBot: new Set(),
    uploads: new Map(),
    media: new Map(),
    files: new Map(),
    sentAt: new Map(),
  };
}

/** One more message in a chat: false when there are too many, which is written down. */
export function counts(world: World, chatId: string): boolean {
  const { limits } = world.options;
  if (limits === 'off') return true;
  const now = Date.now();
  const sent = (world.sentAt.get(chatId) ?? []).filter((at) => now - at < 3_600_000);
  world.sentAt.set(chatId, sent);
  const minute = sent.filter((at) => now - at < 60_000).length;
  const broken = minute >= limits.perMinute ? 'minute' : sent.length >= limits.perHour ? 'hour' : undefined;
  if (broken) world.violations.push({ rule: broken, at: now, chatId });
  else sent.push(now);
  return !broken;
}

/** As WeCom encrypts what people send: AES-256-CBC, the key's head as the vector, padded to 32. */
export function encrypted(bytes: Buffer): { readonly bytes: Buffer; readonly aeskey: string } {
  const key = randomBytes(32);
  const pad = 32 - (bytes.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return {
    bytes: Buffer.concat([cipher.update(Buffer.concat([bytes, Buffer.alloc(pad, pad)])), cipher.final()]),
    aeskey: key.toString('base64'),
  };
}
