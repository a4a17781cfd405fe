import { type Clock, type Conversation, type Heard, isUntouched } from '../conversation';
import { notice } from './chores';
import { adopt, enqueue, inOrder, stop } from './turns';

const REMEMBERED_ASKERS = 50;
const INTERRUPTIONS_IN_A_ROW = 3;

/** A question: gathered while the chat is free, else queued, refused, or reason enough to interrupt. */
export function takeMessage(before: Conversation, event: Heard, clock: Clock): Conversation {
  const s = withAsker(before, event);
  if (event.turnId) return adopt(s, event, event.turnId);
  if (event.renews && !event.again && !isUntouched(s))
    return { ...before, ending: { reason: 'new', by: event.personId, answersFirst: true }, after: [event] };
  if (!s.running && s.waiting.length === 0) return gather(s, event, clock);
  if (s.gathering.length > 0) return gather(s, event, clock);
  const busy = s.timings.onBusy;
  if (busy === 'drop') return notice(s, event, 'busy', 'refused');
  if (busy === 'interrupt' && s.running && s.interruptions < INTERRUPTIONS_IN_A_ROW) return gather(stop(s, 'interrupted'), event, clock);
  return enqueue(s, event, clock);
}

/** A question asked again is a turn of its own: it is neither gathered nor joined by what comes after it. */
export function takeAgain(before: Conversation, event: Heard, clock: Clock): Conversation {
  const asked = withAsker(before, event);
  if (event.turnId) return adopt(asked, event, event.turnId);
  if (asked.running && asked.timings.onBusy === 'drop') return notice(asked, event, 'busy', 'refused');
  // What was said before it comes before it.
  const s = asked.gathering.reduce<Conversation>((next, older) => enqueue(next, older, clock), { ...asked, gathering: [] });
  if (s.waiting.length >= s.timings.queueMax) return notice(s, event, 'queueFull', 'refused');
  return { ...s, waiting: [...s.waiting, { id: clock.newId(), events: [event] }] };
}

const withAsker = (s: Conversation, { personId }: Heard): Conversation => ({
  ...s,
  askers: [...s.askers.filter((id) => id !== personId), personId].slice(-REMEMBERED_ASKERS),
});

function gather(s: Conversation, event: Heard, { now }: Clock): Conversation {
  return {
    ...s,
    gathering: inOrder([...s.gathering, event]),
    gatheringSince: s.gathering.length ? s.gatheringSince : now,
    lastHeardAt: now,
  };
}
