const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Makes half-written Markdown readable while it streams: marks that are open at the end are closed, and what cannot be
 * anything yet (half a link, a lonely marker, a table head without its rule) is held back. Whole Markdown stays as it is.
 */
export function mendMarkdown(text: string): string {
  if (insideFence(text)) return text;
  const start = text.lastIndexOf('\n\n') + 1;
  return text.slice(0, start) + mendBlock(text.slice(start));
}

function insideFence(text: string): boolean {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = FENCE.exec(line)?.[1];
    if (!fence) continue;
    if (!open) open = fence;
    else if (fence[0] === open[0] && fence.length >= open.length) open = undefined;
  }
  return open !== undefined;
}

function mendBlock(block: string): string {
  const lines = block.split('\n');
  const last = lines.pop() ?? '';
  if (isTableStart(lines, last)) return lines.slice(0, -1).join('\n');
  return [...lines, mendLine(last)].join('\n').replace(/\n$/, '');
}

/** A first row with half of its rule would be shown as plain text with pipes, then jump into a table. */
function isTableStart(lines: readonly string[], last: string): boolean {
  const head = lines.findLast((line) => line.trim() !== '');
  return (
    /^\s*\|?[\s:|-]*$/.test(last) &&
    last.includes('-') &&
    rulesIn(lines) === 0 &&
    head !== undefined &&
    cells(head) > Math.max(1, cells(last))
  );
}
const rulesIn = (lines: readonly string[]) => lines.filter((line) => /^\s*\|?(\s*:?-+:?\s*\|)+/.test(line)).length;
const cells = (row: string) =>
  row
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|').length;

function mendLine(line: string): string {
  // A heading, list or rule marker alone would flash as text.
  if (/^\s*(#{1,6}|[-*+]|\d+\.|>|`{1,2}|~{1,2}|\*{2}|_{2})\s*$/.test(line)) return '';
  const ticks = line.match(/`/g)?.length ?? 0;
  if (ticks % 2 === 1) return line.endsWith('`') ? line.slice(0, -1) : `${line}\``;
  const code = line.replace(/`[^`]*`/g, (match) => ' '.repeat(match.length));
  const link = /!?\[[^\]]*(\]\([^)]*|\])?$/.exec(code);
  // Footnotes and check boxes look like links as well, but they are short: leave closed brackets alone unless a target follows.
  if (link && !(link[1] === ']')) return mendMarks(line.slice(0, link.index) + labelOf(line.slice(link.index)));
  return mendMarks(line);
}

const labelOf = (halfLink: string) => (/^!/.test(halfLink) ? '' : halfLink.replace(/^\[/, '').replace(/\]\(.*$/, ''));

function mendMarks(line: string): string {
  const bare = line.replace(/\s+$/, '');
  let mended = bare;
  for (const mark of ['**', '__', '~~']) {
    const count = bare.replace(/`[^`]*`/g, '').split(mark).length - 1;
    if (count % 2 === 0) continue;
    mended = mended.endsWith(mark) ? mended.slice(0, -mark.length) : mended.endsWith(mark[0]!) ? `${mended}${mark[0]}` : `${mended}${mark}`;
  }
  return mended === bare ? line : mended;
}
