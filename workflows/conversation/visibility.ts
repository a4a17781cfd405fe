import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type Conversation, knownEvents, sessionDeadline } from '../../domain/conversation';
import { type ConversationView, searchAttributes } from '../messages';
import type { Chat } from './chat';

// What an administrator sees of a chat in Temporal.

/** The search attribute changes only on open, failing, ended. */
export function mark(chat: Chat, failing: boolean): void {
  if (failing === chat.failing) return;
  chat.failing = failing;
  upsertSearchAttributes([{ key: searchAttributes.state, value: failing ? 'failing' : 'open' }]);
}

/** The line in the Temporal UI: where the chat stands, and the way to its page in the console. */
export function describe({ s, input }: Chat): void {
  const { state, turns, waiting, gathering, sessionDeadline: deadline } = view(s);
  const page = input.consoleUrl ? `\n\n[Open the conversation](${input.consoleUrl}#/conversations/${s.sessionId})` : '';
  setCurrentDetails(
    `**${state}** · ${turns} turn(s) · ${waiting.length} waiting · ${gathering} gathering · ends in silence ${new Date(deadline).toISOString()}${page}`,
  );
}

/** What the query answers. */
export function view(s: Conversation): ConversationView {
  return {
    sessionId: s.sessionId,
    state: s.ending ? 'ending' : s.running ? 'answering' : s.gathering.length ? 'gathering' : 'idle',
    turns: s.turnsTaken,
    ...(s.running && {
      running: { id: s.running.id, number: s.running.number, startedAt: s.running.startedAt, messages: s.running.events.length },
    }),
    waiting: s.waiting.map(({ id, events }) => ({ id, messages: events.length })),
    gathering: s.gathering.length,
    sessionDeadline: sessionDeadline(s),
    events: [...knownEvents(s), ...s.closing],
  };
}
