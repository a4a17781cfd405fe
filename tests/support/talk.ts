import { type Chore, type Clock, type Conversation, type Heard, openConversation } from '../../domain/conversation';
import { choreDone } from '../../domain/conversation/chores';
import { hear, nextSession, ownerKnown } from '../../domain/conversation/hearing';
import { beginTurn, endTurn, turnDueAt } from '../../domain/conversation/turns';
import { defaultTrigger, type Timings } from '../../domain/trigger';

const { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax } = defaultTrigger;
export const timings: Timings = { gatherMs, gatherMaxMs, gatherMaxMessages, sessionTimeoutSeconds, onBusy, queueMax };

/** A chat that is told events one after the other; the clock stands still unless it is moved. */
export function talk(policy: Partial<Timings> = {}, more: Partial<Heard> = {}) {
  let ids = 0;
  let number = 0;
  let now = 1000;
  const clock = (): Clock => ({ now, newId: () => `turn-${++ids}` });
  let s: Conversation = openConversation('session-1', timings, now);
  const make = (id: string, event: Partial<Heard>): Heard => ({
    ...{ id, number: ++number, kind: 'message', at: now, personId: 'ann', shared: false, versionId: 'v1' },
    ...{ timings: { ...timings, ...policy } },
    ...more,
    ...event,
  });
  const chat = {
    get s() {
      return s;
    },
    wait: (ms: number) => {
      now += ms;
    },
    hear: (event: Heard) => {
      s = hear(s, event, clock());
    },
    say: (id: string, event: Partial<Heard> = {}) => chat.hear(make(id, event)),
    command: (command: 'stop' | 'new' | 'help' | 'status' | 'end', event: Partial<Heard> = {}) =>
      chat.hear(make(`/${command} ${number}`, { kind: 'command', command, ...event })),
    press: (turnId: string, event: Partial<Heard> = {}) =>
      chat.hear(make(`press ${number}`, { kind: 'action', action: 'stop', target: turnId, ...event })),
    recall: (target: string) => chat.hear(make(`recall ${target}`, { kind: 'recall', target })),
    begin: () => {
      s = beginTurn(s, clock());
    },
    end: () => {
      s = endTurn(s, now);
    },
    next: () => {
      s = nextSession(s, 'session-2', clock());
    },
    /** The platform answers what is asked next. */
    owns: (isOwner: boolean) => {
      const [asked] = s.chores;
      if (asked?.kind !== 'askOwner') throw new Error('nobody was asked');
      s = ownerKnown(s, asked.event, isOwner, clock());
    },
    running: () => s.running?.events.map(({ id }) => id),
    waiting: () => s.waiting.map(({ events }) => events.map(({ id }) => id).join('+')),
    gathering: () => s.gathering.map(({ id }) => id),
    after: () => s.after.map(({ id }) => id),
    due: () => turnDueAt(s),
    now: () => now,
    /** Takes what there is to tell. */
    told: () => {
      const chores = s.chores.map(describeChore);
      for (const _ of s.chores) s = choreDone(s);
      return chores;
    },
  };
  return chat;
}

const describeChore = (chore: Chore): string =>
  chore.kind === 'askOwner'
    ? 'asks who owns the group'
    : chore.kind === 'notice'
      ? `${chore.notice} (${chore.end})`
      : chore.kind === 'settle'
        ? `${chore.eventIds.join()} ${chore.end}`
        : `${chore.turn.events.map(({ id }) => id).join('+')} ${chore.cause}`;
