import { isEnd, type ReplyView } from '../../domain/answer';
import type { Address } from '../../domain/event';
import * as phrases from '../../domain/phrases';
import type { Priority, TurnRef } from '../channel';
import { buttonsCard } from './buttons-card';
import { cutOff, ending, growing, messagesOf, perhapsAgain } from './card';
import { isWecom, STREAM_OVER } from './errors';
import { type Progress, reqIdOf } from './reply';
import { isRefused, type Sending } from './sending';

export interface Desk {
  readonly sending: Sending;
  readonly to: Address;
  readonly turn: TurnRef;
  /** Changed as the reply goes on. */
  readonly progress: Progress;
  /** WeCom ends a stream by itself some time after its first frame; ours end before. */
  readonly streamMs: number;
  /** Aborts when somebody newer writes this reply. */
  readonly replaced: AbortSignal;
  keep(): Promise<void>;
}

/** Shows a reply that goes on: one frame of its stream, or nothing where that is over. */
export async function grow(desk: Desk, view: () => ReplyView, priority: Priority): Promise<void> {
  const { progress, streamMs } = desk;
  // What is over already is shown by its end.
  if (progress.way !== 'stream' || progress.characters !== undefined || isEnd(view().state)) return;
  if (Date.now() - progress.since < streamMs)
    return await unlessOver(desk, () => frame(desk, { content: growing(view()), finish: false }, priority));
  await unlessOver(desk, () => frame(desk, { content: cutOff(view()), finish: true }, 'last'));
  if (progress.way !== 'stream') return;
  progress.way = 'messages';
  progress.cut = true;
  await desk.keep();
}

/** Shows the end: in the stream, and in messages what that has no room for. Goes on where an earlier try left off. */
export async function finish(desk: Desk, view: ReplyView): Promise<void> {
  const { progress, turn, to } = desk;
  if (progress.ended) return;
  if (progress.way === 'stream' && progress.characters === undefined) {
    const { content, characters } = ending(view);
    // WeCom takes one card for each message, so a second try goes without; thumbs are WeCom's own.
    const card = to.kind === 'private' && !progress.buttons ? buttonsCard(view, turn.id, ['good', 'bad']) : undefined;
    if (card) {
      progress.buttons = true;
      await desk.keep();
    }
    await unlessOver(desk, async () => {
      await frame(desk, { content, finish: true, ...(card ? { card } : {}) }, 'last');
      progress.characters = characters;
      await desk.keep();
    });
  }
  await sendRest(desk, view);
  progress.ended = true;
}

async function sendRest(desk: Desk, view: ReplyView): Promise<void> {
  const { progress, sending, to } = desk;
  const { characters = 0 } = progress;
  if (progress.way === 'stream' && characters === view.text.length) return;
  // A stream that WeCom ended stands there half finished.
  const lead = progress.way === 'messages' && progress.begun && !progress.cut ? phrases.wholeAgain[view.language] : '';
  for (const [index, content] of messagesOf(view, characters, lead).entries()) {
    const before = progress.messages[index] ?? null;
    if (before === 'sent') continue;
    progress.messages[index] = 'sending';
    await desk.keep();
    try {
      const said = before === 'sending' ? perhapsAgain(content, view) : content;
      await sending.message(to, { msgtype: 'markdown', markdown: { content: said } }, 'last');
    } catch (error) {
      if (isRefused(error)) {
        progress.messages[index] = before;
        await desk.keep();
      }
      throw error;
    }
    progress.messages[index] = 'sent';
    await desk.keep();
  }
}

interface Shown {
  readonly content: string;
  readonly finish: boolean;
  readonly card?: Readonly<Record<string, unknown>>;
}

/** One frame of the stream that carries the turn's id; the same frame may be sent any number of times. */
async function frame(
  { sending, to, turn, progress, replaced, keep }: Desk,
  { content, finish: over, card }: Shown,
  priority: Priority,
): Promise<void> {
  const isFirst = !progress.begun;
  if (isFirst) {
    progress.begun = true;
    await keep();
  }
  const stream = { id: turn.id, finish: over, content, ...(progress.shown ? {} : { feedback: { id: turn.id } }) };
  const body = card ? { msgtype: 'stream_with_template_card', stream, template_card: card } : { msgtype: 'stream', stream };
  try {
    await sending.frame(to, reqIdOf(to)!, body, progress.shown ? undefined : { priority, signal: replaced });
  } catch (error) {
    if (isFirst && isRefused(error)) delete progress.begun;
    throw error;
  }
  if (progress.shown) return;
  progress.shown = true;
  // Whoever goes on with this stream must not have it counted again.
  await keep();
}

/** Where WeCom takes no more frames, the reply goes on in messages. */
async function unlessOver({ progress, keep }: Desk, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isWecom(error, ...STREAM_OVER)) throw error;
    progress.way = 'messages';
    await keep();
  }
}
