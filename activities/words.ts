import { attachmentLabel, quoteText } from '../domain/attachment-phrases';
import type { Attachment } from '../domain/event';
import type { AskedEvent } from '../store/questions';

/** All one event says in words: what it answers, its own text, and what its attachments say. */
export function wordsOf({ text, quote, attachments, language }: Pick<AskedEvent, 'text' | 'quote' | 'attachments' | 'language'>): string {
  const said = attachments.flatMap((attachment) => {
    const words = attachment.text?.trim() ?? '';
    // Some platforms give a transcript as the message's text too.
    return words === '' || text.includes(words) ? [] : [attachmentWords(attachment, words)];
  });
  return [...(quote ? [quoteText(quote, language)] : []), ...(text === '' ? [] : [text]), ...said].join('\n');
}

/** A voice message is what was said; everything else carries its kind. */
const attachmentWords = (attachment: Attachment, words: string): string =>
  attachment.kind === 'audio' ? words : `[${attachmentLabel(attachment)}] ${words}`;
