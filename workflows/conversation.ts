import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import * as talk from '../domain/conversation';
import { defaultTrigger } from '../domain/trigger';
import {
  type ConversationInput,
  type ConversationResult,
  type ConversationView,
  conversationQuery,
  heardSignal,
  searchAttributes,
} from './messages';
import { endSession, settle, turnSteps } from './steps';

/**
 * One chat: hears, gathers, answers one turn at a time, ends its session in silence.
 * One run is one session, except that continue-as-new keeps the session. All decisions are in `domain/conversation.ts`; here is what waits.
 */
export async function conversation(input: ConversationInput): Promise<ConversationResult> {
  const chat: Chat = {
    input,
    s: input.carried ?? talk.openConversation(uuid4(), defaultTrigger, Date.now()),
    steps: turnSteps(input.repliesQueue),
    // Attributes outlive continue-as-new.
    failing: workflowInfo().typedSearchAttributes.get(searchAttributes.state) === 'failing',
  };

  setHandler(
    heardSignal,
    (events) => {
      for (const event of events) chat.s = talk.hear(chat.s, event, clock());
      if (chat.s.running?.stop) chat.stopTurn?.();
    },
    { description: 'Events of this chat, by id' },
  );
  setHandler(conversationQuery, () => view(chat.s), { description: 'State, running turn, queue and deadlines' });

  background(chat, doChores);
  background(chat, showQueue);
  background(chat, closeReplies);
  background(chat, watchSilence);

  for (;;) {
    describe(chat);
    await condition(() => talk.turnDueAt(chat.s) !== undefined || (isOver(chat) && talk.isIdle(chat.s)));
    if (talk.turnDueAt(chat.s) === undefined) return await endOfSession(chat);
    await quiet(chat);
    if (talk.turnDueAt(chat.s) === undefined) continue;
    await takeTurn(chat);
    // A long history: the same session goes on in a new run, with everything it holds; steps under way would be lost, so not before they are done.
    if (workflowInfo().continueAsNewSuggested && !chat.busy) await continueAsNew<typeof conversation>({ ...input, carried: chat.s });
  }
}

interface Chat {
  readonly input: ConversationInput;
  readonly steps: ReturnType<typeof turnSteps>;
  s: talk.Conversation;
  /** Nobody said anything for the session's time. */
  silent?: boolean;
  failing: boolean;
  stopTurn?: () => void;
  /** Background steps under way: continue-as-new waits for them. */
  busy?: number;
}

const clock = (): talk.Clock => ({ now: Date.now(), newId: uuid4 });
const isOver = (chat: Chat): boolean => chat.s.ending !== undefined || chat.silent === true;

/** Waits until the chat falls quiet, or the gathering has lasted long enough. A full turn need not wait. */
async function quiet(chat: Chat): Promise<void> {
  for (;;) {
    const due = talk.turnDueAt(chat.s);
    if (due === undefined || due <= Date.now()) return;
    await sleepUnless(due - Date.now(), 'gathering', () => (talk.turnDueAt(chat.s) ?? 0) === 0);
  }
}

/** A durable timer that is left early when the condition holds. */
async function sleepUnless(ms: number, summary: string, holds: () => boolean): Promise<void> {
  try {
    await CancellationScope.cancellable(async () => {
      await Promise.race([sleep(ms, { summary }), condition(holds)]);
      CancellationScope.current().cancel();
    });
  } catch (error) {
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
  }
}

async function takeTurn(chat: Chat): Promise<void> {
  chat.s = talk.beginTurn(chat.s, clock());
  const turn = chat.s.running!;
  describe(chat);
  const scope = new CancellationScope();
  chat.stopTurn = () => scope.cancel();
  try {
    if (turn.stop) scope.cancel();
    const outcome = await scope.run(() =>
      chat.steps.answer.executeWithOptions({ summary: `turn ${turn.number} · ${turn.events.length} message(s)` }, [
        { ...turnKey(chat, turn), number: turn.number },
      ]),
    );
    if (outcome.state !== 'empty' && !outcome.closed) chat.s = talk.leaveClosing(chat.s, turn.id);
    mark(chat, outcome.state === 'failed');
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    await endLostTurn(chat, turn, error);
  } finally {
    delete chat.stopTurn;
    chat.s = talk.endTurn(chat.s, Date.now());
  }
}

