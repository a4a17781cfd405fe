import { ChannelError } from '../../domain/errors';
import type { Language } from '../../domain/language';
import * as phrases from '../../domain/phrases';
import type { Memory } from '../channel';
import { superseded } from './errors';
import { withNote } from './note';

/** How much of a text a stream shows: so many characters from its beginning, known again by their fingerprint. */
export interface Head {
  readonly characters: number;
  readonly fingerprint: string;
}

/** One moment of a stream, ready to be shown. */
export interface Frame {
  /** At most 20,480 bytes of Markdown. */
  readonly content: string;
  readonly head: Head;
  /** The end: whoever polls next is told that the stream is finished. */
  readonly final: boolean;
  /** Goes with the end. */
  readonly card?: Readonly<Record<string, unknown>>;
}

/** Whose words a stream shows: a turn, or a notice under its key. The higher epoch writes. */
export interface Author {
  readonly id: string;
  readonly epoch: number;
}

const NOTICE = 'say/';
export const noticeAuthor = (key: string): Author => ({ id: `${NOTICE}${key}`, epoch: 0 });
export const isNotice = ({ id }: Author): boolean => id.startsWith(NOTICE);

/** What every gateway and worker knows of one stream; kept in the channel's memory under the stream's id. */
export interface StreamState {
  readonly openedAt: number;
  readonly chat: string;
  readonly language: Language;
  readonly author?: Author;
  readonly frame?: Frame;
  /** WeCom was told that the stream is finished: with the author's end, in the middle of it, or with a pointer to another message. */
  readonly closed?: 'end' | 'cut' | 'pointer';
  /** The end goes out another way. */
  readonly away?: true;
}

/** What a poll is answered with. */
export interface Shown {
  readonly content: string;
  readonly finish: boolean;
  readonly card?: Readonly<Record<string, unknown>>;
}

export interface StreamTimes {
  /** WeCom polls for 6 minutes; ours end by themselves a little earlier. */
  readonly endsMs: number;
  /** How long after a reply began in the chat a later message may still get one of its own. */
  readonly settleMs: number;
}

export interface Written {
  readonly state: StreamState;
  /** False when somebody else's end stands there, so nothing of ours can be shown. */
  readonly ours: boolean;
}

export interface Streams {
  /** A message came: its stream exists from now on. The same message again changes nothing. */
  open(id: string, state: Pick<StreamState, 'openedAt' | 'chat' | 'language'>): Promise<StreamState>;
  /** Shows a newer moment. Throws `superseded` when a newer writer has the stream. */
  write(id: string, author: Author, frame: Frame, unknown: Pick<StreamState, 'openedAt' | 'chat' | 'language'>): Promise<Written>;
  /** A turn shows its reply here: later messages of the chat that get none of their own were taken together with this one. */
  claim(state: StreamState, now: number): Promise<void>;
  /** Takes an end back that nobody polled, so that it can go another way; or, with `false`, leaves it here again. */
  divert(id: string, away: boolean): Promise<StreamState | undefined>;
  read(id: string): Promise<StreamState | undefined>;
  /** What WeCom is to show now. */
  poll(id: string, now: number, times: StreamTimes): Promise<Shown>;
}

const TRIES = 8;
/** Streams are polled every second or so: whoever is concerned by a claim has seen it by then. */
const CLAIMS_LAST_MS = 60_000;
const MOST_CLAIMS = 30;

/** A reply was begun: when, and when the message came that it answers. */
interface Claim {
  readonly openedAt: number;
  readonly at: number;
}

