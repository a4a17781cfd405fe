import { createHash } from 'node:crypto';
import { ChannelError } from '../../domain/errors';
import type { ReplyRef, TurnRef } from '../channel';
import { isLark, SEQUENCE_TOO_LOW } from './errors';

/** How a reply is shown: a CardKit card that streams, a card message that is patched, or text once all is known. */
export type Way = 'card' | 'message' | 'text';

/** One card or message of a reply. What it shows is kept as a fingerprint, so that equal frames cost no call. */
export interface Part {
  cardId?: string;
  messageId?: string;
  /** Of the whole card, of what cannot change from frame to frame, and of each text that can, as last accepted by Lark. */
  whole?: string;
  shape?: string;
  shown?: Readonly<Record<string, string>>;
  /** When streaming was last switched on, in milliseconds since the epoch; 0 = off or unknown. */
  streamingSince: number;
  /** Shown as running, so that its texts can be updated one by one. */
  live?: boolean;
  /** Lark refused to change several elements at once. */
  wholly?: boolean;
  /** Lark refuses this text as Markdown. */
  plain?: boolean;
  /** A text message, which stays as it is. */
  words?: boolean;
  /** Lark says that the card is gone for good. */
  lost?: boolean;
}

/** What we know of a reply, kept in `ReplyRef.data`. */
export interface Progress {
  way: Way;
  /** Operations so far within this epoch. */
  n: number;
  readonly parts: Part[];
}

const PER_EPOCH = 1_000_000;

/**
 * A copy to work on. A later epoch begins to count anew; it trusts nothing of what the earlier writer believed to be shown, and neither
 * does a writer that begins again, whose record may be older than its card.
 */
export function progressOf({ data, turn }: ReplyRef, epoch: number, again = false): Progress {
  const kept = data as unknown as Progress;
  const parts = kept.parts.map((part): Part => {
    if (turn.epoch === epoch && !again) return { ...part };
    const { whole: _, shape: __, shown: ___, live: ____, ...known } = part;
    return { ...known, streamingSince: 0 };
  });
  return { way: kept.way, n: turn.epoch === epoch ? kept.n : 0, parts };
}

export const refOf = (turn: TurnRef, to: ReplyRef['to'], { way, n, parts }: Progress): ReplyRef => ({
  turn,
  to,
  data: { way, n, parts: parts.map((part) => ({ ...part })) },
});

/** Lark's idempotency key for part `number` of a turn: same turn, same message, whoever sends it. At most 50 characters. */
export const sendKey = (turnId: string, number: number, variant = ''): string => keyOf(`${turnId}/${number}${variant}`);

export const keyOf = (text: string): string => `p${createHash('sha256').update(text).digest('hex').slice(0, 48)}`;

export const fingerprint = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('base64').slice(0, 16);

// After a crash the count on record may lag behind what the same writer has sent.
const JUMPS = [1, 100, 10_000, 400_000];

/**
 * Runs one operation on a card with the next sequence. Refused as too low, it is tried further up, but never beyond this epoch: that is how
 * Lark itself keeps a writer out whose reply somebody else has taken over.
 */
export async function sequenced<T>(progress: Progress, epoch: number, operation: (sequence: number) => Promise<T>): Promise<T> {
  for (const jump of JUMPS) {
    if (progress.n + jump >= PER_EPOCH) break;
    progress.n += jump;
    try {
      return await operation(epoch * PER_EPOCH + progress.n);
    } catch (error) {
      if (!isLark(error, SEQUENCE_TOO_LOW)) throw error;
    }
  }
  throw new ChannelError('superseded', 'A later writer has taken over this card.', { retryable: true });
}
