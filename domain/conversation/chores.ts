import type { Conversation, Heard, Notice } from '../conversation';
import type { EventEnd } from '../event';

/** Somebody is told something, and the event that made it necessary ends. */
export const notice = (s: Conversation, event: Heard, text: Notice, end: EventEnd = 'done'): Conversation => ({
  ...s,
  chores: [...s.chores, { kind: 'notice', event, notice: text, end }],
});

/** Events end without a word. */
export const settle = (s: Conversation, eventIds: readonly string[], end: EventEnd): Conversation => ({
  ...s,
  chores: [...s.chores, { kind: 'settle', eventIds, end }],
});

/** Whether who may not do this owns the group, and so may: only the platform knows. */
export const askOwner = (s: Conversation, event: Heard): Conversation => ({ ...s, chores: [...s.chores, { kind: 'askOwner', event }] });

/** It may not be done. Whoever pressed a button was told so when it was pressed. */
export const refuse = (s: Conversation, event: Heard): Conversation =>
  event.kind === 'action' ? settle(s, [event.id], 'refused') : notice(s, event, 'notYours', 'refused');

/** The oldest chore is done. */
export const choreDone = (s: Conversation): Conversation => ({ ...s, chores: s.chores.slice(1) });
