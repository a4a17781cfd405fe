import type { Words } from '../words';
import { linesOf, placeOfFlaw } from './file-places';

/** A file that somebody wants to import. */
export interface ChosenFile {
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** The line of each value, by its path. */
  readonly lines: ReadonlyMap<string, number>;
  /** Its secrets need a passphrase. */
  readonly isSealed: boolean;
  /** Why it cannot be looked at; then there is no content. */
  readonly flaw: string | undefined;
}

/** What one request may hold. */
const MOST_BYTES = 1_000_000;

/** Reads a file as far as that can be done without the API. */
export async function readConfiguration(file: File, say: Words['settings']['configuration']): Promise<ChosenFile> {
  const flawed = (flaw: string): ChosenFile => ({ name: file.name, content: {}, lines: new Map(), isSealed: false, flaw });
  if (file.size > MOST_BYTES) return flawed(say.tooLarge);
  const text = await file.text();
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return flawed(say.notJson(undefined, undefined));
    const isSealed = 'secrets' in content && content.secrets !== null;
    return { name: file.name, content: { ...content }, lines: linesOf(text), isSealed, flaw: undefined };
  } catch (error) {
    const place = placeOfFlaw(text, error);
    return flawed(say.notJson(place?.line, place?.column));
  }
}

/** The name that the file gives to what stands at `path`: of `experts.0.config.model`, the name of the first expert. */
export function nameIn({ content }: ChosenFile, path: string): string | undefined {
  const [kind = '', place = ''] = path.split('.');
  const items = content[kind];
  const item: unknown = Array.isArray(items) ? items[Number(place)] : undefined;
  const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
  return typeof name === 'string' ? name : undefined;
}
