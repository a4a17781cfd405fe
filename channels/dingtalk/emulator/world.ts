import { randomBytes } from 'node:crypto';
import type { CardFrame, DingTalkEmulatorOptions, MadeCall, SentMessage, Violation } from './face';

export type Json = Record<string, unknown>;

export interface Card {
  readonly outTrackId: string;
  readonly templateId: string;
  readonly chatId: string;
  readonly messageId: string;
  readonly params: Record<string, string>;
  readonly guids: Set<string>;
  readonly frames: CardFrame[];
  streaming: boolean;
  finalized: boolean;
}

/** All that the emulated platform knows. */
export interface World {
  readonly options: Required<Omit<DingTalkEmulatorOptions, 'port'>>;
  readonly corpId: string;
  url: string;
  /** Tokens of the new API and of the legacy one, which are not the same. */
  readonly tokens: Map<string, { readonly side: 'api' | 'oapi'; readonly until: number }>;
  readonly cards: Map<string, Card>;
  readonly messages: SentMessage[];
  /** The private chat of each member who has spoken. */
  readonly privateChats: Map<string, string>;
  readonly sessions: Map<string, { readonly chatId: string; readonly until: number }>;
  readonly reactions: { messageId: string; name: string }[];
  readonly files: Map<string, { readonly bytes: Buffer; readonly mime: string }>;
  /** What is told of members, by user id. */
  readonly people: Map<string, Json>;
  readonly uploads: { mediaId: string; type: string; name: string; bytes: Buffer }[];
  readonly withoutBot: Set<string>;
  readonly revoked: Set<string>;
  readonly calls: MadeCall[];
  readonly violations: Violation[];
}

export const newId = (prefix: string): string => `${prefix}${randomBytes(12).toString('hex')}`;

export function createWorld(options: DingTalkEmulatorOptions): World {
  return {
    options: {
      clientId: options.clientId ?? 'dingemulated0000000',
      clientSecret: options.clientSecret ?? 'secret',
      redeliverMs: options.redeliverMs ?? [60_000],
      ackWithinMs: options.ackWithinMs ?? 60_000,
      tokenSeconds: options.tokenSeconds ?? 7200,
      limits: options.limits ?? { perSecond: 40 },
      latencyMs: options.latencyMs ?? 0,
      maxConnections: options.maxConnections ?? 50,
      closeAfterMs: options.closeAfterMs ?? 10_000,
      sessionWebhookMs: options.sessionWebhookMs ?? 5_400_000,
    },
    corpId: 'dingcorp0000000000',
    url: '',
    tokens: new Map(),
    cards: new Map(),
    messages: [],
    privateChats: new Map(),
    sessions: new Map(),
    reactions: [],
    files: new Map(),
    people: new Map(),
    uploads: [],
    withoutBot: new Set(),
    revoked: new Set(),
    calls: [],
    violations: [],
  };
}

/** How an API refuses: a word with a status in the new API, a number with status 200 in the legacy one. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly status = 400,
  ) {
    super(`refused ${code}`);
  }
}

export function parseJson(text: unknown, code = 'param.error'): Json {
  try {
    const value: unknown = JSON.parse(String(text));
    if (value !== null && typeof value === 'object') return value as Json;
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw new Refused(code);
}
