import { isEnd } from '../../domain/answer';
import { againCard, replyCard } from './card';
import { createCreator } from './creating';
import { createGrowth } from './growing';
import { asItCan, createPainter, type Desk, unlessLost } from './painting';
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

  const grow = createGrowth(desk, painter, replace);

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
        const next = (): Promise<void> => (part.plain ? replace(part, index) : grow(part, index));
        await unlessLost(part, () => asItCan(part, next));
      }),
  };
}
