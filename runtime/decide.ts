import { parseCommand } from '../domain/command';
import type { InboundEvent } from '../domain/event';
import { languageOf } from '../domain/language';
import { toasts, tooLate } from '../domain/phrases';
import { type Admission, admit, isLate } from '../domain/policy';
import { quietSince } from '../domain/quiet-hours';
import type { Refused } from '../domain/refusal';
import { chatKey, completeTrigger, settingsFor, type TriggerSettings } from '../domain/trigger';
import type { Store } from '../store';
import type { NewEvent } from '../store/new-event';
import type { Counts } from '../store/policies';
import type { Route } from '../store/routes';
import { type Decided, decideAction } from './card-actions';
import { routed, standing } from './routes';

/** What becomes of an event. */
export interface Decision {
  readonly decided: Decided;
  /** Where it depends on what came before: decides again, in the transaction that writes the event. */
  readonly weigh?: (counts: Counts) => Promise<Decided>;
}

type Base = Omit<NewEvent, 'kind' | 'decision'>;

/** Somebody from outside is told so at most once an hour. */
const OUTSIDER_TOLD_EVERY_MS = 3_600_000;

/** Without a published expert the question is accepted all the same: its card says what is missing. */
export const withSettings = (route: Route): Route & { readonly settings: TriggerSettings } => ({
  ...route,
  settings: completeTrigger(route.settings),
});

/**
 * Applies the trigger's policies and reads commands.
 * @param now in milliseconds
 * @param tellsOwners whether the platform tells who owns a group
 */
export async function decide(store: Store, found: Route, event: InboundEvent, now: number, tellsOwners = false): Promise<Decision> {
  const chosen = routed(found, event);
  const settings = strictest(settingsFor(withSettings(chosen).settings, event.address), found);
  const route = { ...chosen, settings };
  const base: Base = { route, event, language: languageOf(event.text), chatKey: chatKey(settings, event) };
  const admission = found.blocked && isSaid(event) ? 'ignored' : admit(settings, event);
  if (!route.enabled) {
    const about = admission === 'accepted' ? base : wordless(base);
    return { decided: { ...about, kind: event.kind, decision: 'refused', end: 'refused' } };
  }
  if (event.kind === 'recall' || event.kind === 'edit') return { decided: await decideAbout(store, base, event) };
  if (admission === 'ignored' || admission === 'overheard') return { decided: ignored(base, settings, admission) };
  if (event.kind === 'action') {
    if (isLate(settings, event, now)) return { decided: { ...base, kind: 'action', decision: 'refused', end: 'expired', toast: tooLate } };
    return oftenPressed(whilePaused(await decideAction(store, base, tellsOwners)), settings, timeOf(event, now));
  }
  return decideMessage(base, settings, admission, now);
}

/** Who comes from outside is answered where both the trigger and the integration do. */
const strictest = (settings: TriggerSettings, { external }: Route): TriggerSettings =>
  external === 'refuse' ? { ...settings, external } : settings;

/** Not about something that was said before: that may still be taken back. */
const isSaid = ({ kind }: InboundEvent): boolean => kind === 'message' || kind === 'action';

function decideMessage(base: Base, settings: TriggerSettings, admission: 'accepted' | Refused, now: number): Decision {
  const { event } = base;
  const { sender } = event;
  const command = parseCommand(event.text);
  const asked: NewEvent = command
    ? {
        ...{ ...base, event: { ...event, text: command.rest }, kind: 'command', command: command.name },
        ...{ asks: command.rest !== '', decision: 'accepted' },
      }
    : { ...base, ...standing(base.route, base.chatKey), kind: 'message', decision: 'accepted' };
  if (admission === 'outsider') {
    const first = async (counts: Counts) => (await counts.use('outsider', sender.id, timeOf(event, now), OUTSIDER_TOLD_EVERY_MS)) === 1;
    return { decided: refused(asked), weigh: async (counts) => refused(asked, (await first(counts)) ? 'outsider' : undefined) };
  }
  if (command && isLate(settings, event, now)) {
    return { decided: command.name === 'stop' ? { ...asked, decision: 'refused', end: 'expired' } : refused(asked, 'lateCommand') };
  }
  if (admission === 'quietHours') return duringQuietHours(asked, settings);
  if (base.route.paused && (!command || asked.asks)) return { decided: refused(withPause(asked), 'paused') };
  const counted = settings.bots === 'answer' || (settings.perPerson.messages > 0 && command?.name !== 'stop');
  return counted ? { decided: asked, weigh: (counts) => weigh(counts, base, asked, settings, timeOf(event, now)) } : { decided: asked };
}

/** What is told travels with the event: it stays what it was when the question came. */
const withPause = (asked: NewEvent): NewEvent =>
  asked.route.paused
    ? { ...asked, route: { ...asked.route, settings: { ...completeTrigger(asked.route.settings), paused: asked.route.paused } } }
    : asked;

