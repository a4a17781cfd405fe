const MENTION = /<(?=at[\s>/])/gi;
const BLOCK = /(^```[^`<\n]*\n(?:(?!```)[^\n]*\n)*```[ \t]*$)/m;
const FENCE = /`{3,}|~{3,}/g;

/**
 * The text as it may be shown: an expert's words format as they like but must not ring everybody's phone. Nobody tells how Lark reads code, so
 * blocks of it are left alone only where no reading can differ: with every fence of the text at the begin of a line, and closed.
 */
export function harmless(text: string): string {
  const pieces = text.split(BLOCK);
  const certain = pieces.every((piece, index) => (piece.match(FENCE)?.length ?? 0) === (index % 2) * 2);
  return certain ? pieces.map((piece, index) => (index % 2 === 1 ? piece : unmentioned(piece))).join('') : unmentioned(text);
}

// A word of code would show the escape as it is written.
const unmentioned = (text: string): string =>
  text
    .split(/(`[^`\n]*`)/)
    .map((piece, index) => piece.replace(MENTION, index % 2 === 1 ? '＜' : '&#60;'))
    .join('');

/** The same for plain messages, in which there is no way to write "<at" without meaning it. */
export const quiet = (text: string): string => text.replace(MENTION, '＜');

// Titles and reasons are words, not Markdown; and nothing of theirs may mention people.
export const unformatted = (text: string): string =>
  text.replace(/[<>*_~`[\]]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ');

/** The same over several lines. */
export const unformattedLines = (text: string): string => text.split('\n').map(unformatted).join('\n');

export const grey = (text: string): string => `<font color='grey'>${text}</font>`;
export const shortened = (text: string): string => (text.length > 60 ? `${[...text].slice(0, 59).join('')}…` : text);
export const preview = (text: string): string => [...text.slice(0, 300).replace(/\s+/g, ' ').trim()].slice(0, 120).join('');
