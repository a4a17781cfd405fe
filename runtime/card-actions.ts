import { appearanceOf, questionAgain } from '../domain/card';
import type { CardAction, InboundEvent } from '../domain/event';
import { type LocalizedText, languageOf } from '../domain/language';
import { toasts } from '../domain/phrases';
import type { Store } from '../store';
import type { Press } from '../store/cards';
import type { NewEvent } from '../store/new-event';

/** What was decided about an event, and what whoever caused it is told at once. */
export interface Decided extends NewEvent {
  readonly toast?: LocalizedText;
}

type Base = Omit<NewEvent, 'kind' | 'decision'>;

/**
 * What a pressed button means. A rating is done when it is written down; a question asked again becomes an event that asks, with the old question's
 * words; what cannot be done is refused or ignored, with the reason for whoever pressed.
 * @param tellsOwners whether the platform tells who owns a group
 */
export async function decideAction(store: Store, base: Base, tellsOwners: boolean): Promise<Decided> {
  const { event, route } = base;
  const press =
    event.action && event.target ? await store.cards.press(route.integrationId, event.target, event.sender.id, event.id) : undefined;
  if (!press) return { ...base, kind: 'action', decision: 'ignored', end: 'ignored', toast: toasts.unknown };
  // It is answered where the question was asked, wherever the press says it came from.
  const handles = event.address.handles ?? press.address.handles;
  const { handles: _, ...address } = press.address;
  const about: Base = {
    ...base,
    event: { ...event, address: { ...address, ...(handles && { handles }) } },
    chatKey: press.chatKey,
    target: event.target!,
    language: press.language,
  };
  if (press.accepted) return { ...about, kind: 'action', decision: 'accepted', toast: acceptedToast(event.action!, press) };
  switch (event.action!) {
    case 'stop':
      return stop(about, press, tellsOwners);
    case 'good':
    case 'bad':
      return rate(about, press);
    case 'regenerate':
    case 'retry':
      return await again(store, about, press);
    case 'new':
      return renew(about, press);
  }
}

const accepted: Readonly<Record<CardAction, LocalizedText>> = {
  ...{ stop: toasts.stopping, good: toasts.good, bad: toasts.bad },
  ...{ regenerate: toasts.again, retry: toasts.again, new: toasts.new },
};

const refused = (about: Base, toast: LocalizedText): Decided => ({ ...about, kind: 'action', decision: 'refused', end: 'refused', toast });
const ignored = (about: Base, toast: LocalizedText): Decided => ({ ...about, kind: 'action', decision: 'ignored', end: 'ignored', toast });

/** What is told of a press that may happen once, when another process was first to write one down. */
export const outrun = (pressed: Decided): Decided => ({
  ...{ ...pressed, decision: 'refused', end: 'refused' },
  toast: pressed.command === 'new' ? toasts.ended : toasts.asked,
});

const isEnded = ({ state }: Press): boolean => state !== 'waiting' && state !== 'running';
/** In private everything is one's own. */
const mayPress = (press: Press, involved: boolean): boolean => press.address.kind === 'private' || involved;

const acceptedToast = (action: CardAction, press: Press): LocalizedText =>
  action === 'stop' && !mayPress(press, press.asker) ? toasts.ownersToo : accepted[action];

/** Whether who did not ask owns the group, and so may, the conversation asks the platform: that takes longer than a press may wait. */
function stop(about: Base, press: Press, tellsOwners: boolean): Decided {
  if (isEnded(press)) return ignored(about, toasts.over);
  if (!mayPress(press, press.asker) && !tellsOwners) return refused(about, toasts.notYours);
  return { ...about, kind: 'action', decision: 'accepted', toast: acceptedToast('stop', press) };
}

/** Everybody who sees an answer may rate it, however old it is. The newest rating of a person counts. */
function rate(about: Base, press: Press): Decided {
  const { action, detail } = about.event;
  if (press.state !== 'done') return ignored(about, isEnded(press) ? toasts.notRated : toasts.running);
  if (!appearanceOf(press.appearance).feedback) return ignored(about, toasts.notRated);
  const says = (given: string | null | undefined) => given?.trim() || null;
  const isNews = press.rating?.action !== action || (says(detail) !== null && says(detail) !== says(press.rating?.detail));
  if (!isNews) return ignored(about, toasts.noted);
  return { ...about, kind: 'action', decision: 'accepted', end: 'done', toast: accepted[action!] };
}

/** The same question as a turn of its own. The old answer stays; the expert is asked as if it had not been given. */
async function again(store: Store, about: Base, press: Press): Promise<Decided> {
  const hindrance = hindranceOf(press);
  if (hindrance) return refused(about, hindrance);
  const asked = await store.turns.asked(about.target!);
  if (asked.length === 0) return refused(about, toasts.noQuestion);
  const quote = asked.find((one) => one.quote)?.quote;
  const text = questionAgain(asked, about.event.sender.id);
  const event: InboundEvent = {
    ...about.event,
    text,
    attachments: asked.flatMap(({ attachments }) => attachments),
    ...(quote && { quote }),
  };
  return { ...about, event, kind: 'action', asks: true, language: languageOf(text), decision: 'accepted', toast: toasts.again };
}

function hindranceOf(press: Press): LocalizedText | undefined {
  if (!isEnded(press)) return toasts.running;
  if (!mayPress(press, press.asker)) return toasts.notYours;
  if (press.repeated) return toasts.asked;
  if (!press.open || press.renewed) return toasts.ended;
  return press.newest ? undefined : toasts.old;
}

/** The same as `/new`, said by whoever pressed; a card of a session that is over ends no later one. */
function renew(about: Base, press: Press): Decided {
  if (!press.open || press.renewed) return ignored(about, toasts.ended);
  if (!mayPress(press, press.participant)) return refused(about, toasts.notYours);
  if (!press.newest) return ignored(about, toasts.old);
  return { ...about, kind: 'command', command: 'new', decision: 'accepted', toast: toasts.new };
}
