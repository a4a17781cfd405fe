import { filetypemime } from 'magic-bytes.js';
import type { AnswerFile, AnswerPart } from '../domain/answer';

type Said = Extract<AnswerPart, { readonly kind: 'text' | 'file' }>;

/** Takes images out of an answer that arrives in pieces; give every piece to `push`, then call `end` once. */
export interface ImageFilter {
  push(delta: string): readonly Said[];
  end(): readonly Said[];
}

const OPENING = /^!\[([^\]\n]{0,200})\]\(data:image\/[a-z+.-]{1,20};base64,/;
const LONGEST_OPENING = 260;
/** Characters of base64: some 20 MB of image. */
const MOST_CHARACTERS = 28 * 1024 * 1024;
const MOST_SHOWN = 2000;

/**
 * Turns `![name](data:image/png;base64,…)` in what a model says into a file, with its name in brackets left in the text. What does not decode to an
 * image (an example in an explanation) stays as it was said.
 */
export function createImageFilter(): ImageFilter {
  let held = '';
  let image: { readonly opening: string; readonly alt: string; readonly body: string[]; length: number } | undefined;
  let count = 0;

  function* words(): Generator<Said> {
    while (held !== '') {
      const at = held.indexOf('!');
      yield* text(held.slice(0, at < 0 ? held.length : at));
      held = at < 0 ? '' : held.slice(at);
      const opening = OPENING.exec(held);
      if (opening) {
        const rest = held.slice(opening[0].length);
        image = { opening: opening[0], alt: opening[1] ?? '', body: [], length: 0 };
        held = '';
        return yield* picture(rest);
      }
      if (mayOpen(held)) return;
      yield* text(held.slice(0, 1));
      held = held.slice(1);
    }
  }

  function* picture(delta: string): Generator<Said> {
    const { opening, alt, body, length } = image!;
    const at = delta.indexOf(')');
    const piece = at < 0 ? delta : delta.slice(0, at);
    body.push(piece);
    image!.length = length + piece.length;
    if (at < 0 && image!.length <= MOST_CHARACTERS) return;
    image = undefined;
    const data = body.join('');
    const file = at < 0 ? undefined : imageOf(data, alt, count + 1);
    if (file) {
      count += 1;
      yield { kind: 'file', file };
      yield* text(`[${file.name}]`);
    } else yield* text(opening + shown(data) + (at < 0 ? '' : ')'));
    held = at < 0 ? '' : delta.slice(at + 1);
    yield* words();
  }

  return {
    push(delta) {
      if (image) return [...picture(delta)];
      held += delta;
      return [...words()];
    },
    end() {
      const rest = image ? image.opening + shown(image.body.join('')) : held;
      image = undefined;
      held = '';
      return [...text(rest)];
    },
  };
}

/** The image in a data URL; undefined where there is none. @param number names it where nothing else does */
export function imageOfUrl(url: string, number: number): AnswerFile | undefined {
  const comma = url.indexOf(',');
  return /^data:image\/[a-z+.-]{1,20};base64$/i.test(url.slice(0, Math.max(0, comma)))
    ? imageOf(url.slice(comma + 1), '', number)
    : undefined;
}

const TYPES: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp', 'image/gif': 'gif' };

function imageOf(data: string, alt: string, number: number): AnswerFile | undefined {
  if (data.length > MOST_CHARACTERS || !/^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(data)) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const mime = filetypemime(bytes.subarray(0, 64)).find((type) => type in TYPES);
  if (mime === undefined) return undefined;
  const name =
    alt
      .replace(/[^\p{L}\p{N} ._-]/gu, '')
      .trim()
      .slice(0, 60) || `image-${number}`;
  const extension = `.${TYPES[mime]}`;
  return { kind: 'image', name: name.toLowerCase().endsWith(extension) ? name : name + extension, mime, bytes };
}

/** What is no image after all is shown as it was said, unless it is endless. */
const shown = (data: string): string => (data.length > MOST_SHOWN ? '…' : data);

function* text(delta: string): Generator<Said> {
  if (delta !== '') yield { kind: 'text', delta };
}

/** Whether what begins with `!` may become an opening when more comes. */
function mayOpen(start: string): boolean {
  if (start.length > LONGEST_OPENING) return false;
  const label = /^!(\[([^\]\n]{0,200}(\](\((.*))?)?)?)?$/s.exec(start);
  if (!label) return false;
  const url = label[5];
  return url === undefined || 'data:image/'.startsWith(url) || /^data:image\/[a-z+.-]{0,20}(;(b(a(s(e(6(4,?)?)?)?)?)?)?)?$/.test(url);
}