/** A paused expert answers no question again either; whoever pressed is told at once. */
function whilePaused(decided: Decided): Decided {
  const { paused } = decided.route;
  return paused && decided.asks ? { ...decided, asks: false, decision: 'refused', end: 'refused', toast: paused } : decided;
}

/** A question asked again counts as one more of that person's; whoever pressed is told at once. */
function oftenPressed(decided: Decided, { perPerson }: TriggerSettings, at: number): Decision {
  if (!decided.asks || perPerson.messages === 0) return { decided };
  const weigh = async (counts: Counts): Promise<Decided> => {
    const used = await counts.use('person', decided.event.sender.id, at, perPerson.seconds * 1000);
    return used > perPerson.messages ? { ...decided, asks: false, decision: 'refused', end: 'refused', toast: toasts.tooMany } : decided;
  };
  return { decided, weigh };
}

/** The first message of each person in each quiet period is answered by a notice. */
function duringQuietHours(asked: NewEvent, { quietHours }: TriggerSettings): Decision {
  const { at, sender } = asked.event;
  const since = quietHours?.notice ? quietSince(quietHours, at) : undefined;
  if (since === undefined) return { decided: refused(asked) };
  const first = async (counts: Counts) => (await counts.use('quietHours', sender.id, since, 1)) === 1;
  return { decided: refused(asked), weigh: async (counts) => refused(asked, (await first(counts)) ? 'quietHours' : undefined) };
}

/** Refuses what is too much of one person, with one notice in each window, and leaves bots that talk to bots alone after a while. */
async function weigh(counts: Counts, base: Base, asked: NewEvent, settings: TriggerSettings, at: number): Promise<NewEvent> {
  const { sender, address } = base.event;
  const { messages, seconds } = settings.perPerson;
  if (messages > 0 && asked.command !== 'stop') {
    const used = await counts.use('person', sender.id, at, seconds * 1000);
    if (used > messages) return refused(asked, used === messages + 1 ? 'rateLimited' : undefined);
  }
  if (settings.bots === 'ignore') return asked;
  if (!sender.bot) await counts.clear('bots', address.chatId);
  else if ((await counts.use('bots', address.chatId, at)) > settings.botTurns) return ignored(base, settings, 'ignored');
  return asked;
}

/** A bot is never told anything: it might answer. */
function refused(asked: NewEvent, notice?: Refused): NewEvent {
  const told = notice !== undefined && !asked.event.sender.bot;
  const { renews: _, goesOn: __, ...rest } = asked;
  return { ...rest, asks: false, decision: 'refused', ...(told ? { notice } : { end: 'refused' }) };
}

/** What is not meant for the bot keeps its words only where the trigger wants them as context, and not for long. */
function ignored(base: Base, { groups }: TriggerSettings, admission: Extract<Admission, 'ignored' | 'overheard'>): NewEvent {
  const { kind, at } = base.event;
  const { messages, windowSeconds } = groups.context;
  if (admission === 'ignored' || messages === 0) return { ...wordless(base), kind, decision: 'ignored', end: 'ignored' };
  return { ...base, kind, decision: 'ignored', end: 'ignored', contextUntil: new Date(at + windowSeconds * 1000) };
}

function wordless(base: Base): Base {
  const { quote: _, detail: __, ...event } = base.event;
  return { ...base, event: { ...event, text: '', attachments: [], sender: { id: event.sender.id } } };
}

const timeOf = ({ at }: InboundEvent, now: number): number => (at > 0 ? at : now);

/** A recall is about an event of the ledger; an edit changes it there while nobody has asked it, so it needs no signal. */
async function decideAbout(store: Store, base: Base, event: InboundEvent): Promise<NewEvent> {
  const target = event.target ? await store.events.find(base.route.integrationId, event.target) : undefined;
  if (!target) return { ...wordless(base), kind: event.kind, decision: 'ignored', end: 'ignored' };
  const about = { ...base, kind: event.kind, chatKey: target.chatKey, target: target.id };
  if (target.ignored) return { ...wordless(about), ...(await changeContext(store, target.id, event)), kind: event.kind };
  if (event.kind === 'recall') return { ...about, decision: 'accepted' };
  const done = await store.events.edit(target.id, event.text);
  return { ...about, decision: done ? 'accepted' : 'ignored', end: done ? 'done' : 'ignored' };
}

/** What was kept as context changes or goes with its message; nobody has to be told. */
async function changeContext(store: Store, eventId: string, { kind, text }: InboundEvent): Promise<Pick<NewEvent, 'decision' | 'end'>> {
  if (kind === 'recall') await store.context.forget(eventId);
  else if (!(await store.context.edit(eventId, text))) return { decision: 'ignored', end: 'ignored' };
  return { decision: 'accepted', end: 'done' };
}
