/** A code block of Markdown that is open. */
export interface Fence {
  /** What closes it. */
  readonly marker: string;
  /** The line that opens it again in a further part. */
  readonly opening: string;
}

/** Most characters of an opening line; a longer one is opened again without what stands behind its marker. */
export const MOST_OPENING = 80;

/** The code block that is open behind a line, given the one that is open before it. */
export function fenceAfter(fence: Fence | undefined, line: string): Fence | undefined {
  const found = /^ {0,3}(`{3,20}|~{3,20})(.*)$/.exec(line.trimEnd());
  if (!found) return fence;
  const [, marker, info] = found as unknown as [string, string, string];
  if (fence) return marker[0] === fence.marker[0] && marker.length >= fence.marker.length && info.trim() === '' ? undefined : fence;
  if (marker[0] === '`' && info.includes('`')) return undefined;
  const opening = `${marker}${info}`;
  return { marker, opening: opening.length > MOST_OPENING ? marker : opening };
}

/** The code block in which a text ends. */
export const openFence = (text: string): Fence | undefined => text.split('\n').reduce<Fence | undefined>(fenceAfter, undefined);
