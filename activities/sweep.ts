import { Context, log } from '@temporalio/activity';
import { isEnd } from '../domain/answer';
import type { Deps } from './deps';
import { stoppedOutcome } from './view';
import { openWriter } from './writer';

export interface SweepResult {
  /** Events older than a minute without an end. */
  readonly overdue: number;
  /** Of those, handed to the relay again because no open run knows them. */
  readonly repaired: number;
  /** Of those, still without an end and without anybody who works on them. */
  readonly left: number;
}

/** How much one sweep takes on; tests take on less. */
export interface SweepLimits {
  /** It ends before its activity's time does: what goes on beyond that would meet the next one. */
  readonly atMostMs: number;
  /** Open sessions that are compared. */
  readonly sessions: number;
}

const LIMITS: SweepLimits = { atMostMs: 40_000, sessions: 500 };
const EVENTS = 5000;
const REPLIES = 100;
/** Chats that Temporal is asked about at once. */
const AT_ONCE = 16;
const CLOSING_MS = 1000;
const START = '00000000-0000-0000-0000-000000000000';
/** Longer than any platform asks about anything: an answer is shown within a day, a card may be pressed for a few. */
const CHANNELS_REMEMBER_MS = 7 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/**
 * The sentinel's work: compares the ledger with what Temporal's open runs know. Events that nobody works on are handed to the relay again, under the
 * turn that owned them, so that the same card goes on; replies that no event brings back are closed; sessions without a run have ended.
 */
export function createSweep(deps: Deps, { atMostMs, sessions }: SweepLimits = LIMITS) {
  const { store, limits } = deps;
  const tidy = createTidying(deps);
  // Whom the last sweep of this process came to last: whoever comes after is first now.
  let lastChat = START;
  let lastSession = START;

  async function compareEvents(signal: AbortSignal): Promise<Pick<SweepResult, 'overdue' | 'repaired'>> {
    const overdue = await store.events.overdue(limits.overdueMs, EVENTS);
    const chats = byChat(overdue).sort((a, b) => (a.chatId < b.chatId ? -1 : 1));
    const isNext = ({ chatId }: OverdueChat) => chatId > lastChat;
    const inTurn = [...chats.filter(isNext), ...chats.filter((chat) => !isNext(chat))];
    let repaired = 0;
    await withEach(inTurn, signal, async (chat) => {
      lastChat = chat.chatId;
      repaired += await repair(deps, chat);
    });
    return { overdue: overdue.length, repaired };
  }

  async function compareSessions(signal: AbortSignal): Promise<void> {
    const olderThanMs = Math.max(limits.overdueMs, 10_000);
    await store.conversations.endSuperseded(olderThanMs);
    const open = await store.conversations.open(olderThanMs, lastSession, sessions);
    await withEach(open, signal, async ({ id, chatId }) => {
      lastSession = id;
      if ((await deps.openRunKnows(chatId)) === undefined && !(await store.events.chatHasUnended(chatId)))
        await store.conversations.end(id, 'timeout');
    });
    if (open.length < sessions && !signal.aborted) lastSession = START;
  }

  return async function sweep(): Promise<SweepResult> {
    const signal = AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(atMostMs)]);
    await tidy().catch((error: unknown) => log.warn('what nobody needs any more stays for now', { error: nameOf(error) }));
    const compared = await compareEvents(signal);
    await withEach(await store.turns.abandoned(limits.overdueMs, REPLIES), signal, (reply) => endAbandoned(deps, reply));
    await compareSessions(signal);
    return { ...compared, left: await store.events.countUnended() };
  };
}

/** Forgets what nobody needs any more. Comes first, so that it is done however long the rest takes. */
function createTidying({ store }: Deps): () => Promise<void> {
  let forgetAt = 0;
  return async () => {
    await store.context.expire();
    if (Date.now() < forgetAt) return;
    await store.memory.forget(CHANNELS_REMEMBER_MS, EVENTS);
    await store.budgets.forgetChats(CHANNELS_REMEMBER_MS);
    forgetAt = Date.now() + HOUR_MS;
  };
}

type Overdue = Awaited<ReturnType<Deps['store']['events']['overdue']>>[number];

interface OverdueChat {
  readonly chatId: string;
  readonly events: readonly Overdue[];
}

/** Resolves how many events of the chat go to the relay again. */
async function repair({ store, openRunKnows }: Deps, { chatId, events }: OverdueChat): Promise<number> {
  const ids = new Set(await openRunKnows(chatId));
  const isKnown = ({ id, turnId }: Overdue) => ids.has(id) || (turnId !== null && ids.has(turnId));
  const orphans = events.filter((event) => event.delivered && !isKnown(event)).map(({ id }) => id);
  if (orphans.length > 0) await store.events.orphan(orphans);
  await store.events.adopted(events.filter(isKnown).map(({ id }) => id));
  return orphans.length;
}

type Abandoned = Awaited<ReturnType<Deps['store']['turns']['abandoned']>>[number];

/** All that it was asked is taken back or refused, and whoever was to say so is gone. */
async function endAbandoned(deps: Deps, { id, chatId, eventIds }: Abandoned): Promise<void> {
  const known = (await deps.openRunKnows(chatId)) ?? [];
  if ([id, ...eventIds].some((one) => known.includes(one))) return;
  const turn = await deps.store.turns.takeOver(id);
  const first = await deps.store.turns.firstEvent(id);
  if (!turn || !first || turn.reply.finishedAt) return;
  const { view, text } = turn.reply;
  const writer = await openWriter(deps, turn, first.address);
  if (view && isEnd(view.state)) await writer?.close(view, CLOSING_MS);
  else await writer?.end(stoppedOutcome('recalled', text, first.language), CLOSING_MS);
}

/** Some at a time, until there is no time left. What fails is left to the next sweep, and keeps no other chat from this one. */
async function withEach<T extends { readonly chatId: string }>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const takeThem = async (): Promise<void> => {
    for (const item of left) {
      if (signal.aborted) return;
      await work(item).catch((error: unknown) =>
        log.warn('a chat could not be compared with its workflow', { chatId: item.chatId, error: nameOf(error) }),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeThem));
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

function byChat(overdue: readonly Overdue[]): OverdueChat[] {
  const chats = new Map<string, Overdue[]>();
  for (const event of overdue) chats.set(event.chatId, [...(chats.get(event.chatId) ?? []), event]);
  return [...chats].map(([chatId, events]) => ({ chatId, events }));
}
