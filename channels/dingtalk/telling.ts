import type { InboundEvent } from '../../domain/event';
import type { DeliverResult } from '../channel';
import type { Sending } from './sending';

/** The toast in the language of whoever pressed, or in both where that is not known. */
export const toastIn = ({ toast, language }: DeliverResult): string | undefined =>
  toast && (language ? toast[language] : `${toast.zh} ${toast.en}`);

/**
 * Tells who pressed a button in vain why nothing happens: in private, for where a card has no place for what one person alone shall read. A
 * courtesy: when it fails nobody tries again.
 */
export async function tellInPrivate(sending: Pick<Sending, 'sendMessage'>, { sender }: InboundEvent, result: DeliverResult): Promise<void> {
  const text = toastIn(result);
  if (!text || !result.refused || !result.fresh) return;
  const to = { chatId: sender.id, kind: 'private', handles: { staffId: sender.id } } as const;
  await sending.sendMessage(to, { kind: 'text', text }, 'frame').catch(() => undefined);
}
