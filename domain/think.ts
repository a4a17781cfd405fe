import type { AnswerPart } from './answer';

type Said = Extract<AnswerPart, { readonly kind: 'text' | 'reasoning' }>;

/** Takes an answer apart that arrives in pieces; give every piece to `push`, then call `end` once. */
export interface ThinkFilter {
  push(delta: string): readonly Said[];
  end(): readonly Said[];
}

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Splits a leading `<think>…</think>` from what models say, wherever the pieces break. Later ones are the answer's own words;
 * a block that is never closed stays reasoning to its end.
 */
export function createThinkFilter(): ThinkFilter {
  let place: 'before' | 'inside' | 'after' | 'answer' = 'before';
  let held = '';

  const settle = (): readonly Said[] => {
    switch (place) {
      case 'before':
        return leading();
      case 'inside':
        return thinking();
      case 'after':
        held = held.trimStart();
        if (held !== '') place = 'answer';
        return release('text', held.length);
      case 'answer':
        return release('text', held.length);
    }
  };

  const leading = (): readonly Said[] => {
    const start = held.trimStart();
    if (start.startsWith(OPEN)) {
      place = 'inside';
      held = start.slice(OPEN.length);
      return settle();
    }
    if (OPEN.startsWith(start)) return [];
    place = 'answer';
    return settle();
  };

  const thinking = (): readonly Said[] => {
    const at = held.indexOf(CLOSE);
    if (at < 0) return release('reasoning', held.length - partialClose(held));
    const said = release('reasoning', at);
    held = held.slice(CLOSE.length);
    place = 'after';
    return [...said, ...settle()];
  };

  const release = (kind: Said['kind'], length: number): readonly Said[] => {
    const delta = held.slice(0, length);
    held = held.slice(length);
    return delta === '' ? [] : [{ kind, delta }];
  };

  return {
    push(delta) {
      held += delta;
      return settle();
    },
    end: () => release(place === 'inside' ? 'reasoning' : 'text', held.length),
  };
}

/** How many characters at the end may be the begin of `</think>`. */
function partialClose(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(CLOSE.slice(0, length))) return length;
  }
  return 0;
}
