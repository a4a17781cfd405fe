import fc from 'fast-check';
import { jsonBytes, split } from './split';

/** Takes out what a cut code block added: its closing, and its opening again. */
const joined = (parts: readonly string[]): string =>
  parts.reduce((text, part) => {
    const opening = /^(`{3,}|~{3,})[^\n]*\n/.exec(part);
    const closing = opening && new RegExp(`\n?${opening[1]}$`).exec(text);
    return opening && closing && text !== '' ? `${text.slice(0, -opening[1]!.length)}${part.slice(opening[0].length)}` : text + part;
  }, '');

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

describe('splitting a long answer', () => {
  it('leaves alone what fits, and nothing', () => {
    expect(split('short', 300)).toEqual(['short']);
    expect(split('', 300)).toEqual(['']);
  });

  it('cuts before a heading rather than between paragraphs, and between paragraphs rather than lines', () => {
    const text = `${'a'.repeat(120)}\n\n${'b'.repeat(60)}\n## Heading\n${'c'.repeat(40)}\n\n${'d'.repeat(100)}\n`;
    expect(split(text, 300)[1]).toMatch(/^## Heading/);
    const paragraphs = `${'a'.repeat(160)}\n\n${'b'.repeat(60)}\n${'c'.repeat(60)}\n${'d'.repeat(60)}\n`;
    expect(split(paragraphs, 300)[1]).toMatch(/^b/);
  });

  it('never cuts within the row of a table', () => {
    const text = `| a | b |\n|---|---|\n${lines(60, (index) => `| row ${index} | ${'x'.repeat(30)} |`)}`;
    const parts = split(text, 400);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect(part).toMatch(/^\|[\s\S]*\|\n$/);
    expect(parts.join('')).toBe(text);
  });

  it('closes a code block and opens it again', () => {
    const text = `Look:\n\n\`\`\`ts\n${lines(40, (index) => `const value${index} = ${index};`)}\`\`\`\n\nDone.`;
    const parts = split(text, 400);
    for (const part of parts) expect(part.match(/^```/gm)!.length % 2).toBe(0);
    expect(parts.slice(1).every((part) => part.startsWith('```ts\n'))).toBe(true);
    expect(joined(parts)).toBe(text);
  });

  it('cuts a line that alone is too long after a word, and no character in two', () => {
    const words = 'word '.repeat(200);
    expect(split(words, 300).every((part) => part.endsWith(' '))).toBe(true);
    const family = '👨‍👩‍👧'.repeat(200);
    const parts = split(family, 300);
    expect(parts.join('')).toBe(family);
    for (const part of parts) expect(part).toMatch(/^👨‍👩‍👧/u);
  });

  it('fills its parts with marks that have no end, and cuts no sign in two', () => {
    for (const mark of ['\u0301', '\u{1D165}']) {
      const text = `e${mark.repeat(20_000)}`;
      const parts = split(text, 1000);
      expect(parts.length).toBeLessThan(100);
      expect(parts.join('')).toBe(text);
      for (const part of parts) expect(part).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
    }
  });

  it('gives the same first parts while the text grows by whole lines', () => {
    const text = lines(300, (index) => `Line ${index}, some words.`);
    const whole = split(text, 1000);
    const half = split(text.slice(0, text.length / 2), 1000);
    expect(half.slice(0, -2)).toEqual(whole.slice(0, half.length - 2));
  });

  it('loses nothing and keeps the limit, whatever the text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom('\n', '\n\n', '# Heading\n', '| a | b |\n', '- item\n', '"quoted" \\\n', '长文本'.repeat(40), 'x'.repeat(900)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 300, max: 2000 }), (pieces, limit) => {
        const text = pieces.join('').replaceAll('```', '').replaceAll('~~~', '');
        const parts = split(text, limit);
        expect(parts.join('')).toBe(text);
        for (const part of parts) expect(jsonBytes(part)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('ends for any mixture with code blocks, and keeps the limit', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 120 }),
      fc.constantFrom('\n', '```\n', '```js\n', '~~~\n', `${'y'.repeat(700)}\n`, 'code();\n'.repeat(30)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 400, max: 2000 }), (pieces, limit) => {
        for (const part of split(pieces.join('\n'), limit)) expect(jsonBytes(part)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
