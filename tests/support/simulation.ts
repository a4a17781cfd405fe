import { type Chore, type Clock, type Conversation, type Heard, isIdle, knownEvents, openConversation } from '../../domain/conversation';
import { choreDone } from '../../domain/conversation/chores';
import { beginEnding } from '../../domain/conversation/ending';
import { hear, nextSession, ownerKnown } from '../../domain/conversation/hearing';
import { beginTurn, closed, endTurn, leaveClosing, turnDueAt } from '../../domain/conversation/turns';
import type { Policy, Step } from './courses';

/** The chat's workflow and the ledger, as small as they can be: does what is due when it is told to, and notes every end. */
export function createSimulation({ timings, shared, orderly }: Policy) {
  let now = 10_000;
  let ids = 0;
  let sessions = 1;
  let number = 0;
  let told: Heard[] = [];
  let held: Heard | undefined;
  const turnIds: string[] = [];
  const events: Heard[] = [];
  const ends = new Map<string, string[]>();
  const turns: (readonly Heard[])[] = [];
  let s: Conversation = openConversation('session-1', timings, now);
  const clock = (): Clock => ({ now, newId: () => `turn-${++ids}` });
  const from = (who: number, lateBy: number) => ({ personId: `person-${who}`, at: now - lateBy });
  const end = (id: string, how: string) => ends.set(id, [...(ends.get(id) ?? []), how]);

  function deliver(event: Heard): void {
    told.push(event);
    s = hear(s, event, clock());
  }

  function deliverHeld(): void {
    if (held) deliver(held);
    held = undefined;
  }

  /** Where the order does not hold, every third event is overtaken by the next. */
  function tell(event: Omit<Heard, 'id' | 'number' | 'shared' | 'versionId' | 'timings'>): void {
    number += 1;
    const made: Heard = { ...event, id: `event-${number}`, number, shared, versionId: 'v', timings };
    events.push(made);
    if (!orderly && number % 3 === 0 && !held) {
      held = made;
      return;
    }
    deliver(made);
    deliverHeld();
  }

  function tellStep(next: Step): void {
    switch (next.do) {
      case 'say':
        tell({
          kind: 'message',
          ...from(next.person, next.late),
          ...(!orderly && next.adopted < 3 && { turnId: `old-${next.adopted}` }),
          ...(next.adopted === 12 && { renews: true as const }),
        });
        break;
      case 'command': {
        const asks = next.name === 'new' && next.asks && { asks: true };
        tell({ kind: 'command', command: next.name, ...asks, ...from(next.person, next.late) });
        break;
      }
      case 'instruct':
        tell({ kind: 'command', command: next.name, target: next.past ? 'session-0' : s.sessionId, personId: 'api', at: now });
        break;
      case 'press': {
        turnIds.push(...(s.running ? [s.running.id] : []), ...s.waiting.map(({ id }) => id));
        const target = turnIds.at(-1 - (next.pick % (turnIds.length || 1))) ?? 'none';
        tell({ kind: 'action', action: 'stop', target, ...from(next.person, 0) });
        break;
      }
      case 'again':
        tell({ kind: 'action', action: 'regenerate', asks: true, target: turnIds[0] ?? 'none', ...from(next.person, 0) });
        break;
      case 'recall': {
        const target = events[next.pick % (events.length || 1)]?.id ?? 'none';
        tell({ kind: 'recall', target, ...from(next.person, 0) });
        break;
      }
      case 'repeat': {
        const again = told[next.pick % (told.length || 1)];
        if (again) s = hear(s, again, clock());
      }
    }
  }

  function work(what: 'begin' | 'end' | 'chore' | 'leaveClosing' | 'close'): boolean {
    const due = turnDueAt(s);
    const chore = s.chores[0];
    if (what === 'begin' && due !== undefined && due <= now) {
      s = beginTurn(s, clock());
      expect(s.running!.events.length).toBeGreaterThan(0);
    } else if ((what === 'end' || what === 'leaveClosing') && s.running) {
      const { running } = s;
      turns.push(running.events);
      for (const { id } of running.events) end(id, `turn ${running.id}`);
      s = endTurn(what === 'leaveClosing' ? leaveClosing(s, running.id) : s, now);
    } else if (what === 'chore' && chore) {
      if (chore.kind === 'askOwner') {
        // A question behind a /new that waits for the platform may be overtaken: that is not the order to be shown here.
        s = ownerKnown(s, chore.event, !orderly && now % 2 === 0, clock());
      } else {
        for (const id of eventsOf(chore)) end(id, chore.kind);
        s = choreDone(s);
      }
    } else if (what === 'close' && s.closing[0]) {
      s = closed(s, s.closing[0]);
    } else {
      return false;
    }
    return true;
  }

  /** As the workflow does it: only when nothing is left, and what comes meanwhile belongs to the next session. */
  function endSession(withLateWord: boolean): void {
    if (turnDueAt(s) !== undefined || !isIdle(s)) return;
    s = beginEnding(s, 'timeout');
    if (withLateWord) tell({ kind: 'message', ...from(0, 0) });
    sessions += 1;
    if (s.after.length > 0) {
      s = nextSession(s, `session-${sessions}`, clock());
    } else {
      // A new run knows nothing of what was heard before; that nothing is answered twice is then up to the ledger.
      s = openConversation(`session-${sessions}`, timings, now);
      told = [];
    }
  }

  return {
    events,
    ends,
    turns,
    apply(next: Step): void {
      if (next.do === 'wait') now += next.ms;
      else if (next.do === 'session') endSession(shared);
      else if (next.do === 'begin' || next.do === 'end' || next.do === 'chore' || next.do === 'leaveClosing' || next.do === 'close')
        work(next.do);
      else tellStep(next);
    },
    /** Nothing is forgotten: what was told and has no end is known, and what has its end is not. */
    check(): void {
      expect(s.waiting.filter((turn) => !turn.events[0]?.turnId).length).toBeLessThanOrEqual(timings.queueMax);
      const known = knownEvents(s);
      expect(new Set(known).size).toBe(known.length);
      for (const { id } of told) expect([id, known.includes(id)]).toEqual([id, !ends.has(id)]);
    },
    /** Works until nothing is left to do. */
    drain(): void {
      deliverHeld();
      for (let left = 2000; left > 0; left--) {
        now += 6000;
        const busy = (['chore', 'end', 'begin', 'close'] as const).map(work).includes(true);
        if (busy) continue;
        if (!s.ending && s.after.length === 0 && isIdle(s)) return;
        endSession(false);
      }
      throw new Error(`It never comes to rest: ${JSON.stringify(s)}`);
    },
  };
}

const eventsOf = (chore: Exclude<Chore, { kind: 'askOwner' }>): readonly string[] =>
  chore.kind === 'notice' ? [chore.event.id] : chore.kind === 'settle' ? chore.eventIds : chore.turn.events.map(({ id }) => id);
