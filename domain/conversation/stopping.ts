import type { Clock, Conversation, Heard, Running } from '../conversation';
import { askOwner, notice, settle } from './chores';
import { setAside, stop } from './turns';

/** `/stop`, the button, or an instruction from our own API. @param owner whether the platform has said that its sender owns the group */
export function takeStop(s: Conversation, event: Heard, clock: Clock, owner = false): Conversation {
  const { running } = s;
  const waiting = s.waiting.find(({ id, events }) => (event.kind === 'action' ? id === event.target : events.some(isAimOf(event))));
  const hitsRunning = running !== undefined && !running.stop && isAimedAt(event, s, running);
  const isMeant = event.aim ? isAimOf(event) : ({ at }: Heard) => at <= event.at || event.target === s.sessionId;
  const gathered = event.kind === 'command' && !hitsRunning ? s.gathering.filter(isMeant) : [];
  if (!hitsRunning && !waiting && gathered.length === 0) {
    return event.kind === 'action' || event.target ? settle(s, [event.id], 'done') : notice(s, event, 'nothingToStop');
  }
  const hit = hitsRunning ? running.events : (waiting?.events ?? gathered);
  const askers = hit.map(({ personId }) => personId);
  if (!mayAct(event, askers) && !owner) return askOwner(s, { ...event, aim: hit.map(({ id }) => id) });
  const stopped = hitsRunning
    ? stop(s, 'stopped', event.personId)
    : setAside(s, waiting ?? { id: clock.newId(), events: gathered }, 'stopped');
  return event.kind === 'action' || event.target ? settle(stopped, [event.id], 'done') : notice(stopped, event, 'stopped');
}

/** A stop acts only on what was asked before it was sent, so a late one harms no later turn. */
function isAimedAt(event: Heard, s: Conversation, running: Running): boolean {
  if (event.kind === 'action') return event.target === running.id;
  if (event.target) return event.target === s.sessionId;
  // What it was aimed at when it was heard may have ended while the platform was asked.
  if (event.aim) return running.events.some(isAimOf(event));
  return Math.min(...running.events.map(({ at }) => at)) <= event.at;
}

const isAimOf =
  ({ aim }: Heard) =>
  ({ id }: Heard): boolean =>
    aim?.includes(id) ?? false;

/** A recall takes its message out, and stops the turn only when nothing is left of it. */
export function takeRecall(s: Conversation, event: Heard): Conversation {
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

export const isStop = ({ command, action }: Heard): boolean => command === 'stop' || action === 'stop';

/** In private chats everything is one's own; instructions from our own API carry a target and were checked there. */
export const mayAct = (event: Heard, askers: readonly string[]): boolean =>
  !event.shared || (event.kind === 'command' && event.target !== undefined) || askers.includes(event.personId);
