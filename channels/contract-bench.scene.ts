import type { ReplyState, ReplyView } from '../domain/answer';
import type { Address, CardAction } from '../domain/event';
import { localPorts } from '../tests/support/ports';
import {
  type Abilities,
  abilitiesOf,
  type Channel,
  type Messenger,
  type Mode,
  type Ports,
  type ReplyRef,
  type TurnRef,
  type WebhookCall,
} from './channel';

/** A platform to test against, in the few words that all of them share. What people do comes by itself, or in mode `receive` by `call`. */
export interface PlatformUnderTest<Config> {
  readonly config: Config;
  /** The same with credentials that the platform refuses. */
  readonly badConfig: Config;
  /** Where replies of these tests go. */
  readonly chat: Address;
  /** A person says something to the bot; answers the id that the event will have. */
  say(text: string): string | Promise<string>;
  /** Where a button can be pressed: on the reply of this turn, which has ended. */
  press?(action: CardAction, turnId: string): unknown;
  /** Where the platform tells of recalls: a person takes back the message of this id. */
  recall?(messageId: string): unknown;
  /** Where messengers fetch files: a person sends a picture. */
  sendPicture?(bytes: Buffer): unknown;
  /** For modes that are called: what the platform posts for what was done last. */
  call?(): WebhookCall;
  /** What the chat shows of ours, oldest first: parts of one reply joined, commands' answers and notices as messages; files are none of these. */
  visible(): readonly Visible[] | Promise<readonly Visible[]>;
  /** All that the chat shows of replies in whatever form, to look for words in. */
  drawn(): string | Promise<string>;
  /** Where files can be sent: those that the chat shows of ours. */
  files?(): readonly Buffer[] | Promise<readonly Buffer[]>;
  /** Given where the platform is the channel's own memory; all its messengers share it. */
  readonly ports?: Ports;
  /** Whether the platform counts the last message as taken; absent where it does not care, and in modes that are called. */
  acknowledged?(): boolean;
  close(): Promise<void>;
}

export interface Visible {
  readonly kind: 'reply' | 'message';
  readonly text: string;
  /** No longer growing, no stop button. */
  readonly ended: boolean;
}

export interface ChannelContract<Config> {
  readonly name: string;
  readonly channel: Channel<Config>;
  readonly mode: string;
  readonly start: () => Promise<PlatformUnderTest<Config>>;
  /** False where the platform has no key for plain messages. */
  readonly keyed?: boolean;
  /** False where the platform cannot refuse a writer that was replaced. */
  readonly fenced?: boolean;
  /** False where a reply is shown only once it has ended. */
  readonly grows?: boolean;
  /** False where whoever reads puts states into words, not the channel. */
  readonly worded?: boolean;
}

export const view = (state: ReplyState, text: string, more: Partial<ReplyView> = {}): ReplyView => ({
  state,
  text,
  language: 'en',
  steps: [],
  ...more,
});

/** What each test of the contract starts from: a platform of its own, a turn, and a process to answer it. */
export interface Bench<Config = unknown> {
  readonly channel: Channel<Config>;
  readonly mode: string;
  readonly way: Mode['way'];
  readonly abilities: Abilities;
  readonly grows: boolean;
  readonly keyed: boolean;
  readonly fenced: boolean;
  readonly worded: boolean;
  platform(): PlatformUnderTest<Config>;
  ports(): Ports;
  messenger(): Messenger;
  /** As another process would make it. */
  another(): Messenger;
  turn(epoch?: number): TurnRef;
  saved(): ReplyRef | undefined;
  save(reply: ReplyRef): Promise<void>;
  visible(kind?: Visible['kind']): Promise<readonly Visible[]>;
  begin(text?: string, epoch?: number, known?: ReplyRef): Promise<ReplyRef>;
}

/** To be called within `describe`. */
export function createBench<Config>({ channel, mode, start, ...differences }: ChannelContract<Config>): Bench<Config> {
  let platform: PlatformUnderTest<Config>;
  let ports: Ports;
  let messenger: Messenger;
  let saved: ReplyRef | undefined;
  let turns = 0;
  beforeEach(async () => {
    platform = await start();
    ports = platform.ports ?? localPorts();
    messenger = channel.messenger(platform.config, ports);
    saved = undefined;
    turns++;
  });
  afterEach(() => platform.close());

  const bench: Bench<Config> = {
    ...{ channel, mode, way: channel.modes.find(({ name }) => name === mode)!.way, abilities: abilitiesOf(channel, mode) },
    ...{ keyed: true, fenced: true, grows: true, worded: true },
    ...differences,
    platform: () => platform,
    ports: () => ports,
    messenger: () => messenger,
    another: () => channel.messenger(platform.config, platform.ports ?? localPorts()),
    turn: (epoch = 1) => ({ id: `00000000-0000-4000-8000-${String(turns).padStart(12, '0')}`, epoch }),
    saved: () => saved,
    save: async (reply) => {
      saved = copied(reply);
    },
    visible: async (kind = 'reply') => (await platform.visible()).filter((each) => each.kind === kind),
    begin: (text = '', epoch = 1, known = undefined) =>
      messenger.beginReply(platform.chat, bench.turn(epoch), view(text ? 'streaming' : 'thinking', text), known, bench.save),
  };
  return bench;
}

/** As it comes back from where it was stored. */
export const copied = (reply: ReplyRef): ReplyRef => JSON.parse(JSON.stringify(reply)) as ReplyRef;
