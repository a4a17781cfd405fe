import { openFence } from '../fence';

/** A note below a text, outside of a code block that the text left open. Either may be empty. */
export function withNote(text: string, note: string): string {
  const fence = note && openFence(text);
  const closing = fence ? `${text.endsWith('\n') ? '' : '\n'}${fence.marker}` : '';
  return [text + closing, note].filter(Boolean).join('\n\n');
}