/** The activity itself could not write the end: its worker died while it was being stopped, or its time ran out. */
async function endLostTurn(chat: Chat, turn: talk.Running, error: unknown): Promise<void> {
  const cause = chat.s.running?.stop?.cause;
  if (!cause && !isCancellation(error)) mark(chat, true);
  try {
    const end = cause ? ({ state: 'stopped', cause } as const) : ({ state: 'failed', code: 'out_of_time' } as const);
    await chat.steps.endTurn.executeWithOptions({ summary: `turn ${turn.number} ${end.state}` }, [
      { ...turnKey(chat, turn), number: turn.number, end },
    ]);
  } catch (failure) {
    log.error('the end of a turn could not be written; the sentinel will', { turnId: turn.id, failure: String(failure) });
  }
}

const turnKey = (chat: Chat, turn: talk.Turn) => ({
  turnId: turn.id,
  sessionId: chat.s.sessionId,
  chatId: chat.input.chatId,
  runId: workflowInfo().runId,
  eventIds: turn.events.map(({ id }) => id),
});

// --- in the background ------------------------------------------------------------------------------------------------------

function background(chat: Chat, loop: (chat: Chat) => Promise<void>): void {
  loop(chat).catch((error) => {
    if (!isCancellation(error)) throw error;
  });
}

/** Notices, ends of turns that never ran, ends written down: one after the other. */
async function doChores(chat: Chat): Promise<void> {
  for (;;) {
    await condition(() => chat.s.chores.length > 0);
    const chore = chat.s.chores[0]!;
    if (chore.kind === 'askOwner') {
      await learnOwner(chat, chore.event);
      continue;
    }
    await underWay(chat, `chore ${chore.kind}`, () => perform(chat, chore));
    chat.s = talk.choreDone(chat.s);
  }
}

async function learnOwner(chat: Chat, event: talk.Heard): Promise<void> {
  let isOwner = false;
  await underWay(chat, 'group owner', async () => {
    isOwner = await chat.steps.isOwner({ eventId: event.id });
  });
  chat.s = talk.ownerKnown(chat.s, event, isOwner, clock());
  if (chat.s.running?.stop) chat.stopTurn?.();
}

function perform(chat: Chat, chore: Exclude<talk.Chore, { kind: 'askOwner' }>): Promise<unknown> {
  switch (chore.kind) {
    case 'settle':
      return settle({ eventIds: chore.eventIds, end: chore.end });
    case 'endTurn':
      return chat.steps.endTurn.executeWithOptions({ summary: `waiting turn ${chore.cause}` }, [
        { ...turnKey(chat, chore.turn), end: { state: 'stopped', cause: chore.cause } },
      ]);
    case 'notice': {
      const { s } = chat;
      const status = {
        running: s.running !== undefined,
        waiting: s.waiting.length,
        turns: s.turnsTaken,
        startedAt: s.startedAt,
        timeoutSeconds: s.timings.sessionTimeoutSeconds,
      };
      return chat.steps.notify.executeWithOptions({ summary: chore.notice }, [
        { eventId: chore.event.id, notice: chore.notice, end: chore.end, status },
      ]);
    }
  }
}

/** Keeps the cards of waiting turns true: their place, how many messages they hold. Bursts are shown once. */
async function showQueue(chat: Chat): Promise<void> {
  const picture = () => chat.s.waiting.map((turn, place) => `${turn.id}:${place}:${turn.events.length}`).join();
  let shown = '';
  for (;;) {
    await condition(() => picture() !== shown && (chat.s.running !== undefined || chat.s.waiting.length === 0));
    shown = picture();
    const waiting = chat.s.waiting.map((turn, place) => ({ ...turnKey(chat, turn), place: place + 1, messages: turn.events.length }));
    if (waiting.length > 0)
      await underWay(chat, 'queued cards', () =>
        chat.steps.showWaiting.executeWithOptions({ summary: `${waiting.length} waiting` }, [{ waiting }]),
      );
  }
}

