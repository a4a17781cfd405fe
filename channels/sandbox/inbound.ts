import type { Attachment, CardAction, InboundEvent, Quote } from '../../domain/event';

/** What the sandbox's own API takes. */
export interface SandboxMessage {
  readonly chat: string;
  readonly sender: string;
  readonly text: string;
  readonly messageId: string;
  readonly group: boolean;
  /** Who is mentioned; `bot` is the bot. */
  readonly mentions: readonly string[];
  readonly attachments?: readonly Attachment[] | undefined;
  readonly quote?: Quote | undefined;
}

export interface SandboxAction {
  readonly id: string;
  readonly chat: string;
  readonly sender: string;
  readonly replyId: string;
  readonly action: CardAction;
  /** The reason of a `bad`. */
  readonly detail?: string | undefined;
}

export function toMessage(message: SandboxMessage, at: number): InboundEvent {
  return {
    kind: 'message',
    id: message.messageId,
    at,
    address: { chatId: message.chat, kind: message.group ? 'group' : 'private' },
    sender: { id: message.sender, name: message.sender },
    text: message.text,
    forBot: !message.group || message.mentions.includes('bot'),
    attachments: message.attachments ?? [],
    ...(message.quote && { quote: message.quote }),
  };
}

export function toAction({ id, chat, sender, replyId, action, detail }: SandboxAction, group: boolean, at: number): InboundEvent {
  return {
    kind: 'action',
    id,
    at,
    address: { chatId: chat, kind: group ? 'group' : 'private' },
    sender: { id: sender, name: sender },
    text: '',
    forBot: true,
    attachments: [],
    action,
    ...(detail !== undefined && { detail }),
    target: replyId,
  };
}
