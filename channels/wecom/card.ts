import type { ReplyView } from '../../domain/answer';
import * as phrases from '../../domain/phrases';
import { openFence } from '../fence';
import { bytesOf, composeFrame, elapsed, statusBelow } from './frame';
import { withNote } from './note';
import { MESSAGE_BYTES, split } from './split';

/** WeCom shows this as its own sign of thinking. */
const THINKING = '<think></think>';
// For what stands around a part: its number, why it comes (again), a code block closed and opened again.
const AROUND_BYTES = 500;

/** What a stream shows of a reply that is not over, and how many of the text's characters that is. */
export function growing(view: ReplyView): string {
  const nothing = view.text === '' && view.steps.length === 0 && !view.reasoning && elapsed(view).length === 0;
  if (view.state === 'thinking' && nothing) return THINKING;
  return composeFrame(view, { final: false, more: true }).content;
}

/** The last thing a stream shows that has to end before the reply does. */
export function cutOff(view: ReplyView): string {
  if (view.text === '') return phrases.followsSeparately[view.language];
  // Its states are over when the stream is; what follows stands in another message.
  const { content, head } = composeFrame({ ...view, state: 'streaming' }, { final: false, more: true });
  return head.characters === view.text.length ? withNote(content, phrases.followsBelow[view.language]) : content;
}

/** The end of a reply in its stream, with as many characters of its text as fit; the rest goes into messages. */
export function ending(view: ReplyView): { readonly content: string; readonly characters: number } {
  const { content, head } = composeFrame(view, { final: true, more: true });
  return { content, characters: head.characters };
}

/**
 * What a stream could not show, as messages of Markdown, numbered where there are several: a stream that shows some of it is number one.
 * @param shown how many characters of the text the stream shows
 * @param lead a sentence before everything
 */
export function messagesOf(view: ReplyView, shown: number, lead = ''): readonly string[] {
  const { text } = view;
  const fence = openFence(text.slice(0, shown));
  const rest = `${fence ? `${fence.opening}\n` : ''}${text.slice(shown)}`;
  const after = statusBelow(view);
  const pieces = split(rest, MESSAGE_BYTES - AROUND_BYTES - bytesOf(after) - bytesOf(lead), bytesOf);
  const before = shown > 0 ? 1 : 0;
  const all = pieces.length + before;
  return pieces.map((piece, index) => {
    const number = all > 1 ? `(${index + 1 + before}/${all})` : '';
    const head = [index === 0 ? lead : '', number].filter(Boolean).join(' ');
    const last = index === pieces.length - 1;
    const words = last ? withNote(piece, after) : piece;
    return [head, words || phrases.emptyAnswer[view.language]].filter(Boolean).join('\n\n');
  });
}

/** The same message once more, where nobody knows whether the first one arrived. */
export const perhapsAgain = (message: string, { language }: Pick<ReplyView, 'language'>): string =>
  `${phrases.perhapsAgain[language]}\n\n${message}`;