/** Last frames that the platform has not taken yet. */
async function closeReplies(chat: Chat): Promise<void> {
  for (;;) {
    await condition(() => chat.s.closing.length > 0);
    const turnId = chat.s.closing[0]!;
    // Not counted as under way: after continue-as-new the next run begins it again, and it changes nothing twice.
    await chat.steps.closeReply({ turnId }).catch((error: unknown) => {
      if (CancellationScope.current().consideredCancelled) throw error;
      log.warn('a last frame was refused for good', { turnId, error: String(error) });
    });
    chat.s = talk.closed(chat.s, turnId);
  }
}

/** What fails for good here is left to the sentinel: it must not stop the chat. */
async function underWay(chat: Chat, what: string, step: () => Promise<unknown>): Promise<void> {
  chat.busy = (chat.busy ?? 0) + 1;
  try {
    await step();
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    log.warn('a step failed for good', { what, error: String(error) });
  } finally {
    chat.busy -= 1;
  }
}

/** One durable timer, armed anew only when it fires early: messages cost no timers. It never cuts a turn. */
async function watchSilence(chat: Chat): Promise<void> {
  await condition(() => chat.s.openedAt !== undefined);
  for (;;) {
    const deadline = talk.sessionDeadline(chat.s);
    const left = deadline - Date.now();
    if (left <= 0 && talk.isIdle(chat.s)) break;
    // A publish may have made the time-out shorter.
    if (left > 0) await sleepUnless(left, 'session time-out', () => talk.sessionDeadline(chat.s) < deadline);
    else await condition(() => talk.isIdle(chat.s));
  }
  chat.silent = true;
}

// --- the end ----------------------------------------------------------------------------------------------------------------

async function endOfSession(chat: Chat): Promise<ConversationResult> {
  const reason = chat.s.ending?.reason ?? 'timeout';
  chat.s = talk.beginEnding(chat.s, reason);
  describe(chat);
  if (chat.s.turnsTaken > 0) await underWay(chat, 'end of session', () => endSession({ sessionId: chat.s.sessionId, reason }));
  // What came meanwhile belongs to the next session. No await between this look and the return: a signal that is later opens a new run.
  if (chat.s.after.length > 0)
    await continueAsNew<typeof conversation>({ ...chat.input, carried: talk.nextSession(chat.s, uuid4(), clock()) });
  upsertSearchAttributes([{ key: searchAttributes.state, value: 'ended' }]);
  return { sessionId: chat.s.sessionId, turns: chat.s.turnsTaken, reason };
}

// --- what an administrator sees ---------------------------------------------------------------------------------------------

/** The search attribute changes only on open, failing, ended. */
function mark(chat: Chat, failing: boolean): void {
  if (failing === chat.failing) return;
  chat.failing = failing;
  upsertSearchAttributes([{ key: searchAttributes.state, value: failing ? 'failing' : 'open' }]);
}

function describe({ s, input }: Chat): void {
  const { state, turns, waiting, gathering, sessionDeadline } = view(s);
  const page = input.consoleUrl ? `\n\n[Open the conversation](${input.consoleUrl}#/conversations/${s.sessionId})` : '';
  setCurrentDetails(
    `**${state}** · ${turns} turn(s) · ${waiting.length} waiting · ${gathering} gathering · ends in silence ${new Date(sessionDeadline).toISOString()}${page}`,
  );
}

function view(s: talk.Conversation): ConversationView {
  return {
    sessionId: s.sessionId,
    state: s.ending ? 'ending' : s.running ? 'answering' : s.gathering.length ? 'gathering' : 'idle',
    turns: s.turnsTaken,
    ...(s.running && {
      running: { id: s.running.id, number: s.running.number, startedAt: s.running.startedAt, messages: s.running.events.length },
    }),
    waiting: s.waiting.map(({ id, events }) => ({ id, messages: events.length })),
    gathering: s.gathering.length,
    sessionDeadline: talk.sessionDeadline(s),
    events: [...talk.knownEvents(s), ...s.closing],
  };
}
