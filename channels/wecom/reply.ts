import { createHash } from 'node:crypto';
import type { Address } from '../../domain/event';
import type { ReplyRef, TurnRef } from '../channel';

/** What we know of a reply, kept in `ReplyRef.data`. */
export interface Progress {
  /** In the stream that answers the question, or, once that is over, in messages at the end. */
  way: 'stream' | 'messages';
  /** When the first frame went out, in milliseconds since the epoch. */
  since: number;
  /** A frame was sent, so the stream may be visible. */
  begun?: boolean;
  /** It is visible. */
  shown?: boolean;
  /** The stream ended with a sentence that says that the answer follows. */
  cut?: boolean;
  /** The stream shows the end, with so many characters of the text. */
  characters?: number;
  /** The buttons went out, or may have. */
  buttons?: boolean;
  /** Of the messages at the end, by number. A message that may be on its way is `sending`. */
  readonly messages: ('sending' | 'sent' | null)[];
  /** Everything is out. */
  ended?: boolean;
}

export const reqIdOf = ({ handles }: Address): string | undefined => handles?.reqId;

export const newProgress = (to: Address): Progress => ({ way: reqIdOf(to) ? 'stream' : 'messages', since: Date.now(), messages: [] });

/** A copy to work on. */
export function progressOf({ data }: ReplyRef): Progress {
  const kept = data as unknown as Progress;
  return { ...kept, messages: [...kept.messages] };
}

export const refOf = (turn: TurnRef, to: Address, progress: Progress): ReplyRef => ({
  turn,
  to,
  data: { ...progress, messages: [...progress.messages] },
});

/** A key of ours under which something is remembered. */
export const memoryKey = (kind: string, key: string): string => `${kind}/${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
