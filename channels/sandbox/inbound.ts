import type { InboundEvent } from '../../domain/event';

/** What the sandbox's own API takes. */
export interface SandboxMessage {
  readonly chat: string;
  readonly sender: string;
  readonly text: string;
  readonly messageId: string;
  readonly group: boolean;
  /** Who is mentioned; `bot` is the bot. */
  readonly mentions: readonly string[];
}

export interface SandboxAction {
  readonly id: string;
  readonly chat: string;
  readonly sender: string;
  readonly replyId: string;
  readonly action: string;
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
    attachments: [],
  };
}

export function toAction({ id, chat, sender, replyId, action }: SandboxAction, group: boolean, at: number): InboundEvent {
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
    target: replyId,
  };
}
