import { createHash } from 'node:crypto';
import type { ReplyRef, TurnRef } from '../channel';

/** How a reply is shown: AI cards that grow, or messages once all is known. */
export type Way = 'card' | 'text';

/** One card or message of a reply. What it shows is kept as a fingerprint, so that equal frames cost no call. */
export interface Part {
  /** The card is in the chat. */
  created?: boolean;
  /** A message went out, with this outcome: `sending` means that nobody knows. */
  message?: 'sending' | 'sent';
  /** Of the streamed text and of everything around it, as last accepted by DingTalk. */
  text?: string;
  rest?: string;
  /** A stream is open, or may be. */
  streaming?: boolean;
  /** DingTalk takes no more streamed text; the card still changes as a whole. */
  still?: boolean;
  /** DingTalk says that the card is gone for good. */
  lost?: boolean;
}

/** What we know of a reply, kept in `ReplyRef.data`. */
export interface Progress {
  way: Way;
  readonly parts: Part[];
}

/**
 * A copy to work on. A later writer trusts nothing of what the earlier one believed to be shown, and neither does one that begins again,
 * whose record may be older than its card.
 */
export function progressOf({ data, turn }: ReplyRef, epoch: number, again = false): Progress {
  const kept = data as unknown as Progress;
  const parts = kept.parts.map((part): Part => {
    if (turn.epoch === epoch && !again) return { ...part };
    const { text: _, rest: __, ...known } = part;
    return known.created && !known.still ? { ...known, streaming: true } : known;
  });
  return { way: kept.way, parts };
}

export const refOf = (turn: TurnRef, to: ReplyRef['to'], { way, parts }: Progress): ReplyRef => ({
  turn,
  to,
  data: { way, parts: parts.map((part) => ({ ...part })) },
});

/** DingTalk's idempotency key of a card: same turn and part, same card, whoever makes it. */
export const outTrackIdOf = (turnId: string, index: number): string => (index === 0 ? turnId : `${turnId}.${index + 1}`);

export const turnIdOf = (outTrackId: string): string => outTrackId.replace(/\.\d+$/, '');

export const fingerprint = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('base64').slice(0, 16);
