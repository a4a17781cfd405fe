import { isEnd } from '../../domain/answer';
import { againCard, asText } from './card';
import { quiet } from './markup';
import { asItCan, type Desk, isFinal, type Painter } from './painting';
import { type Part, sendKey } from './reply';

/** Makes a part of a reply visible, in the best way the app is allowed: a CardKit card, a card as a message, or text at the end. */
export interface Creator {
  create(part: Part, index: number): Promise<void>;
  /** The card is gone for good: the end of the answer goes out once more, in a new message that says so. */
  sendAgain(part: Part, index: number): Promise<void>;
}

export function createCreator(desk: Desk, { pieces, place, showing }: Painter): Creator {
  const { sending, to, turn, progress, view, priority, save } = desk;

  const entity = async (part: Part, index: number): Promise<void> => {
    try {
      if (!part.cardId) {
        const make = (): Promise<void> =>
          showing(part, index, async (card) => {
            part.cardId = await sending.createCard(card, priority);
          });
        await asItCan(part, make);
        await save();
      }
      const content = { type: 'card', data: { card_id: part.cardId } };
      part.messageId = await sending.sendMessage(to, 'interactive', () => content, sendKey(turn.id, index), priority);
    } catch (error) {
      if (!isFinal(error) || (part.cardId && error.code !== 'refused')) throw error;
      // No permission for CardKit, or none of its cards gets through: a card that is the message itself needs neither.
      delete part.cardId;
      progress.way = 'message';
    }
    await save();
  };

  const message = async (part: Part, index: number): Promise<void> => {
    const make = (): Promise<void> =>
      showing(part, index, async (card) => {
        part.messageId = await sending.sendMessage(to, 'interactive', card, sendKey(turn.id, index), priority);
      });
    try {
      await asItCan(part, make);
    } catch (error) {
      if (!isFinal(error) || error.code !== 'refused') throw error;
      progress.way = 'text';
    }
    await save();
  };

  const text = async (part: Part, index: number): Promise<void> => {
    const content = () => ({ text: quiet(asText(view(), pieces()[index] ?? '', place(index))) });
    part.messageId = await sending.sendMessage(to, 'text', content, sendKey(turn.id, index, '/text'), priority);
    part.words = true;
    await save();
  };

  return {
    create: async (part, index) => {
      if (progress.way === 'card') await entity(part, index);
      if (progress.way === 'message' && !part.messageId) await message(part, index);
      if (progress.way === 'text' && !part.messageId && isEnd(view().state)) await text(part, index);
    },
    sendAgain: async (part, index) => {
      const make = (): Promise<void> =>
        showing(
          part,
          index,
          async (card) => {
            part.messageId = await sending.sendMessage(to, 'interactive', card, sendKey(turn.id, index, '/again'), priority);
          },
          againCard,
        );
      await asItCan(part, make);
      delete part.cardId;
      await save();
    },
  };
}
