import type { Clock, Conversation, Heard, StopCause, Turn } from '../conversation';
import { notice } from './chores';

/** When the next turn may begin, in milliseconds of the clock; undefined while there is nothing to begin or something runs. */
export function turnDueAt(s: Conversation): number | undefined {
  if (s.running || (s.ending && !s.ending.answersFirst)) return undefined;
  if (s.waiting.length > 0) return 0;
  if (s.gathering.length === 0) return undefined;
  const { gatherMs, gatherMaxMs, gatherMaxMessages } = s.timings;
  if (s.gathering.length >= gatherMaxMessages) return 0;
  return Math.min(s.lastHeardAt + gatherMs, s.gatheringSince + gatherMaxMs);
}

/** Begins the next turn: the oldest that waits, else what was gathered, at most `gatherMaxMessages` of it. */
export function beginTurn(s: Conversation, clock: Clock): Conversation {
  const [first, ...others] = s.waiting;
  const number = s.turnsTaken + 1;
  const base = { ...s, turnsTaken: number, lastActivityAt: clock.now };
  if (first) return { ...base, waiting: others, running: { ...first, number, startedAt: clock.now } };
  const events = s.gathering.slice(0, s.timings.gatherMaxMessages);
  const rest = s.gathering.slice(events.length);
  const begun: Conversation = { ...base, gathering: [], running: { id: clock.newId(), events, number, startedAt: clock.now } };
  return rest.reduce((next, event) => enqueue(next, event, clock), begun);
}

/** What ran has ended, whichever way. */
export function endTurn({ running, ...s }: Conversation, now: number): Conversation {
  const interruptions = running?.stop?.cause === 'interrupted' ? s.interruptions + 1 : 0;
  return { ...s, interruptions, lastActivityAt: now };
}

/** Behind what runs or waits: in the last waiting turn while that has room, else in one of its own. */
export function enqueue(s: Conversation, event: Heard, { newId }: Clock): Conversation {
  const last = s.waiting.at(-1);
  if (last && last.events.length < s.timings.gatherMaxMessages && !last.events[0]?.turnId && last.events[0]?.kind !== 'action') {
    return { ...s, waiting: [...s.waiting.slice(0, -1), { ...last, events: inOrder([...last.events, event]) }] };
  }
  if (s.waiting.length >= s.timings.queueMax) return notice(s, event, 'queueFull', 'refused');
  return { ...s, waiting: [...s.waiting, { id: newId(), events: [event] }] };
}

/** A turn that an earlier run left behind goes on under its own id, and so in its own card. */
export function adopt(s: Conversation, event: Heard, turnId: string): Conversation {
  if (s.running?.id === turnId) return { ...s, running: { ...s.running, events: inOrder([...s.running.events, event]) } };
  const turn = s.waiting.find(({ id }) => id === turnId);
  const others = s.waiting.filter(({ id }) => id !== turnId);
  return { ...s, waiting: inTurnOrder([...others, { id: turnId, events: inOrder([...(turn?.events ?? []), event]) }]) };
}

/** The running turn is to end: its activity is stopped by whoever waits for it. */
export function stop(s: Conversation, cause: StopCause, by?: string): Conversation {
  if (!s.running || s.running.stop) return s;
  return { ...s, running: { ...s.running, stop: { cause, ...(by && { by }) } } };
}

/** Ends a turn that never ran: its card, or a card made for the purpose, says so. */
export function setAside(s: Conversation, turn: Turn, cause: StopCause): Conversation {
  const ids = turn.events.map(({ id }) => id);
  return {
    ...s,
    waiting: s.waiting.filter(({ id }) => id !== turn.id),
    gathering: s.gathering.filter(({ id }) => !ids.includes(id)),
    chores: [...s.chores, { kind: 'endTurn', turn, cause }],
  };
}

/** The last frame of a turn goes on in the background; the next turn need not wait. */
export const leaveClosing = (s: Conversation, turnId: string): Conversation => ({ ...s, closing: [...s.closing, turnId] });

/** The platform has taken the last frame. */
export const closed = (s: Conversation, turnId: string): Conversation => ({ ...s, closing: s.closing.filter((id) => id !== turnId) });

/** By their place in the ledger. */
export const inOrder = (events: readonly Heard[]): readonly Heard[] => [...events].sort((a, b) => a.number - b.number);

const inTurnOrder = (turns: readonly Turn[]): readonly Turn[] =>
  [...turns].sort((a, b) => (a.events[0]?.number ?? 0) - (b.events[0]?.number ?? 0));
