import { type Clock, type Conversation, type Heard, isUntouched, type SessionEnd } from '../conversation';
import { askOwner, notice, settle } from './chores';
import { takeMessage } from './gathering';
import { mayAct } from './stopping';
import { setAside, stop } from './turns';

/** `/new`, with or without a question behind it, or an end that our own API asked for. */
export function takeEnd(s: Conversation, event: Heard, clock: Clock, owner = false): Conversation {
  // It ended its session in a run that is gone; its question is left.
  if (event.asks && event.turnId) return takeMessage(s, asMessage(event), clock);
  const reason: SessionEnd = event.command === 'new' ? 'new' : 'ended';
  const late = event.target ? event.target !== s.sessionId : event.at < (s.openedAt ?? event.at);
  const untouched = isUntouched(s);
  if (reason === 'ended' && (late || untouched)) return settle(s, [event.id], 'done');
  if (late || untouched) return event.asks ? takeMessage(s, asMessage(event), clock) : notice(s, event, 'newSession');
  if (!mayAct(event, s.askers) && !owner) return askOwner(s, event);
  const isOlder = (old: Heard) => event.target !== undefined || old.number < event.number;
  const dropped = s.waiting.filter(({ events }) => events.every(isOlder));
  // Their card may stand in the chat already: they go on under their own ids.
  const kept = s.waiting.filter((turn) => !dropped.includes(turn)).flatMap(({ id, events }) => events.map((e) => ({ ...e, turnId: id })));
  const gathered = s.gathering.filter(isOlder);
  const aside = [...dropped, ...(gathered.length ? [{ id: clock.newId(), events: gathered }] : [])];
  const ended = aside.reduce((next, turn) => setAside(next, turn, reason), stop(s, reason, event.personId));
  const after = [...(event.asks ? [asMessage(event)] : []), ...kept, ...ended.gathering, ...s.after];
  const over: Conversation = { ...ended, waiting: [], gathering: [], after, ending: { reason, by: event.personId } };
  if (event.asks) return over;
  return notice(over, event, reason === 'new' ? 'newSession' : 'sessionEnded');
}

const asMessage = ({ command: _, asks: __, ...event }: Heard): Heard => ({ ...event, kind: 'message' });

/** The session is over, unless its end was asked for already. */
export function beginEnding(s: Conversation, reason: SessionEnd): Conversation {
  return s.ending ? s : { ...s, ending: { reason, by: 'session' } };
}