export function createStreams(memory: Memory): Streams {
  const keyOf = (id: string): string => `stream/${id}`;
  const claimsOf = (chat: string): string => `claims/${chat}`;

  /** Reads, decides, writes; again when another process wrote in between. `next` answers undefined to leave the state alone. */
  async function change(
    id: string,
    next: (state: StreamState | undefined) => StreamState | undefined | Promise<StreamState | undefined>,
  ): Promise<StreamState | undefined> {
    for (let left = TRIES; left > 0; left--) {
      const before = await memory.get<StreamState>(keyOf(id));
      const after = await next(before);
      if (after === undefined || after === before) return before;
      if (await memory.compareAndSet(keyOf(id), before, after)) return after;
    }
    throw new ChannelError('busy', 'The stream changed at the same time; try again.', { retryable: true });
  }

  /**
   * A reply that was begun after this message came, for another message, and no sign of one for this message since. Messages of a conversation
   * are answered in their order, so the other one may be older or newer; a busy chat has begun several since.
   */
  async function isAnsweredElsewhere({ chat, openedAt }: StreamState, now: number, settleMs: number): Promise<boolean> {
    const claims = (await memory.get<readonly Claim[]>(claimsOf(chat))) ?? [];
    return claims.some((claim) => claim.openedAt !== openedAt && claim.at >= openedAt && now - claim.at > settleMs);
  }

  async function claim(chat: string, made: Claim): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const known = await memory.get<readonly Claim[]>(claimsOf(chat));
      const recent = (known ?? []).filter(({ at }) => made.at - at < CLAIMS_LAST_MS);
      if (await memory.compareAndSet(claimsOf(chat), known, [...recent.slice(1 - MOST_CLAIMS), made])) return;
    }
  }

  return {
    open: async (id, { openedAt, chat, language }) => (await change(id, (known) => known ?? { openedAt, chat, language }))!,
    async write(id, author, frame, unknown) {
      let ours = true;
      const state = await change(id, (before) => {
        const known = before?.author;
        ours = known === undefined || known.id === author.id;
        if (!ours) return undefined;
        if (known && known.epoch > author.epoch) throw superseded();
        if (before?.closed) return undefined;
        return { ...(before ?? unknown), author, frame };
      });
      return { state: state!, ours: ours && state?.closed !== 'pointer' };
    },
    claim: ({ chat, openedAt }, now) => claim(chat, { openedAt, at: now }),
    divert: (id, away) =>
      change(id, (before) => {
        if (!before || before.closed || Boolean(before.away) === away) return undefined;
        const { away: _, ...rest } = before;
        return away ? { ...rest, away } : rest;
      }),
    read: (id) => memory.get<StreamState>(keyOf(id)),
    async poll(id, now, { endsMs, settleMs }) {
      const state = await change(id, async (before) => {
        if (!before || before.closed) return undefined;
        if (before.away) return { ...before, closed: 'pointer' };
        if (before.frame?.final) return { ...before, closed: 'end' };
        if (now - before.openedAt >= endsMs) return { ...before, closed: before.frame ? 'cut' : 'pointer' };
        if (!before.author && (await isAnsweredElsewhere(before, now, settleMs))) return { ...before, closed: 'pointer' };
        return undefined;
      });
      return shown(state, now, endsMs);
    },
  };
}

function cutOff(frame: Frame | undefined, language: Language): string {
  if (!frame || frame.head.characters === 0) return phrases.followsSeparately[language];
  const note = phrases.followsBelow[language];
  return frame.content.endsWith(note) ? frame.content : withNote(frame.content, note);
}

function shown(state: StreamState | undefined, now: number, endsMs: number): Shown {
  // Nothing is known of it: whatever is to be said comes another way.
  if (!state) return { content: phrases.followsSeparately.en, finish: true };
  const { frame, closed, language } = state;
  const content = frame?.content ?? '';
  if (closed === 'end') return { content, finish: true, ...(frame?.card ? { card: frame.card } : {}) };
  if (closed === 'cut') return { content: cutOff(frame, language), finish: true };
  if (closed === 'pointer') {
    const waited = state.away || now - state.openedAt >= endsMs;
    return { content: (waited ? phrases.followsSeparately : phrases.takenTogether)[language], finish: true };
  }
  return { content, finish: false };
}
