import type { CommandName } from './command';
import type { EventEnd } from './event';
import type { Timings } from './trigger';

/**
 * One chat's talk: all of its state as plain data, and every change it can undergo.
 * Nothing here waits, calls out or reads a clock: `workflows/conversation.ts` does.
 * It knows ids and facts only, never what was said.
 */
export interface Conversation {
  readonly sessionId: string;
  readonly startedAt: number;
  /** When the first event of this session was sent, by the platform's clock. */
  readonly openedAt?: number;
  readonly timings: Timings;
  readonly turnsTaken: number;
  /** Heard while nobody was being answered; becomes the next turn when the chat falls quiet. */
  readonly gathering: readonly Heard[];
  readonly gatheringSince: number;
  readonly lastHeardAt: number;
  /** Turns that wait behind the running one, in order. */
  readonly waiting: readonly Turn[];
  readonly running?: Running;
  /** Turns interrupted in a row. */
  readonly interruptions: number;
  readonly lastActivityAt: number;
  /** People who asked in this session: they may stop and renew it in a shared group. */
  readonly askers: readonly string[];
  /** The session is over as soon as what runs has ended. */
  readonly ending?: { readonly reason: SessionEnd; readonly by: string };
  /** Heard after the end was asked for: belongs to the next session. */
  readonly after: readonly Heard[];
  /** What still has to be told or written down, oldest first. */
  readonly chores: readonly Chore[];
  /** Turns whose outcome is decided while the platform has not taken their last frame yet. */
  readonly closing: readonly string[];
  /** Ids of the latest events, to drop what is signalled twice. */
  readonly heard: readonly string[];
}

export type SessionEnd = 'timeout' | 'new' | 'ended';
export type StopCause = 'stopped' | 'interrupted' | 'new' | 'ended' | 'recalled';

/** What a signal says of one event: ids and facts, never content. */
export interface Heard {
  readonly id: string;
  /** Its place in the ledger: the order of the chat. */
  readonly number: number;
  readonly kind: 'message' | 'command' | 'action' | 'recall';
  readonly command?: CommandName | 'end';
  /** `/new` with a question behind it. */
  readonly asks?: boolean;
  readonly action?: string;
  /** When it was sent, by the platform's clock, in milliseconds. */
  readonly at: number;
  readonly personId: string;
  readonly shared: boolean;
  readonly versionId: string;
  readonly timings: Timings;
  /** A recall's event id, an action's turn id, an instruction's session id. */
  readonly target?: string;
  /** The turn that owns it already: it was heard by a run that is gone. */
  readonly turnId?: string;
  /** The sentinel found that nobody works on it: it is taken anew, though it was heard before. */
  readonly again?: true;
}

export interface Turn {
  readonly id: string;
  readonly events: readonly Heard[];
}

export interface Running extends Turn {
  readonly number: number;
  readonly startedAt: number;
  readonly stop?: { readonly cause: StopCause; readonly by?: string };
}

export type Notice = 'help' | 'status' | 'stopped' | 'nothingToStop' | 'newSession' | 'sessionEnded' | 'notYours' | 'busy' | 'queueFull';

/** Something short to do outside: each is one activity. */
export type Chore =
  | { readonly kind: 'notice'; readonly event: Heard; readonly notice: Notice; readonly end: EventEnd }
  /** Whether who wants to renew a shared session owns the group. */
  | { readonly kind: 'askOwner'; readonly event: Heard }
  | { readonly kind: 'endTurn'; readonly turn: Turn; readonly cause: StopCause }
  | { readonly kind: 'settle'; readonly eventIds: readonly string[]; readonly end: EventEnd };

export interface Clock {
  readonly now: number;
  /** A new UUID. */
  readonly newId: () => string;
}

const REMEMBERED_EVENTS = 200;
const REMEMBERED_ASKERS = 50;
const INTERRUPTIONS_IN_A_ROW = 3;

export function openConversation(sessionId: string, timings: Timings, now: number): Conversation {
  return {
    sessionId,
    startedAt: now,
    timings,
    turnsTaken: 0,
    gathering: [],
    gatheringSince: now,
    lastHeardAt: now,
    waiting: [],
    interruptions: 0,
    lastActivityAt: now,
    askers: [],
    after: [],
    chores: [],
    closing: [],
    heard: [],
  };
}

