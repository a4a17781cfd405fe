import { randomBytes, randomUUID } from 'node:crypto';
import { createFaults, type Faults, type PlatformFault } from '../../../tests/support/faults';

export type Json = Readonly<Record<string, unknown>>;

/** Names of APIs: `gettoken`, `message/send`, `media/get`, `aibot/response`. */
export interface HttpFault extends PlatformFault {
  readonly status?: number;
  readonly errcode?: number;
}

export interface SentAppMessage {
  readonly msgid: string;
  readonly to: string;
  readonly type: string;
  /** As the person sees it: cut where WeCom cuts. */
  readonly text: string;
  readonly content: Json;
  readonly at: number;
}

/** A message by `response_url`. */
export interface LateMessage {
  /** The message that it answers. */
  readonly msgid: string;
  readonly content: string;
  readonly at: number;
}

export interface StreamFrame {
  readonly at: number;
  readonly content: string;
  readonly finish: boolean;
}

/** A bubble that grows: what WeCom got for one message, poll by poll. */
export interface ShownStream {
  readonly id: string;
  readonly msgid: string;
  readonly chatId: string;
  readonly content: string;
  readonly finished: boolean;
  /** WeCom gave up asking. */
  readonly expired: boolean;
  readonly card?: Json;
  readonly feedbackId?: string;
  readonly frames: readonly StreamFrame[];
}

export interface MadeHttpCall {
  readonly api: string;
  readonly at: number;
  readonly status: number;
  readonly errcode: number;
}

export interface ResponseUrl {
  readonly msgid: string;
  readonly until: number;
  used: boolean;
}

export interface Media {
  readonly bytes: Buffer;
  readonly name: string;
  readonly mime: string;
  readonly until: number;
}

/** Everything the platform remembers. */
export interface HttpWorld {
  readonly keys: { readonly token: string; readonly encodingAesKey: string };
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId: number;
  readonly botId: string;
  offsetMs: number;
  trusted: boolean;
  readonly tokens: Map<string, number>;
  readonly urls: Map<string, ResponseUrl>;
  readonly media: Map<string, Media>;
  /** What is told of members, by user id. */
  readonly people: Map<string, Json>;
  readonly sent: SentAppMessage[];
  readonly late: LateMessage[];
  readonly calls: MadeHttpCall[];
  readonly violations: string[];
  readonly strangers: Set<string>;
  readonly faults: Faults<HttpFault>;
  now(): number;
}

export const TOKEN_SECONDS = 7200;
export const HOUR_MS = 3_600_000;

export function createHttpWorld(): HttpWorld {
  const world: HttpWorld = {
    keys: { token: randomUUID().replaceAll('-', ''), encodingAesKey: randomBytes(32).toString('base64').slice(0, 43) },
    corpId: 'ww0123456789abcdef',
    corpSecret: 'emulated-corp-secret',
    agentId: 1000002,
    botId: 'aib-emulated',
    offsetMs: 0,
    trusted: true,
    tokens: new Map(),
    urls: new Map(),
    media: new Map(),
    people: new Map(),
    sent: [],
    late: [],
    calls: [],
    violations: [],
    strangers: new Set(),
    faults: createFaults(),
    now: () => Date.now() + world.offsetMs,
  };
  return world;
}

/** WeCom's own refusal of a call. */
export class Errcode extends Error {
  constructor(readonly code: number) {
    super(`errcode ${code}`);
  }
}

export const newId = (prefix: string): string => `${prefix}${randomBytes(12).toString('hex')}`;
