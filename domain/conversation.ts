import type { CommandName } from './command';
import type { EventEnd } from './event';
import type { Refused } from './refusal';
import type { Timings } from './trigger';

/**
 * One chat's talk: all of its state as plain data. Every change it can undergo stands in `conversation/`.
 * Nothing of it waits, calls out or reads a clock: `workflows/conversation.ts` does.
 * It knows ids and facts only, never what was said. Times are in milliseconds since the epoch, by the workflow's clock unless said otherwise.
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
  readonly ending?: {
    readonly reason: SessionEnd;
    readonly by: string;
    /** What was asked before it is answered first. */
    readonly answersFirst?: true;
  };
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
  /** A refusal is heard as a command that says so and nothing else. */
  readonly command?: CommandName | 'end' | Refused;
  /** `/new` with a question behind it, or a question asked again. */
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
  /** The messages that a stop was aimed at while the platform is asked whether its sender owns the group. */
  readonly aim?: readonly string[];
  /** The turn that owns it already: it was heard by a run that is gone. */
  readonly turnId?: string;
  /** The sentinel found that nobody works on it: it is taken anew, though it was heard before. */
  readonly again?: true;
  /** It is for another expert than the session's: it begins a session of its own. */
  readonly renews?: true;
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

export type Notice =
  | 'help'
  | 'status'
  | 'stopped'
  | 'nothingToStop'
  | 'newSession'
  | 'sessionEnded'
  | 'notYours'
  | 'busy'
  | 'queueFull'
  | Refused;

/** Something short to do outside: each is one activity. */
export type Chore =
  | { readonly kind: 'notice'; readonly event: Heard; readonly notice: Notice; readonly end: EventEnd }
  /** Whether who wants to stop others' questions or renew their session owns the group. */
  | { readonly kind: 'askOwner'; readonly event: Heard }
  | { readonly kind: 'endTurn'; readonly turn: Turn; readonly cause: StopCause }
  | { readonly kind: 'settle'; readonly eventIds: readonly string[]; readonly end: EventEnd };

export interface Clock {
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** A new UUID. */
  readonly newId: () => string;
}

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

/** Nobody has asked anything yet. */
export const isUntouched = (s: Conversation): boolean =>
  s.turnsTaken === 0 && !s.running && s.waiting.length === 0 && s.gathering.length === 0;

/** Nothing runs, waits or is left to tell. */
export const isIdle = (s: Conversation): boolean =>
  !s.running && s.waiting.length === 0 && s.gathering.length === 0 && s.chores.length === 0 && s.closing.length === 0;

/** When the session ends if nobody says anything more. */
export const sessionDeadline = (s: Conversation): number => s.lastActivityAt + s.timings.sessionTimeoutSeconds * 1000;

/** Every event this conversation still owes an end. */
export function knownEvents(s: Conversation): readonly string[] {
  const events = [...(s.running?.events ?? []), ...s.waiting.flatMap((turn) => turn.events), ...s.gathering, ...s.after];
  return [...events.map(({ id }) => id), ...s.chores.flatMap(eventsOf)];
}

function eventsOf(chore: Chore): readonly string[] {
  switch (chore.kind) {
    case 'notice':
    case 'askOwner':
      return [chore.event.id];
    case 'endTurn':
      return chore.turn.events.map(({ id }) => id);
    case 'settle':
      return chore.eventIds;
  }
}
