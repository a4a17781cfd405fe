import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** The elements under the root: texts, or nested elements of the same kind. Numbers stay texts, for ids here exceed 2^53. */
export interface XmlFields {
  readonly [name: string]: string | XmlFields | readonly (string | XmlFields)[] | undefined;
}

const DEEPEST = 10;
const MOST_TAGS = 500;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  // Without a document type, refused below, only the five predefined entities exist.
  processEntities: true,
  maxNestedTags: DEEPEST,
});

/** Reads `<xml>…</xml>`. Undefined for anything else, and for whatever carries a document type, entities of its own or deep nesting. */
export function readXml(text: string): XmlFields | undefined {
  const outside = outsideOfData(text);
  if (outside === undefined || /<[!?](?!xml\s)/i.test(outside) || !isSimple(outside)) return undefined;
  if (XMLValidator.validate(text) !== true) return undefined;
  try {
    const { xml } = parser.parse(text) as { readonly xml?: unknown };
    return xml !== null && typeof xml === 'object' && !Array.isArray(xml) ? (xml as XmlFields) : undefined;
  } catch {
    return undefined;
  }
}

/** All but the character data, in which people may write what they like; undefined where some of it has no end. */
function outsideOfData(text: string): string | undefined {
  const pieces: string[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('<![CDATA[', at);
    if (start < 0) return [...pieces, text.slice(at)].join('');
    pieces.push(text.slice(at, start));
    const end = text.indexOf(']]>', start);
    if (end < 0) return undefined;
    at = end + 3;
  }
}

/** Few elements, without attributes, not deeply nested: found before the parser sees it, which takes its time with anything else. */
function isSimple(outside: string): boolean {
  let [depth, count] = [0, 0];
  for (const [tag] of outside.matchAll(/<[^<>]*>?/g)) {
    if (tag.startsWith('<?')) continue;
    if (!/^<\/?[\w.-]{1,64}\s?\/?>$/.test(tag)) return false;
    if (!tag.endsWith('/>')) depth += tag.startsWith('</') ? -1 : 1;
    if (depth > DEEPEST || ++count > MOST_TAGS) return false;
  }
  return true;
}

/** The text of an element, undefined where it is absent, empty or not just text. */
export const textOf = (fields: XmlFields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export interface XmlToWrite {
  readonly [name: string]: string | XmlToWrite;
}

/** Writes `<xml>…</xml>`; every text becomes character data, so nothing in it needs escaping. */
export const writeXml = (fields: XmlToWrite): string => `<xml>${written(fields)}</xml>`;

const written = (fields: XmlToWrite): string =>
  Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? characterData(value) : written(value)}</${name}>`)
    .join('');

const characterData = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
