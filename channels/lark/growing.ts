import { type Live, liveOf, propertiesOf, shapeOf } from './card';
import { isLark, STREAMING_ENDED } from './errors';
import { type Desk, isFinal, type Painter } from './painting';
import { fingerprint, type Part, sequenced } from './reply';

/**
 * Brings a streaming card to its next moment with a single operation: one text that grew is typed on, several that changed go together, and a
 * card of another shape is replaced.
 */
export function createGrowth(
  desk: Desk,
  painter: Painter,
  replace: (part: Part, index: number) => Promise<void>,
): (part: Part, index: number) => Promise<void> {
  const { sending, turn, progress, priority, reopenAfterMs } = desk;

  const reopen = (part: Part): Promise<void> =>
    sequenced(progress, turn.epoch, async (sequence) => {
      await sending.setStreaming(part.cardId!, sequence, priority);
      part.streamingSince = Date.now();
    });

  /** Writes what these say when the call goes out. */
  const write = async (part: Part, index: number, changed: readonly Live[]): Promise<void> => {
    let sent = changed;
    const latest = (): readonly Live[] => {
      const now = new Map(liveOf(painter.card(index)).map((live) => [live.element, live]));
      sent = changed.map((live) => now.get(live.element) ?? live);
      return sent;
    };
    const [first] = changed as readonly [Live];
    await sequenced(progress, turn.epoch, (sequence) =>
      isSingleText(changed)
        ? sending.setContent(part.cardId!, first.element, () => latest()[0]!.text, sequence, priority)
        : sending.setElements(
            part.cardId!,
            () => latest().map((live) => ({ element: live.element, properties: propertiesOf(live) })),
            sequence,
            priority,
          ),
    );
    part.shown = { ...part.shown, ...Object.fromEntries(sent.map(({ element, text }) => [element, fingerprint(text)])) };
    // What was known of the card as a whole is no longer so.
    delete part.whole;
  };

  return async (part, index) => {
    const now = painter.card(index);
    if (part.shape !== fingerprint(shapeOf(now))) return replace(part, index);
    const changed = liveOf(now).filter(({ element, text }) => part.shown?.[element] !== fingerprint(text));
    if (changed.length === 0) return;
    // An element's text cannot be taken away, only replaced together with the card.
    if (changed.some(({ text }) => text === '') || (part.wholly && !isSingleText(changed))) return replace(part, index);
    if (part.streamingSince && Date.now() - part.streamingSince > reopenAfterMs) await reopen(part);
    try {
      await write(part, index, changed);
    } catch (error) {
      if (isLark(error, ...STREAMING_ENDED)) {
        await reopen(part);
        return write(part, index, changed);
      }
      if (isSingleText(changed) || !isFinal(error) || error.code !== 'refused') throw error;
      part.wholly = true;
      await replace(part, index);
    }
  };
}

const isSingleText = (changed: readonly Live[]): boolean => changed.length === 1 && changed[0]!.typed;