/** The next session of the same chat: it hears again what came after the end was asked for. */
export function nextSession(s: Conversation, sessionId: string, clock: Clock): Conversation {
  const fresh = { ...openConversation(sessionId, s.timings, clock.now), heard: s.heard, closing: s.closing };
  const left = [...s.waiting.flatMap(({ events }) => events), ...s.gathering, ...s.after];
  return left.reduce((next, event) => takeOrKeep(next, event, clock), fresh);
}

/** Hears one event. Whatever the order and however often it is told, each event is taken once. */
export function hear(s: Conversation, event: Heard, clock: Clock): Conversation {
  if (knownEvents(s).includes(event.id) || (s.heard.includes(event.id) && !event.again)) return s;
  return takeOrKeep({ ...s, heard: [...s.heard, event.id].slice(-REMEMBERED_EVENTS) }, event, clock);
}

const takeOrKeep = (s: Conversation, event: Heard, clock: Clock): Conversation =>
  s.ending ? { ...s, after: [...s.after, event] } : take(s, event, clock);

function take(s: Conversation, event: Heard, clock: Clock): Conversation {
  const active: Conversation = { ...s, timings: event.timings, lastActivityAt: clock.now, openedAt: s.openedAt ?? event.at };
  switch (event.kind) {
    case 'message':
      return takeMessage(active, event, clock);
    case 'recall':
      return takeRecall(active, event);
    case 'action':
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
      return notice(s, event, 'help');
  }
}

/** The platform has said whether who wants to renew the session owns the group. Takes the place of `choreDone`. */
export function ownerKnown(s: Conversation, event: Heard, isOwner: boolean, clock: Clock): Conversation {
  const done = choreDone(s);
  if (!isOwner) return notice(done, event, 'notYours', 'refused');
  return done.ending ? { ...done, after: [...done.after, event] } : takeEnd(done, event, clock, true);
}

// --- messages ---------------------------------------------------------------------------------------------------------------

function takeMessage(before: Conversation, event: Heard, clock: Clock): Conversation {
  const s = { ...before, askers: [...before.askers.filter((id) => id !== event.personId), event.personId].slice(-REMEMBERED_ASKERS) };
  if (event.turnId) return adopt(s, event, event.turnId);
  if (!s.running && s.waiting.length === 0) return gather(s, event, clock);
  if (s.gathering.length > 0) return gather(s, event, clock);
  const busy = s.timings.onBusy;
  if (busy === 'drop') return notice(s, event, 'busy', 'refused');
  if (busy === 'interrupt' && s.running && s.interruptions < INTERRUPTIONS_IN_A_ROW) return gather(stop(s, 'interrupted'), event, clock);
  return enqueue(s, event, clock);
}

function gather(s: Conversation, event: Heard, { now }: Clock): Conversation {
  return {
    ...s,
    gathering: inOrder([...s.gathering, event]),
    gatheringSince: s.gathering.length ? s.gatheringSince : now,
    lastHeardAt: now,
  };
}

/** A turn that an earlier run left behind goes on under its own id, and so in its own card. */
function adopt(s: Conversation, event: Heard, turnId: string): Conversation {
  if (s.running?.id === turnId) return { ...s, running: { ...s.running, events: inOrder([...s.running.events, event]) } };
  const turn = s.waiting.find(({ id }) => id === turnId);
  const others = s.waiting.filter(({ id }) => id !== turnId);
  return { ...s, waiting: inTurnOrder([...others, { id: turnId, events: inOrder([...(turn?.events ?? []), event]) }]) };
}

function enqueue(s: Conversation, event: Heard, { newId }: Clock): Conversation {
  const last = s.waiting.at(-1);
  if (last && last.events.length < s.timings.gatherMaxMessages && !last.events[0]?.turnId) {
    return { ...s, waiting: [...s.waiting.slice(0, -1), { ...last, events: inOrder([...last.events, event]) }] };
  }
  if (s.waiting.length >= s.timings.queueMax) return notice(s, event, 'queueFull', 'refused');
  return { ...s, waiting: [...s.waiting, { id: newId(), events: [event] }] };
}

// --- stop, new, end, recall -------------------------------------------------------------------------------------------------

