/** An emulated platform, in the few words that the fault tests need of all of them. */
export interface Platform extends Shows {
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it delivers again what was not acknowledged; where it does not, a message counts only once it is in the ledger. */
  readonly redelivers: boolean;
  /** Processes that write replies. */
  readonly writers: readonly string[];
  /** Says something in a private chat; answers what delivers the same message once more. */
  say(chatId: string, text: string): () => void;
  /** What a chat shows besides replies: the answers to commands. */
  notices(chatId: string): readonly string[];
  /** Which way its notices came: by the robot's own interface, or by the address that came with the question. */
  ways?(chatId: string): readonly string[];
  /** When such an address was called. */
  addressed?(): readonly number[];
  /** Where it calls us, for those that do. */
  callBack?(url: string): void;
  /** Open sockets. */
  connections(): number;
  /** Calls beyond what the platform grants. */
  violations(): number;
  /** Ways to be unwell, one at a time: each begins one and answers what ends it. */
  readonly ailments: readonly (() => () => void)[];
  /** Its tokens are worth nothing from now on, for those that give any. */
  expireTokens?(): void;
  /** Calls since then that it refused. */
  refusals(since: number): number;
  close(): Promise<void>;
}

/** Whatever shows replies. */
export interface Shows {
  /** What a chat shows, oldest first; parts of one reply are joined. */
  replies(chatId: string): readonly Shown[];
}

export interface Shown {
  readonly text: string;
  /** No longer growing, nothing to stop. */
  readonly ended: boolean;
  /** When the first words of it stood there. */
  readonly begunAt: number;
}

export interface PlatformOptions {
  /** Whether the published limits are enforced. */
  readonly limits: boolean;
  /** Waits before what was not acknowledged comes again. */
  readonly redeliverMs?: readonly number[];
  /** When a stream of WeCom's can grow no more. */
  readonly streamMs?: number;
  /** DingTalk without the permission for cards, where the address that comes with a message lives for so long. */
  readonly withoutCardsMs?: number;
}
