import { randomBytes } from 'node:crypto';
import type { CardFrame, LarkEmulatorOptions, MadeCall, Violation } from './face';

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
}

/** All that the emulated platform knows. */
export interface World {
  readonly options: Required<Omit<LarkEmulatorOptions, 'port' | 'apps'>>;
  readonly apps: ReadonlyMap<string, string>;
  readonly botOpenId: string;
  readonly tokens: Map<string, { readonly appId: string; readonly until: number }>;
  readonly cards: Map<string, Card>;
  readonly messages: Map<string, Message>;
  readonly byUuid: Map<string, { readonly messageId: string; readonly at: number }>;
  readonly withoutBot: Set<string>;
  readonly owners: Map<string, string>;
  readonly calls: MadeCall[];
  readonly violations: Violation[];
}

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
      limits: options.limits ?? { perCardPerSecond: 10, perApiPerSecond: 50 },
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
    owners: new Map(),
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
