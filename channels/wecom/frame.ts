import { createHash } from 'node:crypto';
import { isEnd, type ReplyView, type Step } from '../../domain/answer';
import * as phrases from '../../domain/phrases';
import { openFence } from '../fence';
import { statusWords } from '../status-words';
import { withNote } from './note';
import { MESSAGE_BYTES, split } from './split';
import type { Frame, Head } from './streams';

// For the sentence that says where the answer goes on, a closed code block and what a stream that ends early adds.
const NOTE_BYTES = 240;
const THOUGHTS_BYTES = 3000;

const ICONS: Readonly<Record<Step['status'], string>> = { running: '⏺', done: '✓', failed: '✗' };

export const bytesOf = (text: string): number => Buffer.byteLength(text);

/** What stands in a stream that nobody has written to yet. */
export const waitingContent = (language: ReplyView['language']): string => statusWords.thinking[language];

/**
 * Everything the view shows that fits one stream: thoughts and steps, as much of the text as there is room for, how it stands.
 * @param more whether another message can carry what does not fit
 */
export function composeFrame(view: ReplyView, { final, more }: { readonly final: boolean; readonly more: boolean }): Frame {
  const before = thoughts(view);
  const after = statusBelow(view);
  const room = MESSAGE_BYTES - NOTE_BYTES - bytesOf(before) - bytesOf(after);
  if (bytesOf(view.text) <= room) {
    const content = before + withNote(view.text, after) || waitingContent(view.language);
    return { content: storable(content), head: headOf(view.text, view.text.length), final };
  }
  const { shown, characters } = firstPart(view.text, room);
  const left = view.text.length - characters;
  const note = more ? phrases.followsBelow[view.language] : [after, phrases.leftOut(left, view.language)].filter(Boolean).join('\n\n');
  return { content: storable(before + withNote(shown, note)), head: headOf(view.text, characters), final };
}

/** A notice, in the same shape. */
export const composeNotice = (text: string): Frame => {
  const { shown } = bytesOf(text) <= MESSAGE_BYTES ? { shown: text } : firstPart(text, MESSAGE_BYTES);
  return { content: storable(shown), head: headOf(text, text.length), final: true };
};

/** Half a character, as the cut between two deltas leaves it, and a zero byte are no text to a database. */
export const storable = (text: string): string => Buffer.from(text).toString().replaceAll('\0', '');

/** Whether all of a text was shown. */
export const isWhole = (head: Head, text: string): boolean => head.characters === text.length && isHeadOf(head, text);

/**
 * What the view says beyond what a stream has shown, as one message.
 * @param head what was shown; a text that changed since is told as a whole
 */
export function composeRest(view: ReplyView, head: Head | undefined): string {
  const { text, language } = view;
  const shown = head && isHeadOf(head, text) ? head.characters : 0;
  const fence = shown > 0 ? openFence(text.slice(0, shown)) : undefined;
  const lead = shown > 0 ? `${phrases.continued[language]}\n\n${fence ? `${fence.opening}\n` : ''}` : '';
  const rest = text.slice(shown);
  // The stream promised that something follows.
  const after = statusBelow(view) || (rest === '' ? phrases.completeAbove[language] : '');
  const room = MESSAGE_BYTES - NOTE_BYTES - bytesOf(lead) - bytesOf(after);
  if (bytesOf(rest) <= room) return withNote(rest === '' ? lead.trimEnd() : lead + rest, after);
  const part = firstPart(rest, room);
  return withNote(lead + part.shown, [after, phrases.leftOut(rest.length - part.characters, language)].filter(Boolean).join('\n\n'));
}

export const headOf = (text: string, characters: number): Head => ({
  characters,
  fingerprint: createHash('sha256').update(text.slice(0, characters)).digest('base64url').slice(0, 22),
});

const isHeadOf = (head: Head, text: string): boolean =>
  text.length >= head.characters && headOf(text, head.characters).fingerprint === head.fingerprint;

/** The most of a text that fits, cut at a good place, and how many of its characters that is; a code block that was cut is closed. */
function firstPart(text: string, room: number): { readonly shown: string; readonly characters: number } {
  const shown = split(text, room, bytesOf)[0] ?? '';
  let characters = Math.min(shown.length, text.length);
  while (!shown.startsWith(text.slice(0, characters))) characters--;
  return { shown, characters };
}

/** WeCom folds what stands in `think` away. */
function thoughts({ reasoning = '', steps }: ReplyView): string {
  const lines = steps.map(
    ({ status, title, seconds }) => `${ICONS[status]} ${oneLine(title)}${seconds === undefined ? '' : ` (${seconds.toFixed(1)} s)`}`,
  );
  const said = [unthought(reasoning.trim()), ...lines].filter(Boolean).join('\n');
  if (said === '') return '';
  return `<think>\n${lastBytes(said, THOUGHTS_BYTES)}\n</think>\n`;
}

// An expert's words must not end the block they stand in.
const unthought = (text: string): string => text.replace(/<(?=\/?think)/gi, '＜').replace(/(`|~)\1{2,}/g, '$1');

function lastBytes(text: string, most: number): string {
  if (bytesOf(text) <= most) return text;
  const tail = Buffer.from(text)
    .subarray(-most)
    .toString('utf8')
    .replace(/^\uFFFD+/, '');
  return `…${tail}`;
}

/** How long it has been under way: in steps of ten seconds, to save frames. */
export function elapsed({ seconds = 0, language }: ReplyView): readonly string[] {
  const tens = Math.floor(seconds / 10) * 10;
  return tens > 0 ? [language === 'zh' ? `${tens} 秒` : `${tens} s`] : [];
}

/** How the reply stands, below its text: nothing while it grows, nothing for a plain end. */
export function statusBelow(view: ReplyView): string {
  const { state, language, reason, reference, footer, text, queuePlace, messages } = view;
  const zh = language === 'zh';
  const lines: string[] = [];
  if (state === 'queued') {
    const place = queuePlace ? [zh ? `第 ${queuePlace} 位` : `number ${queuePlace}`] : [];
    const many = messages && messages > 1 ? [zh ? `共 ${messages} 条消息` : `${messages} messages`] : [];
    lines.push([statusWords.queued[language], ...place, ...many].join(' · '));
  } else if (isEnd(state)) {
    const numbered = reference ? (zh ? `编号：${reference}` : `Reference: ${reference}`) : '';
    const silent = state === 'done' && text.trim() === '' && !reason ? phrases.emptyAnswer[language] : '';
    lines.push([state === 'done' ? silent : statusWords[state][language], oneLine(reason ?? ''), numbered].filter(Boolean).join(' · '));
    if (footer) lines.push(`> ${oneLine(footer)}`);
  } else if (state !== 'streaming' && !(state === 'thinking' && text !== '')) {
    lines.push([statusWords[state][language], ...elapsed(view)].join(' · '));
  }
  return lines.filter(Boolean).join('\n\n');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