function takeStop(s: Conversation, event: Heard, clock: Clock): Conversation {
  const { running } = s;
  const waiting = event.kind === 'action' ? s.waiting.find(({ id }) => id === event.target) : undefined;
  const hitsRunning = running !== undefined && !running.stop && isAimedAt(event, s, running);
  const gathered =
    event.kind === 'command' && !hitsRunning ? s.gathering.filter(({ at }) => at <= event.at || event.target === s.sessionId) : [];
  if (!hitsRunning && !waiting && gathered.length === 0) {
    return event.kind === 'action' || event.target ? settle(s, [event.id], 'done') : notice(s, event, 'nothingToStop');
  }
  const asked = hitsRunning ? running.events : (waiting?.events ?? gathered);
  if (
    !mayAct(
      event,
      asked.map(({ personId }) => personId),
    )
  )
    return notice(s, event, 'notYours', 'refused');
  const stopped = hitsRunning
    ? stop(s, 'stopped', event.personId)
    : setAside(s, waiting ?? { id: clock.newId(), events: gathered }, 'stopped');
  return event.kind === 'action' || event.target ? settle(stopped, [event.id], 'done') : notice(stopped, event, 'stopped');
}

/** A stop acts only on what was asked before it was sent, so a late one harms no later turn. */
function isAimedAt(event: Heard, s: Conversation, running: Running): boolean {
  if (event.kind === 'action') return event.target === running.id;
  if (event.target) return event.target === s.sessionId;
  return Math.min(...running.events.map(({ at }) => at)) <= event.at;
}

function takeEnd(s: Conversation, event: Heard, clock: Clock, owner = false): Conversation {
  // It ended its session in a run that is gone; its question is left.
  if (event.asks && event.turnId) return takeMessage(s, asMessage(event), clock);
  const reason: SessionEnd = event.command === 'new' ? 'new' : 'ended';
  const late = event.target ? event.target !== s.sessionId : event.at < (s.openedAt ?? event.at);
  const untouched = s.turnsTaken === 0 && !s.running && s.waiting.length === 0 && s.gathering.length === 0;
  if (reason === 'ended' && (late || untouched)) return settle(s, [event.id], 'done');
  if (late || untouched) return event.asks ? takeMessage(s, asMessage(event), clock) : notice(s, event, 'newSession');
  // Group owners may too; only the platform knows them.
  if (!mayAct(event, s.askers) && !owner) return { ...s, chores: [...s.chores, { kind: 'askOwner', event }] };
  const isOlder = (old: Heard) => event.target !== undefined || old.number < event.number;
  const dropped = s.waiting.filter(({ events }) => events.every(isOlder));
  // Their card may stand in the chat already: they go on under their own ids.
  const kept = s.waiting.filter((turn) => !dropped.includes(turn)).flatMap(({ id, events }) => events.map((e) => ({ ...e, turnId: id })));
  const gathered = s.gathering.filter(isOlder);
  const aside = [...dropped, ...(gathered.length ? [{ id: clock.newId(), events: gathered }] : [])];
  const ended = aside.reduce((next, turn) => setAside(next, turn, reason), stop(s, reason, event.personId));
  const after = [...(event.asks ? [asMessage(event)] : []), ...kept, ...ended.gathering];
  const over: Conversation = { ...ended, waiting: [], gathering: [], after, ending: { reason, by: event.personId } };
  if (event.asks) return over;
  return notice(over, event, reason === 'new' ? 'newSession' : 'sessionEnded');
}

function takeRecall(s: Conversation, event: Heard): Conversation {
  const done = settle(s, [event.id], 'done');
  const isTarget = ({ id }: Heard) => id === event.target;
  if (s.gathering.some(isTarget)) {
    return settle({ ...done, gathering: s.gathering.filter((e) => !isTarget(e)) }, [event.target!], 'recalled');
  }
  const waiting = s.waiting.find(({ events }) => events.some(isTarget));
  if (waiting) {
    if (waiting.events.length === 1) return setAside(done, waiting, 'recalled');
    const rest = { ...waiting, events: waiting.events.filter((e) => !isTarget(e)) };
    return settle({ ...done, waiting: s.waiting.map((turn) => (turn === waiting ? rest : turn)) }, [event.target!], 'recalled');
  }
  if (!s.running?.events.some(isTarget) || s.running.stop) return done;
  if (s.running.events.length === 1) return stop(done, 'recalled', event.personId);
  const rest = { ...s.running, events: s.running.events.filter((e) => !isTarget(e)) };
  return settle({ ...done, running: rest }, [event.target!], 'recalled');
}

