import { type Clock, type Conversation, type Heard, knownEvents, openConversation } from '../conversation';
import { isRefused, refusals } from '../refusal';
import { choreDone, notice, refuse, settle } from './chores';
import { takeEnd } from './ending';
import { takeAgain, takeMessage } from './gathering';
import { isStop, takeRecall, takeStop } from './stopping';

const REMEMBERED_EVENTS = 200;

/** Hears one event. Whatever the order and however often it is told, each event is taken once. */
export function hear(s: Conversation, event: Heard, clock: Clock): Conversation {
  if (knownEvents(s).includes(event.id) || (s.heard.includes(event.id) && !event.again)) return s;
  return takeOrKeep({ ...s, heard: [...s.heard, event.id].slice(-REMEMBERED_EVENTS) }, event, clock);
}

/** The next session of the same chat: it hears again what came after the end was asked for. */
export function nextSession(s: Conversation, sessionId: string, clock: Clock): Conversation {
  const fresh = { ...openConversation(sessionId, s.timings, clock.now), heard: s.heard, closing: s.closing };
  const left = [...s.waiting.flatMap(({ events }) => events), ...s.gathering, ...s.after];
  return left.reduce((next, event) => takeOrKeep(next, event, clock), fresh);
}

/** The platform has said whether who wants to stop something or renew the session owns the group. Takes the place of `choreDone`. */
export function ownerKnown(s: Conversation, event: Heard, isOwner: boolean, clock: Clock): Conversation {
  const done = choreDone(s);
  if (!isOwner) return refuse(done, event);
  if (isForNext(done, event)) return { ...done, after: [...done.after, event] };
  return isStop(event) ? takeStop(done, event, clock, true) : takeEnd(done, event, clock, true);
}

const takeOrKeep = (s: Conversation, event: Heard, clock: Clock): Conversation =>
  isForNext(s, event) ? { ...s, after: [...s.after, event] } : take(s, event, clock);

/** The end of the session was asked for before. */
const isForNext = (s: Conversation, event: Heard): boolean => s.ending !== undefined && !concernsEnding(s, event);

/** While what was asked before is still answered, it can be stopped and taken back. */
function concernsEnding({ ending, after }: Conversation, { kind, command, asks, target }: Heard): boolean {
  if (!ending?.answersFirst || asks) return false;
  if (kind === 'recall') return !after.some(({ id }) => id === target);
  return kind === 'action' || (kind === 'command' && command !== 'new');
}

function take(s: Conversation, event: Heard, clock: Clock): Conversation {
  const active: Conversation = { ...s, timings: event.timings, lastActivityAt: clock.now, openedAt: s.openedAt ?? event.at };
  switch (event.kind) {
    case 'message':
      return takeMessage(active, event, clock);
    case 'recall':
      return takeRecall(active, event);
    case 'action':
      if (event.asks) return takeAgain(active, event, clock);
      return event.action === 'stop' ? takeStop(active, event, clock) : settle(active, [event.id], 'ignored');
    case 'command':
      return takeCommand(active, event, clock);
  }
}

function takeCommand(s: Conversation, event: Heard, clock: Clock): Conversation {
  switch (event.command) {
    case 'stop':
      return takeStop(s, event, clock);
    case 'new':
    case 'end':
      return takeEnd(s, event, clock);
    case 'status':
      return notice(s, event, 'status');
    default:
      return isRefused(event.command) ? notice(s, event, event.command, refusals[event.command]) : notice(s, event, 'help');
  }
}
