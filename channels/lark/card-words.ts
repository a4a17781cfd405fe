type Fields = Readonly<Record<string, unknown>>;

const MOST = 4000;

/**
 * The words on somebody's card. Lark shows bots a card in several shapes: reduced to lines of nodes, as it was built, or with its JSON inside a
 * string; in all of them words stand under the same few names.
 */
export function readCard(content: unknown): string {
  const words: string[] = [];
  collect(content, words);
  return words.join('\n').slice(0, MOST).trim();
}

function collect(value: unknown, words: string[]): void {
  if (Array.isArray(value)) {
    // A line of nodes reads as one.
    if (value.some((each) => isText(each))) {
      const line = value.map((each) => (isText(each) ? String(each.text) : '')).join('');
      push(words, line);
      for (const each of value) if (!isText(each)) collect(each, words);
      return;
    }
    for (const each of value) collect(each, words);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const { title, subtitle, text, content, header, body, elements, columns, fields, actions, json_card: inner } = value as Fields;
  for (const each of [title, subtitle, text, content]) typeof each === 'string' ? push(words, each) : collect(each, words);
  for (const each of [header, body, elements, columns, fields, actions]) collect(each, words);
  if (typeof inner === 'string') collect(parsed(inner), words);
}

const isText = (node: unknown): node is { readonly tag: string; readonly text: string } =>
  node !== null &&
  typeof node === 'object' &&
  typeof (node as Fields).text === 'string' &&
  ['text', 'a', 'at', 'plain_text'].includes(String((node as Fields).tag));

function push(words: string[], text: string): void {
  const said = text.replace(/<\/?[a-z][^>]*>/gi, '').trim();
  if (said && words.at(-1) !== said) words.push(said);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
