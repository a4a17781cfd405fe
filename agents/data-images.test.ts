import { type AnswerPart, emptyAnswer, extend } from '../domain/answer';
import { createImageFilter, imageOfUrl } from './data-images';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const markdown = (alt = 'chart') => `![${alt}](data:image/png;base64,${png})`;

function filtered(text: string, size: number) {
  const filter = createImageFilter();
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
  const parts: AnswerPart[] = [...pieces.flatMap((piece) => filter.push(piece)), ...filter.end()];
  const files = parts.flatMap((part) => (part.kind === 'file' ? [`${part.file.name} ${part.file.mime} ${part.file.bytes.length}`] : []));
  return { text: parts.reduce(extend, emptyAnswer).text, files };
}

const table: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['takes an image out and leaves its name', `Look:\n${markdown()}\nNice.`, 'Look:\n[chart.png]\nNice.', ['chart.png image/png 70']],
  [
    'names images that have none',
    `${markdown('')}${markdown('')}`,
    '[image-1.png][image-2.png]',
    ['image-1.png image/png 70', 'image-2.png image/png 70'],
  ],
  ['keeps paths out of names', markdown('../etc/“x”'), '[..etcx.png]', ['..etcx.png image/png 70']],
  ['leaves words alone', 'Hi! [a](b) ![c](https://x.example/d.png) !', 'Hi! [a](b) ![c](https://x.example/d.png) !', []],
  ['leaves an example alone', '`![x](data:image/png;base64,iVBORw0KGgo...)`', '`![x](data:image/png;base64,iVBORw0KGgo...)`', []],
  ['leaves what is no image alone', '![x](data:image/png;base64,aGVsbG8=) so', '![x](data:image/png;base64,aGVsbG8=) so', []],
  ['shows a short one that was cut off', '![x](data:image/png;base64,aGVs', '![x](data:image/png;base64,aGVs', []],
  ['shortens a long one that was cut off', `![x](data:image/png;base64,${'A'.repeat(5000)}`, '![x](data:image/png;base64,…', []],
  ['lets an exclamation at the end out', 'Done!', 'Done!', []],
  ['lets a half opening out', 'Done ![ch', 'Done ![ch', []],
];

describe.each([1, 7, 10_000])('the image filter, in pieces of %s characters,', (size) => {
  it.each(table)('%s', (_name, said, text, files) => {
    expect(filtered(said, size)).toEqual({ text, files });
  });
});

it('holds back nothing but what may be an image', () => {
  const filter = createImageFilter();
  expect(filter.push('Hello ![not an image] there')).toEqual([
    { kind: 'text', delta: 'Hello ' },
    { kind: 'text', delta: '!' },
    { kind: 'text', delta: '[not an image] there' },
  ]);
});

it('reads data URLs, and no others', () => {
  expect(imageOfUrl(`data:image/png;base64,${png}`, 3)).toMatchObject({ kind: 'image', name: 'image-3.png', mime: 'image/png' });
  expect(imageOfUrl('https://x.example/a.png', 1)).toBeUndefined();
  expect(imageOfUrl('data:text/html;base64,aGVsbG8=', 1)).toBeUndefined();
});
