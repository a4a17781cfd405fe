import { setTimeout as sleep } from 'node:timers/promises';
import type { Attachment, InboundEvent } from '../../domain/event';
import type { Deliver, DeliverResult } from '../channel';
import type { Account } from './account';
import type { Caller } from './calls';
import { forwards, inbound, type LarkEvent, namesSomebody } from './inbound';
import { fetchMessage, forwardedText, type KnownMessage, withQuoted } from './messages';

export interface HearingTimes {
  /** How long an event may wait to learn who our bot is, in milliseconds; Lark wants an answer within 3 s. */
  readonly botWaitMs: number;
  /** How long it may wait for what Lark tells only when asked: a quoted message, a forwarded bundle. */
  readonly lookUpMs: number;
}

/** Reads an event, completes it as far as time allows, and delivers it. Resolves undefined for what is no concern of ours. */
export type Hear = (event: LarkEvent) => Promise<DeliverResult | undefined>;

/** A press is not redelivered: this keeps it. Resolves undefined when nothing can be said of it in time. */
export type Keep = (press: InboundEvent) => Promise<DeliverResult | undefined>;

/**
 * What Lark leaves out of an event is asked for here. While one event waits for that, later ones of its chat wait behind it, so that they are
 * delivered in the order in which they came.
 */
export function createHearing(account: Account, call: Caller, times: HearingTimes, lines: Lines, deliver: Deliver, keep: Keep): Hear {
  return async (event) => {
    const known = namesSomebody(event) ? await botOf(account, times.botWaitMs) : undefined;
    const read = inbound(event, known);
    if (!read) return undefined;
    const whole = complete(call, event, read, times.lookUpMs);
    return lines(read.address.chatId, async () => (read.kind === 'action' ? keep(read) : deliver(await whole)));
  };
}

async function complete(call: Caller, event: LarkEvent, read: InboundEvent, withinMs: number): Promise<InboundEvent> {
  const given = new AbortController();
  const late = sleep(withinMs, undefined, { signal: given.signal }).catch(() => undefined);
  const soon = <T>(look: Promise<T>): Promise<T | undefined> => Promise.race([look.catch(() => undefined), late]);
  try {
    const quoted = read.quote?.messageId;
    const [bundle, quote] = await Promise.all([
      forwards(event) ? soon(fetchMessage(call, read.id)) : undefined,
      quoted ? soon(fetchMessage(call, quoted)) : undefined,
    ]);
    const whole = { ...read, ...(forwards(event) ? withForwarded(read, bundle) : {}) };
    return quote ? withQuoted(whole, quoted!, quote) : whole;
  } finally {
    given.abort();
  }
}

function withForwarded({ id, text }: InboundEvent, bundle: readonly KnownMessage[] | undefined): Partial<InboundEvent> {
  const inside = bundle && forwardedText(bundle);
  if (inside) return { text: `${text}\n${inside}` };
  // Not told in time: fetched like a file when the question is asked.
  const later: Attachment = { kind: 'file', ref: `forwarded/${id}`, name: 'forwarded messages.txt', mime: 'text/plain' };
  return { attachments: [later] };
}

/** Our bot's open_id, or undefined when Lark does not tell in time: then any bot that is named counts as ours. */
async function botOf(account: Account, waitMs: number): Promise<string | undefined> {
  const given = new AbortController();
  const late = sleep(waitMs, undefined, { signal: given.signal }).catch(() => undefined);
  try {
    return await Promise.race([account.bot().catch(() => undefined), late]);
  } finally {
    given.abort();
  }
}

export type Lines = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Runs what has the same key one after the other. */
export function createLines(): Lines {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    const leave = (): void => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(leave, leave);
    return mine;
  };
}
