import { parseCommand } from './command';
import type { InboundEvent } from './event';
import { quietSince } from './quiet-hours';
import type { TriggerSettings } from './trigger';

/**
 * What the policies say of an event by themselves; counts come later.
 * `ignored`: no concern of the bot's. `overheard`: said in a group that it serves, but not to it. The others are refusals a person is told of.
 */
export type Admission = 'accepted' | 'ignored' | 'overheard' | 'outsider' | 'quietHours';

/** @param settings those that hold in the event's chat */
export function admit(settings: TriggerSettings, event: InboundEvent): Admission {
  if (event.sender.self) return 'ignored';
  if (event.kind === 'recall' || event.kind === 'edit') return 'accepted';
  if (!mayAsk(settings, event.sender.id)) return 'ignored';
  if (event.kind === 'action') return 'accepted';
  const scope = event.address.kind === 'private' ? admitsPrivate(settings, event) : admitsGroup(settings, event);
  if (scope !== 'accepted') return scope;
  if (event.sender.bot && settings.bots === 'ignore') return event.address.kind === 'group' ? 'overheard' : 'ignored';
  if (event.sender.external && settings.external === 'refuse') return 'outsider';
  const isQuiet = settings.quietHours !== null && quietSince(settings.quietHours, event.at) !== undefined;
  // What was begun before may always be stopped.
  return isQuiet && parseCommand(event.text)?.name !== 'stop' ? 'quietHours' : 'accepted';
}

/** Whether a command or a pressed button comes too late to be what its sender still wants. An unknown time is never late. */
export const isLate = ({ staleCommandSeconds }: TriggerSettings, { at }: InboundEvent, now: number): boolean =>
  at > 0 && now - at > staleCommandSeconds * 1000;

const mayAsk = ({ people }: TriggerSettings, id: string): boolean =>
  !people.block.includes(id) && (people.allow.length === 0 || people.allow.includes(id));

function admitsPrivate({ privateChats }: TriggerSettings, { sender }: InboundEvent): 'accepted' | 'ignored' {
  if (privateChats.scope === 'none') return 'ignored';
  return privateChats.scope === 'all' || privateChats.people.includes(sender.id) ? 'accepted' : 'ignored';
}

function admitsGroup({ groups }: TriggerSettings, event: InboundEvent): 'accepted' | 'ignored' | 'overheard' {
  const { chatId } = event.address;
  if (groups.scope === 'none' || groups.block.includes(chatId)) return 'ignored';
  if (groups.scope === 'selected' && !groups.chats.includes(chatId)) return 'ignored';
  if (groups.people.length > 0 && !groups.people.includes(event.sender.id)) return 'overheard';
  const isNamed = event.forBot || (event.forAll === true && groups.mentionAll);
  if (isNamed || groups.mention === 'any') return 'accepted';
  const text = event.text.toLowerCase();
  return groups.mention === 'keywords' && groups.keywords.some((word) => text.includes(word.toLowerCase())) ? 'accepted' : 'overheard';
}
