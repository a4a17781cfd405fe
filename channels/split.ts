import { type Fence, fenceAfter, MOST_OPENING } from './fence';

/**
 * Cuts a text into parts of at most `limit` bytes (as counted by `size`): before headings, else between paragraphs, else between lines, and
 * within a line only when it alone is too long. Put together again the parts are the text, but for a code block that was cut: it is closed
 * in one part and opened again in the next.
 */
export function split(text: string, limit: number, size: (text: string) => number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (size(rest) > limit) {
    const { head, tail } = cut(rest, limit, size);
    parts.push(head);
    rest = tail;
  }
  return rest === '' && parts.length > 0 ? parts : [...parts, rest];
}

function cut(text: string, limit: number, size: (text: string) => number): { readonly head: string; readonly tail: string } {
  const boundary = bestBoundary(text, limit, size);
  const at = boundary?.at ?? withinLine(text, limit - FENCE_ROOM, size);
  const fence = boundary ? boundary.fence : fenceAt(text, at);
  const head = text.slice(0, at);
  if (!fence) return { head, tail: text.slice(at) };
  return { head: `${head}${head.endsWith('\n') ? '' : '\n'}${fence.marker}`, tail: `${fence.opening}\n${text.slice(at)}` };
}

// What closing a code block may add to a part.
const FENCE_ROOM = 24;

interface Boundary {
  readonly at: number;
  readonly fence: Fence | undefined;
}

/** The best place between two lines, in the second half of what fits or else the last one; undefined when a single line fills it. */
function bestBoundary(text: string, limit: number, size: (text: string) => number): Boundary | undefined {
  let best: (Boundary & { readonly worth: number }) | undefined;
  let last: Boundary | undefined;
  let fence: Fence | undefined;
  let [at, used] = [0, 0];
  let previous = '';
  while (at < text.length) {
    const line = lineAt(text, at);
    const worth = worthOf(previous, line, fence);
    if (used >= limit / 2 && worth >= (best?.worth ?? 0)) best = { at, fence, worth };
    // A block opened again at the head of this part must get some lines of its own, or nothing would ever get shorter.
    if (at > MOST_OPENING + 1 || (at > 0 && !fence)) last = { at, fence };
    const bytes = size(line);
    if (used + bytes > limit - FENCE_ROOM) return best ?? (bytes > limit - 2 * FENCE_ROOM - MOST_OPENING ? undefined : last);
    used += bytes;
    fence = fenceAfter(fence, line);
    previous = line;
    at += line.length;
  }
  return best ?? last;
}

function worthOf(previous: string, next: string, fence: Fence | undefined): number {
  if (fence) return 1;
  if (isRow(previous) && isRow(next)) return 2;
  if (/^#{1,6}\s/.test(next)) return 5;
  return previous.trim() === '' ? 4 : 3;
}

const isRow = (line: string): boolean => /^\s*\|/.test(line);

function lineAt(text: string, from: number): string {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.slice(from) : text.slice(from, end + 1);
}

function fenceAt(text: string, end: number): Fence | undefined {
  let fence: Fence | undefined;
  for (let at = 0; at < end; ) {
    const line = lineAt(text, at);
    if (at + line.length > end) break;
    fence = fenceAfter(fence, line);
    at += line.length;
  }
  return fence;
}

/** How many characters of an over-long line fit; never between the halves of one character, after a space where one is near. */
function withinLine(text: string, limit: number, size: (text: string) => number): number {
  let [low, high] = [1, Math.min(text.length, limit)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (size(text.slice(0, middle)) <= limit) low = middle;
    else high = middle - 1;
  }
  const space = text.lastIndexOf(' ', low - 1) + 1;
  if (space > low * 0.8) return space;
  for (let at = low; at > 1 && at > low - MOST_JOINED; at--) if (!joins(text, at)) return at;
  return HALF.test(text[low] ?? '') ? low - 1 : low;
}

/** No character that anybody reads is longer; a run of marks that is would leave parts of a single one. */
const MOST_JOINED = 64;
const HALF = /^[\uDC00-\uDFFF]/;

/** Whether cutting here would show two broken characters: between surrogates, around a joiner, before what modifies the one in front. */
const joins = (text: string, at: number): boolean => JOINED.test(text[at] ?? '') || text[at - 1] === '\u200D';

const JOINED = /^(?:[\uDC00-\uDFFF]|\u200D|\uFE0E|\uFE0F|\p{M})/u;
