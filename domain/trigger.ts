import type { Address, InboundEvent } from './event';
import type { LocalizedText } from './language';
import type { QuietHours } from './quiet-hours';
import { anyMatch, defaultOrder, type RouteMatch } from './routing';

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

/** How a group is served; a group of its own may differ in any of it. */
export interface GroupPolicy {
  /** With anybody here nobody else may ask in a group; what others say is context at most. */
  readonly people: readonly string[];
  /** What makes a message of a group one for the bot. */
  readonly mention: 'required' | 'any' | 'keywords';
  readonly keywords: readonly string[];
  /** Naming everybody names the bot. */
  readonly mentionAll: boolean;
  readonly conversation: 'shared' | 'member' | 'thread';
  /** What was said in a group but not to the bot, handed over before a question: at most so many messages (0 = none are kept), at most so old. */
  readonly context: { readonly messages: number; readonly windowSeconds: number };
}

type Overridable = Omit<GroupPolicy, 'context'> &
  Timings &
  Pick<TriggerSettings, 'bots' | 'botTurns' | 'external' | 'quietHours' | 'staleAfterSeconds' | 'staleCommandSeconds'> & {
    readonly context: { readonly [Key in keyof GroupPolicy['context']]?: number | undefined };
  };

/** What is otherwise in some groups. */
export type GroupOverride = { readonly chats: readonly string[] } & { readonly [Key in keyof Overridable]?: Overridable[Key] | undefined };

export interface TriggerSettings extends Timings {
  readonly privateChats: { readonly scope: 'all' | 'selected' | 'none'; readonly people: readonly string[] };
  readonly groups: GroupPolicy & {
    readonly scope: 'all' | 'selected' | 'none';
    readonly chats: readonly string[];
    /** Never served, whatever the scope. */
    readonly block: readonly string[];
    /** The first that names a group counts. */
    readonly overrides: readonly GroupOverride[];
  };
  /** Who may ask anywhere: with names in `allow` nobody else, and never who is in `block`. */
  readonly people: { readonly allow: readonly string[]; readonly block: readonly string[] };
  readonly bots: 'ignore' | 'answer';
  /** Messages of bots that are answered in a row in one chat before a person asks again. */
  readonly botTurns: number;
  /** People from outside the company. */
  readonly external: 'answer' | 'refuse';
  /** Most messages of one person in so many seconds, over all chats of an integration; 0 messages = no limit. */
  readonly perPerson: { readonly messages: number; readonly seconds: number };
  readonly quietHours: QuietHours | null;
  /** A question older than this when its turn would begin ends as `expired`. */
  readonly staleAfterSeconds: number;
  /** A command or a pressed button older than this when it arrives is not carried out. */
  readonly staleCommandSeconds: number;
  /** Which of an integration's triggers takes an event: see `domain/routing.ts`. */
  readonly order: number;
  readonly match: RouteMatch;
  /** What is said in place of an answer while the expert is paused. */
  readonly paused?: LocalizedText;
}

export const defaultTrigger: TriggerSettings = {
  gatherMs: 1000,
  gatherMaxMs: 5000,
  gatherMaxMessages: 10,
  sessionTimeoutSeconds: 3600,
  onBusy: 'queue',
  queueMax: 5,
  privateChats: { scope: 'all', people: [] },
  groups: {
    ...{ scope: 'all', chats: [], block: [], people: [], mention: 'required', keywords: [], mentionAll: false, conversation: 'shared' },
    ...{ context: { messages: 0, windowSeconds: 3600 }, overrides: [] },
  },
  people: { allow: [], block: [] },
  bots: 'ignore',
  botTurns: 3,
  external: 'answer',
  perPerson: { messages: 0, seconds: 60 },
  quietHours: null,
  staleAfterSeconds: 86_400,
  staleCommandSeconds: 60,
  order: defaultOrder,
  match: anyMatch,
};

/** Settings as they were stored, perhaps before there were some of the policies, with the defaults of whatever they lack, at every depth. */
export function completeTrigger(stored: Partial<TriggerSettings> | null): TriggerSettings {
  const settings = { ...defaultTrigger, ...stored };
  return {
    ...settings,
    privateChats: { ...defaultTrigger.privateChats, ...settings.privateChats },
    groups: { ...defaultTrigger.groups, ...settings.groups, context: { ...defaultTrigger.groups.context, ...settings.groups.context } },
    people: { ...defaultTrigger.people, ...settings.people },
    perPerson: { ...defaultTrigger.perPerson, ...settings.perPerson },
    match: { ...anyMatch, ...settings.match },
  };
}

/** The settings that hold in one chat: those of its group, where it has some. */
export function settingsFor(settings: TriggerSettings, { kind, chatId }: Pick<Address, 'kind' | 'chatId'>): TriggerSettings {
  const { overrides, ...groups } = settings.groups;
  const plain = { ...settings, groups: { ...groups, overrides: [] }, match: anyMatch };
  const found = kind === 'group' ? overrides.find(({ chats }) => chats.includes(chatId)) : undefined;
  if (!found) return plain;
  const { people, mention, keywords, mentionAll, conversation, context, chats: _, ...others } = found;
  return {
    ...plain,
    ...given(others),
    groups: {
      ...plain.groups,
      ...given({ people, mention, keywords, mentionAll, conversation }),
      context: { ...groups.context, ...given(context ?? {}) },
    },
  };
}

type Given<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without fields that are undefined: spread over others they would hide them. */
const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;

/** Every chat that an event may belong to, whatever the settings say. */
export function possibleChatKeys(event: InboundEvent): readonly string[] {
  const conversations = event.address.kind === 'private' ? (['shared'] as const) : (['shared', 'member', 'thread'] as const);
  const keys = conversations.map((conversation) => chatKey({ groups: { ...defaultTrigger.groups, conversation } }, event));
  return [...new Set(keys)];
}

/** Which conversation an event belongs to: one key per chat, per group member, or per thread. Unique within an integration. */
export function chatKey(settings: { readonly groups: Pick<GroupPolicy, 'conversation'> }, { address, sender }: InboundEvent): string {
  const part = encodeURIComponent;
  if (address.kind === 'private') return `private/${part(address.chatId)}`;
  const group = `group/${part(address.chatId)}`;
  if (settings.groups.conversation === 'member') return `${group}/member/${part(sender.id)}`;
  if (settings.groups.conversation === 'thread' && address.threadId) return `${group}/thread/${part(address.threadId)}`;
  return group;
}
