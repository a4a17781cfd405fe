import { isEnd, type ReplyView } from '../../domain/answer';
import type { Address } from '../../domain/event';
import type { Priority, TurnRef } from '../channel';
import { emptiedCard, liveOf, type Place, replyCard, shapeOf } from './card';
import { CARD_GONE, isLark, LarkError } from './errors';
import { REASONING_BYTES } from './panels';
import { fingerprint, type Part, type Progress } from './reply';
import type { Sending } from './sending';
import { split } from './split';

// What a panel takes beside its text.
const PANEL_BYTES = 300;

export type Json = Readonly<Record<string, unknown>>;

/** All that is at hand while one call of the messenger works on one reply. */
export interface Desk {
  readonly sending: Sending;
  /** Lark ends streaming 10 minutes after it was switched on; before that it is switched on again. In milliseconds. */
  readonly reopenAfterMs: number;
  /** Most bytes of text in one card, as they stand in its JSON. */
  readonly maxTextBytes: number;
  readonly to: Address;
  readonly turn: TurnRef;
  /** Changed as the work goes on; `save` keeps it. */
  readonly progress: Progress;
  readonly view: () => ReplyView;
  readonly priority: Priority;
  readonly save: () => Promise<void>;
}

/** What part `index` shows of the view as it is now. */
export interface Painter {
  pieces(): readonly string[];
  place(index: number): Place;
  card(index: number, make?: typeof replyCard): Json;
  /** Renders when the call goes out, and notes what was shown once Lark has accepted it. */
  showing(part: Part, index: number, run: (card: () => Json) => Promise<void>, make?: typeof replyCard): Promise<void>;
}

export function createPainter({ maxTextBytes, turn, progress, view }: Desk): Painter {
  const pieces = (): readonly string[] => {
    const { text, reasoning } = view();
    return split(text, maxTextBytes - (reasoning?.trim() ? REASONING_BYTES + PANEL_BYTES : 0));
  };
  const place = (index: number): Place => {
    const count = pieces().length;
    return { number: index + 1, last: index === count - 1, ...(isEnd(view().state) ? { of: count } : {}) };
  };
  const card: Painter['card'] = (index, make = replyCard) => {
    const text = pieces()[index];
    if (text === undefined) return emptiedCard(view());
    const part = progress.parts[index];
    const streaming = progress.way === 'card' && !part?.lost;
    return make(view(), { turnId: turn.id, text, place: place(index), streaming, ...(part?.plain ? { plain: true } : {}) });
  };
  return {
    pieces,
    place,
    card,
    showing: async (part, index, run, make) => {
      let shown: Partial<Part> = {};
      await run(() => {
        const now = card(index, make);
        shown = {
          whole: fingerprint(now),
          shape: fingerprint(shapeOf(now)),
          shown: Object.fromEntries(liveOf(now).map(({ element, text }) => [element, fingerprint(text)])),
          live: place(index).last && !isEnd(view().state),
          streamingSince: (now.config as { streaming_mode?: boolean }).streaming_mode ? Date.now() : 0,
        };
        return now;
      });
      Object.assign(part, shown);
    },
  };
}

/** Whether Lark has said no for good. */
export const isFinal = (error: unknown): error is LarkError => error instanceof LarkError && !error.retryable;

/** Shows a part without formatting when Lark refuses it as Markdown: too many tables, for one; no list of codes covers them all. */
export async function asItCan(part: Part, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (part.plain || !isFinal(error) || error.code !== 'refused') throw error;
    part.plain = true;
    await run();
  }
}

/** Notes that a card no longer exists, instead of failing. */
export async function unlessLost(part: Part, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isLark(error, ...CARD_GONE)) throw error;
    part.lost = true;
  }
}
