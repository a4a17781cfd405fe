import { attachmentLabel } from '../domain/attachment-phrases';
import type { Language } from '../domain/language';
import { overheardAfter, overheardBefore } from '../domain/phrases';
import type { Overheard } from '../store/context';
import { wordsOf } from './words';

/** Most of what was overheard that an expert is told, in characters: the newest is kept. */
const MAX_CHARACTERS = 20_000;

/** What was said in a group before the question, each line with its speaker, set apart from the question. Nothing where nothing was. */
export function withContext(overheard: readonly Overheard[], question: string, language: Language): string {
  const lines = newest(overheard.map(lineOf).filter((line) => line !== ''));
  return lines.length === 0 ? question : [overheardBefore[language], ...lines, overheardAfter[language], question].join('\n');
}

function lineOf(said: Overheard): string {
  const silent = said.attachments.filter(({ text }) => !text?.trim()).map((one) => `[${attachmentLabel(one)}]`);
  const words = [wordsOf(said), ...silent].filter((part) => part !== '').join('\n');
  return words === '' ? '' : `${said.name ?? said.platformPersonId}: ${words}`;
}

/** A single line that is too long loses its end. */
function newest(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let left = MAX_CHARACTERS;
  for (const line of [...lines].reverse()) {
    if (line.length > left && kept.length > 0) break;
    kept.unshift(line.slice(0, left));
    left -= line.length;
  }
  return kept;
}