const asMessage = ({ command: _, asks: __, ...event }: Heard): Heard => ({ ...event, kind: 'message' });

/** In private chats everything is one's own; instructions from our own API carry a target and were checked there. */
const mayAct = (event: Heard, askers: readonly string[]): boolean =>
  !event.shared || (event.kind === 'command' && event.target !== undefined) || askers.includes(event.personId);

function stop(s: Conversation, cause: StopCause, by?: string): Conversation {
  if (!s.running || s.running.stop) return s;
  return { ...s, running: { ...s.running, stop: { cause, ...(by && { by }) } } };
}

/** Ends a turn that never ran: its card, or a card made for the purpose, says so. */
function setAside(s: Conversation, turn: Turn, cause: StopCause): Conversation {
  const ids = turn.events.map(({ id }) => id);
  return {
    ...s,
    waiting: s.waiting.filter(({ id }) => id !== turn.id),
    gathering: s.gathering.filter(({ id }) => !ids.includes(id)),
    chores: [...s.chores, { kind: 'endTurn', turn, cause }],
  };
}

const notice = (s: Conversation, event: Heard, text: Notice, end: EventEnd = 'done'): Conversation => ({
  ...s,
  chores: [...s.chores, { kind: 'notice', event, notice: text, end }],
});

const settle = (s: Conversation, eventIds: readonly string[], end: EventEnd): Conversation => ({
  ...s,
  chores: [...s.chores, { kind: 'settle', eventIds, end }],
});

// --- turns ------------------------------------------------------------------------------------------------------------------

/** When the next turn may begin, in milliseconds of the clock; undefined while there is nothing to begin or something runs. */
export function turnDueAt(s: Conversation): number | undefined {
  if (s.running || s.ending) return undefined;
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

export function endTurn({ running, ...s }: Conversation, now: number): Conversation {
  const interruptions = running?.stop?.cause === 'interrupted' ? s.interruptions + 1 : 0;
  return { ...s, interruptions, lastActivityAt: now };
}

/** The last frame of a turn goes on in the background; the next turn need not wait. */
export const leaveClosing = (s: Conversation, turnId: string): Conversation => ({ ...s, closing: [...s.closing, turnId] });
export const closed = (s: Conversation, turnId: string): Conversation => ({ ...s, closing: s.closing.filter((id) => id !== turnId) });

export const choreDone = (s: Conversation): Conversation => ({ ...s, chores: s.chores.slice(1) });

/** Nothing runs, waits or is left to tell. */
export const isIdle = (s: Conversation): boolean =>
  !s.running && s.waiting.length === 0 && s.gathering.length === 0 && s.chores.length === 0 && s.closing.length === 0;

/** When the session ends if nobody says anything more. */
export const sessionDeadline = (s: Conversation): number => s.lastActivityAt + s.timings.sessionTimeoutSeconds * 1000;

export function beginEnding(s: Conversation, reason: SessionEnd): Conversation {
  return s.ending ? s : { ...s, ending: { reason, by: 'session' } };
}

/** Every event this conversation still owes an end. */
export function knownEvents(s: Conversation): readonly string[] {
  const events = [...(s.running?.events ?? []), ...s.waiting.flatMap((turn) => turn.events), ...s.gathering, ...s.after];
  const chores = s.chores.flatMap((chore) =>
    chore.kind === 'notice' || chore.kind === 'askOwner'
      ? [chore.event.id]
      : chore.kind === 'settle'
        ? chore.eventIds
        : chore.turn.events.map(({ id }) => id),
  );
  return [...events.map(({ id }) => id), ...chores];
}

const inOrder = (events: readonly Heard[]): readonly Heard[] => [...events].sort((a, b) => a.number - b.number);
const inTurnOrder = (turns: readonly Turn[]): readonly Turn[] =>
  [...turns].sort((a, b) => (a.events[0]?.number ?? 0) - (b.events[0]?.number ?? 0));
