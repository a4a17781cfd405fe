import * as phrases from '../../../domain/phrases';
import type { SentMessage, ShownReply } from './face';

const both = ({ en, zh }: { readonly en: string; readonly zh: string }): readonly string[] => [en, zh];
const FOLLOWS = [...both(phrases.followsBelow), ...both(phrases.followsSeparately)];
const LEADS = [...both(phrases.wholeAgain), ...both(phrases.perhapsAgain)];
const NOTE = /(?:^|\n\n)(?:💭 |⏳ |🙋 |🔄 |⚠️ |⏹ |⌛ |> )[^\n]*$/u;

const follows = (content: string): boolean => FOLLOWS.some((note) => content.endsWith(note));
const isPart = (content: string): boolean => LEADS.some((lead) => content.startsWith(lead)) || /^\(\d+\/\d+\)\n\n/.test(content);

/** What carries no number is whole. */
function isLastPart(content: string): boolean {
  const [, number, of] = /(?:^|[)）]\s+)\((\d+)\/(\d+)\)\n\n/.exec(content.slice(0, 200)) ?? [];
  return number === of;
}

const leadOf = (text: string): string | undefined => LEADS.find((lead) => text.startsWith(lead));

/** An answer's own words: without thoughts, numbers, the sentences between its messages, and how it stands. */
export function words(content: string): string {
  let text = content.replace(/^<think>[\s\S]*?<\/think>\n?/, '');
  // One may follow the other: a message that is said again may itself say that it is the whole answer.
  for (let lead = leadOf(text); lead; lead = leadOf(text)) text = text.slice(lead.length).replace(/^(?:\n\n| )/, '');
  text = text.replace(/^\(\d+\/\d+\)\n\n/, '');
  for (const note of FOLLOWS) if (text.endsWith(note)) text = text.slice(0, -note.length).replace(/\n\n$/, '');
  while (NOTE.test(text)) text = text.replace(NOTE, '');
  return text;
}

interface Growing {
  readonly stream?: SentMessage;
  readonly rest: SentMessage[];
}

/**
 * Puts answers together as a person would: a stream, then the messages that say of themselves that they belong to it. A message that brings
 * the whole answer replaces what the stream shows.
 */
export function seenReplies(messages: readonly SentMessage[], chatId: string | undefined): readonly ShownReply[] {
  const replies: Growing[] = [];
  for (const message of messages) {
    if (chatId && message.chatId !== chatId) continue;
    if (message.type === 'stream') replies.push({ stream: message, rest: [] });
    else if (message.type === 'markdown') {
      const here = replies.filter(({ stream, rest }) => (stream ?? rest[0])?.chatId === message.chatId);
      const open = cutShort(here, message) ?? here.findLast(({ stream, rest }) => takes(stream, rest, message));
      if (open) open.rest.push(message);
      else if (isPart(message.content)) replies.push({ rest: [message] });
    }
  }
  return replies.map(shown);
}

/**
 * The answer that was broken off, for a message that brings it whole: the one that began with the same words, else one of which no word was seen.
 * Their order says nothing: a question may have been shown as waiting before the answer to an earlier one began.
 */
function cutShort(replies: readonly Growing[], { content }: SentMessage): Growing | undefined {
  if (!both(phrases.wholeAgain).some((lead) => content.includes(lead))) return undefined;
  const said = words(content);
  const brokenOff = replies.filter(({ stream, rest }) => stream !== undefined && !stream.finished && rest.length === 0);
  const shown = ({ stream }: Growing): string => words(stream!.content);
  const same = (a: string, b: string): boolean => a !== '' && (a.startsWith(b) || b.startsWith(a));
  return brokenOff.find((one) => same(shown(one), said)) ?? brokenOff.find((one) => shown(one) === '') ?? brokenOff[0];
}

/** Whether a message belongs to an answer: it says so, or the answer's stream has promised it. */
function takes(stream: SentMessage | undefined, rest: readonly SentMessage[], { content }: SentMessage): boolean {
  if (isPart(content)) return true;
  return stream !== undefined && follows(stream.content) && rest.length === 0;
}

function shown({ stream, rest }: { readonly stream?: SentMessage; readonly rest: readonly SentMessage[] }): ShownReply {
  const continued = rest.length > 0 && /^\(2\//.test(rest[0]!.content.replace(/^\([^)]*\)\s+(?=\(\d)/, ''));
  const all = stream && (rest.length === 0 || continued) ? [stream, ...rest] : rest;
  const first = (stream ?? rest[0])!;
  const last = all.at(-1)!;
  return {
    chatId: first.chatId,
    ...(stream?.replyTo ? { replyTo: stream.replyTo } : {}),
    ...(stream?.streamId ? { streamId: stream.streamId } : {}),
    text: all.map(({ content }) => words(content)).join(''),
    closed: last.type === 'stream' ? last.finished === true && !follows(last.content) : isLastPart(last.content),
    messages: stream ? [stream, ...rest] : rest,
  };
}

/** Plain messages: notices, and answers for which no stream was shown. */
export const seenNotices = (messages: readonly SentMessage[], replies: readonly ShownReply[]): readonly SentMessage[] => {
  const taken = new Set(replies.flatMap((reply) => reply.messages));
  return messages.filter((message) => message.type === 'markdown' && !taken.has(message));
};
