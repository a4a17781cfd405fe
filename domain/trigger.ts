import type { InboundEvent } from './event';

export type BusyPolicy = 'queue' | 'interrupt' | 'drop';

/** The settings a conversation needs; they travel with each event, so that a publish takes effect with the next message. */
export interface Timings {
  readonly gatherMs: number;
  readonly gatherMaxMs: number;
  readonly gatherMaxMessages: number;
  readonly sessionTimeoutSeconds: number;
  readonly onBusy: BusyPolicy;
  readonly queueMax: number;
}

export interface TriggerSettings extends Timings {
  readonly privateChats: { readonly scope: 'all' | 'selected' | 'none'; readonly people: readonly string[] };
  readonly groups: {
    readonly scope: 'all' | 'selected' | 'none';
    readonly chats: readonly string[];
    readonly mention: 'required' | 'any' | 'keywords';
    readonly keywords: readonly string[];
    readonly conversation: 'shared' | 'member' | 'thread';
  };
  /** A question older than this when its turn would begin ends as `expired`. */
  readonly staleAfterSeconds: number;
}

export const defaultTrigger: TriggerSettings = {
  gatherMs: 1000,
  gatherMaxMs: 5000,
  gatherMaxMessages: 10,
  sessionTimeoutSeconds: 3600,
  onBusy: 'queue',
  queueMax: 5,
  privateChats: { scope: 'all', people: [] },
  groups: { scope: 'all', chats: [], mention: 'required', keywords: [], conversation: 'shared' },
  staleAfterSeconds: 86_400,
};

/** Whether the trigger lets an event through. `ignored` is silent (not meant for the bot); nothing else is decided here. */
export function admit(settings: TriggerSettings, event: InboundEvent): 'accepted' | 'ignored' {
  if (event.kind !== 'message') return 'accepted';
  return (event.address.kind === 'private' ? admitsPrivate(settings, event) : admitsGroup(settings, event)) ? 'accepted' : 'ignored';
}

function admitsPrivate({ privateChats }: TriggerSettings, event: InboundEvent): boolean {
  if (privateChats.scope === 'none') return false;
  return privateChats.scope === 'all' || privateChats.people.includes(event.sender.id);
}

function admitsGroup({ groups }: TriggerSettings, event: InboundEvent): boolean {
  if (groups.scope === 'none' || (groups.scope === 'selected' && !groups.chats.includes(event.address.chatId))) return false;
  if (groups.mention === 'any' || event.forBot) return true;
  return groups.mention === 'keywords' && groups.keywords.some((word) => event.text.toLowerCase().includes(word.toLowerCase()));
}

/** Which conversation an event belongs to: one key per chat, per group member, or per thread. Unique within an integration. */
export function chatKey(settings: TriggerSettings, { address, sender }: InboundEvent): string {
  const part = encodeURIComponent;
  if (address.kind === 'private') return `private/${part(address.chatId)}`;
  const group = `group/${part(address.chatId)}`;
  if (settings.groups.conversation === 'member') return `${group}/member/${part(sender.id)}`;
  if (settings.groups.conversation === 'thread' && address.threadId) return `${group}/thread/${part(address.threadId)}`;
  return group;
}
