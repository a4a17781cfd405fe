import { filetypeinfo } from 'magic-bytes.js';

/** What was claimed of a file; it only decides between types that begin alike. */
export interface Claim {
  readonly kind?: string;
  readonly name?: string | undefined;
  readonly mime?: string | undefined;
}

const LOOKED_AT = 4096;

/** A file's media type as its bytes look; every readable text is `text/…`. `application/octet-stream` where nothing is known of it. */
export function mediaTypeOf(bytes: Buffer, claim: Claim = {}): string {
  const head = bytes.subarray(0, LOOKED_AT);
  const guesses = filetypeinfo(head);
  const types = guesses.flatMap(({ mime }) => (mime ? [mime] : []));
  const extension = extensionOf(claim.name);
  if (types.includes('application/pdf')) return 'application/pdf';
  if (types.includes('application/rtf')) return 'application/rtf';
  if (looksLikeText(head) || (isTextName(extension, claim.mime) && isGb18030(head))) return TEXTS[extension] ?? 'text/plain';
  if (guesses.some(({ typename }) => typename === 'exe')) return 'application/x-msdownload';
  const signature = SIGNATURES.find(([start]) => head.subarray(0, start.length).equals(Buffer.from(start, 'latin1')));
  if (signature) return signature[1];
  if (head.toString('latin1', 4, 12) === 'ftypM4A ') return 'audio/mp4';
  if (types[0] === 'application/ogg') return claim.kind === 'video' || extension === 'ogv' ? 'video/ogg' : 'audio/ogg';
  if (types[0] === 'video/x-matroska') return extension === 'mkv' ? types[0] : claim.kind === 'audio' ? 'audio/webm' : 'video/webm';
  const named = guesses.find(({ typename, mime }) => mime && typename === extension)?.mime;
  return SAME[named ?? ''] ?? named ?? SAME[types[0] ?? ''] ?? types[0] ?? 'application/octet-stream';
}

/** A text's bytes as UTF-8 that ends with a whole character, at most `maxBytes` of it. */
export function utf8Of(bytes: Buffer, maxBytes = Number.POSITIVE_INFINITY): Buffer {
  const whole = Buffer.from(decoded(bytes), 'utf8');
  if (whole.length <= maxBytes) return whole;
  let end = maxBytes;
  while (end > 0 && (whole[end]! & 0xc0) === 0x80) end--;
  return whole.subarray(0, end);
}

function decoded(bytes: Buffer): string {
  const utf16 = utf16Of(bytes);
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

const utf16Of = (bytes: Buffer): string | undefined => {
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what makes a text
const CONTROL = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

function looksLikeText(head: Buffer): boolean {
  return readsAs(utf16Of(head) ?? 'utf-8', head);
}

const isGb18030 = (head: Buffer): boolean => readsAs('gb18030', head);

/** The head may end in the middle of a character. */
function readsAs(encoding: string, head: Buffer): boolean {
  try {
    return !CONTROL.test(new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true }));
  } catch {
    return false;
  }
}

const extensionOf = (name = ''): string => /\.(\w{1,10})$/.exec(name.toLowerCase())?.[1] ?? '';

const isTextName = (extension: string, mime = ''): boolean =>
  mime.startsWith('text/') ||
  extension in TEXTS ||
  /^(txt|log|ini|conf|srt|sql|ya?ml|toml|java|py|js|ts|go|c|cpp|h|cs|php|sh|bat)$/.test(extension);

const TEXTS: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  md: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  xml: 'text/xml',
  json: 'text/json',
  svg: 'text/xml',
};

/** What voice messages are made of, and the library does not know. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['#!AMR', 'audio/amr'],
  ['#!SILK', 'audio/silk'],
  ['\x02#!SILK', 'audio/silk'],
];

const SAME: Readonly<Record<string, string>> = { 'audio/x-wav': 'audio/wav' };
