import { isEnd } from '../../domain/answer';
import { againCard, ELEMENT, harmless, replyCard, statusLine } from './card';
import { createCreator } from './creating';
import { isLark, STREAMING_ENDED } from './errors';
import { asItCan, createPainter, type Desk, type Painter, unlessLost } from './painting';
import { fingerprint, type Part, sequenced } from './reply';

export interface Writer {
  /** Brings every part to what the view says, as a whole; what is shown already costs no call. */
  showAll(): Promise<void>;
  /** The same for a running reply, where the last part grows element by element. */
  showNext(): Promise<void>;
}

export function createWriter(desk: Desk): Writer {
  const { sending, turn, progress, view, priority } = desk;
  const painter = createPainter(desk);
  const { pieces } = painter;
  const { create, sendAgain } = createCreator(desk, painter);
  const grow = createGrowth(desk, painter);

  const replace = async (part: Part, index: number): Promise<void> => {
    const { cardId, messageId } = part;
    const put = (): Promise<void> => {
      if (!cardId)
        return painter.showing(part, index, (card) => sending.patchMessage(messageId!, card, priority), part.lost ? againCard : replyCard);
      const write = (sequence: number) => painter.showing(part, index, (card) => sending.replaceCard(cardId, card, sequence, priority));
      return sequenced(progress, turn.epoch, write);
    };
    if (cardId || (messageId && !part.words)) await unlessLost(part, () => asItCan(part, put));
  };

  const show = async (index: number): Promise<void> => {
    progress.parts[index] ??= { streamingSince: 0 };
    const part = progress.parts[index]!;
    // Not needed any more: if the card was sent after all, it ends; it is not sent for that.
    if (!part.messageId && index >= pieces().length) return replace(part, index);
    if (!part.messageId) await create(part, index);
    const waiting = part.lost && part.cardId;
    // What was on record may be older than what we are to show; what was just made is not.
    if (part.messageId && !waiting && part.whole !== fingerprint(painter.card(index, part.lost ? againCard : replyCard)))
      await replace(part, index);
    if (part.lost && part.cardId && isEnd(view().state)) await sendAgain(part, index);
  };

  const isGrowing = (part: Part | undefined, index: number): part is Part =>
    Boolean(part?.cardId && part.messageId && part.live && !part.lost && !part.plain) &&
    index === pieces().length - 1 &&
    !isEnd(view().state);

  const each = async (one: (index: number) => Promise<void>): Promise<void> => {
    for (let index = 0; index < Math.max(pieces().length, progress.parts.length); index++) await one(index);
  };
  return {
    showAll: () => each(show),
    showNext: () =>
      each(async (index) => {
        const part = progress.parts[index];
        if (!isGrowing(part, index)) return show(index);
        const next = (): Promise<void> => (part.plain || pieces()[index] === '' ? replace(part, index) : grow(part, index));
        await unlessLost(part, () => asItCan(part, next));
      }),
  };
}

/** Lets the text and the status line of a streaming card grow, each by itself: one call for a frame, and the typing effect. */
function createGrowth(desk: Desk, { pieces }: Painter): (part: Part, index: number) => Promise<void> {
  const { sending, turn, progress, view, priority, reopenAfterMs } = desk;

  const set = async (part: Part, element: string, content: () => string): Promise<void> => {
    const cardId = part.cardId!;
    const reopen = (): Promise<void> =>
      sequenced(progress, turn.epoch, async (sequence) => {
        await sending.setStreaming(cardId, sequence, priority);
        part.streamingSince = Date.now();
      });
    const put = (): Promise<void> =>
      sequenced(progress, turn.epoch, (sequence) => sending.setContent(cardId, element, content, sequence, priority));
    if (part.streamingSince && Date.now() - part.streamingSince > reopenAfterMs) await reopen();
    try {
      await put();
    } catch (error) {
      if (!isLark(error, ...STREAMING_ENDED)) throw error;
      await reopen();
      await put();
    }
    // What was known of the card as a whole is no longer so.
    delete part.whole;
  };

  return async (part, index) => {
    let text = pieces()[index] ?? '';
    if (part.text !== fingerprint(text)) {
      await set(part, ELEMENT.answer, () => {
        text = pieces()[index] ?? '';
        return harmless(text);
      });
      part.text = fingerprint(text);
    }
    const status = statusLine(view());
    if (part.status === fingerprint(status)) return;
    await set(part, ELEMENT.status, () => status);
    part.status = fingerprint(status);
  };
}
