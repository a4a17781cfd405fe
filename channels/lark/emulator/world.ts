import { randomBytes } from 'node:crypto';
import type { CardFrame, LarkEmulatorOptions, LarkLimits, MadeCall, Violation } from './face';

export type Json = Record<string, unknown>;

export interface Card {
  readonly id: string;
  readonly appId: string;
  json: Json;
  sequence: number;
  streaming: boolean;
  streamingSince: number;
  messageId?: string;
  turnId?: string;
  readonly uuids: Set<string>;
  readonly frames: CardFrame[];
}

export interface Message {
  readonly id: string;
  readonly chatId: string;
  readonly fromBot: boolean;
  readonly type: string;
  content: Json;
  /** Of a card message, whether an entity or plain. */
  card?: Card;
  readonly uuid?: string;
  readonly replyTo?: string;
  readonly threadId?: string;
  readonly at: number;
  recalled: boolean;
  /** Of people: who, and whom they named. */
  readonly senderId?: string;
  readonly tenantKey?: string;
  readonly mentions?: readonly Json[];
  readonly parentId?: string;
  /** The forwarded bundle it is part of. */
  readonly within?: string;
  readonly reactions: string[];
}

export interface StoredFile {
  readonly bytes: Buffer;
  readonly mime: string;
  readonly name: string;
}

/** All that the emulated platform knows. */
export interface World {
  readonly options: Required<Omit<LarkEmulatorOptions, 'port' | 'apps' | 'limits'>> & { readonly limits: LarkLimits | 'off' };
  readonly apps: ReadonlyMap<string, string>;
  readonly botOpenId: string;
  readonly tokens: Map<string, { readonly appId: string; readonly until: number }>;
  readonly cards: Map<string, Card>;
  readonly messages: Map<string, Message>;
  readonly byUuid: Map<string, { readonly messageId: string; readonly at: number }>;
  readonly withoutBot: Set<string>;
  /** When something was sent into a chat lately. */
  readonly sends: Map<string, number[]>;
  /** Each group's owner, then its administrators. */
  readonly owners: Map<string, readonly string[]>;
  /** What is told of members, by open_id. */
  readonly people: Map<string, Json>;
  /** What people sent by `<message id>/<key>`, and what was uploaded by its key. */
  readonly files: Map<string, StoredFile>;
  readonly calls: MadeCall[];
  readonly violations: Violation[];
}

const LIMITS: LarkLimits = { perCardPerSecond: 10, perApiPerSecond: 50, perApiPerMinute: 1000, perChatPerSecond: 5 };

export const newId = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`;

export function createWorld(options: LarkEmulatorOptions): World {
  const appId = options.appId ?? 'cli_0123456789abcdef';
  const appSecret = options.appSecret ?? 'secret';
  return {
    options: {
      appId,
      appSecret,
      redeliverMs: options.redeliverMs ?? [15_000, 300_000, 3_600_000, 21_600_000],
      ackWithinMs: options.ackWithinMs ?? 3000,
      streamingCapMs: options.streamingCapMs ?? 600_000,
      tokenSeconds: options.tokenSeconds ?? 7200,
      scopes: options.scopes ?? ['im:message', 'cardkit:card:write'],
      limits: options.limits === 'off' ? 'off' : { ...LIMITS, ...options.limits },
      latencyMs: options.latencyMs ?? 0,
      maxConnections: options.maxConnections ?? 50,
      refusalsCarryData: options.refusalsCarryData ?? false,
      fragmentBytes: options.fragmentBytes ?? 60_000,
    },
    apps: new Map([[appId, appSecret], ...Object.entries(options.apps ?? {})]),
    botOpenId: 'ou_parleybot',
    tokens: new Map(),
    cards: new Map(),
    messages: new Map(),
    byUuid: new Map(),
    withoutBot: new Set(),
    sends: new Map(),
    owners: new Map(),
    people: new Map(),
    files: new Map(),
    calls: [],
    violations: [],
  };
}

/** What an API answers: `data` for success, a code for a refusal. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    readonly status = 400,
    readonly resetSeconds?: number,
  ) {
    super(`refused ${code}`);
  }
}

export function parseJson(text: unknown, code: number): Json {
  try {
    const value: unknown = JSON.parse(String(text));
    if (value !== null && typeof value === 'object') return value as Json;
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw new Refused(code);
}
