import { CancellationScope, condition, isCancellation, log, patched } from '@temporalio/workflow';
import { type Chore, type Heard, isIdle, sessionDeadline } from '../../domain/conversation';
import { choreDone } from '../../domain/conversation/chores';
import { ownerKnown } from '../../domain/conversation/hearing';
import { isStop } from '../../domain/conversation/stopping';
import { closed } from '../../domain/conversation/turns';
import { giveUpReply, settle } from '../steps';
import { type Chat, clock, sleepUnless, turnKey, underWay } from './chat';

/** What goes on beside the turns for as long as the run lives. */
export function startBackground(chat: Chat): void {
  for (const loop of [doChores, showQueue, closeReplies, watchSilence])
    loop(chat).catch((error) => {
      if (!isCancellation(error)) throw error;
    });
}

/** Notices, ends of turns that never ran, ends written down: one after the other. */
async function doChores(chat: Chat): Promise<void> {
  for (;;) {
    await condition(() => chat.s.chores.length > 0 && !chat.draining);
    const chore = asOnceDecided(chat.s.chores[0]!);
    if (chore.kind === 'askOwner') {
      await learnOwner(chat, chore.event);
      continue;
    }
    await underWay(chat, `chore ${chore.kind}`, () => perform(chat, chore));
    chat.s = choreDone(chat.s);
  }
}

/** Runs of the time before the platform was asked whose stop it is refused it at once. */
const asOnceDecided = (chore: Chore): Chore =>
  chore.kind === 'askOwner' && isStop(chore.event) && !patched('ask-owner-to-stop')
    ? { kind: 'notice', event: chore.event, notice: 'notYours', end: 'refused' }
    : chore;

async function learnOwner(chat: Chat, event: Heard): Promise<void> {
  let isOwner = false;
  await underWay(chat, 'group owner', async () => {
    isOwner = await chat.steps.isOwner.executeWithOptions({ summary: 'who owns the group?' }, [{ eventId: event.id }]);
  });
  chat.s = ownerKnown(chat.s, event, isOwner, clock());
  if (chat.s.running?.stop) chat.stopTurn?.();
}

function perform(chat: Chat, chore: Exclude<Chore, { kind: 'askOwner' }>): Promise<unknown> {
  switch (chore.kind) {
    case 'settle':
      return settle.executeWithOptions({ summary: `${chore.eventIds.length} message(s) ${chore.end}` }, [
        { eventIds: chore.eventIds, end: chore.end },
      ]);
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
    await condition(() => picture() !== shown && !chat.draining && (chat.s.running !== undefined || chat.s.waiting.length === 0));
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
    await chat.steps.closeReply.executeWithOptions({ summary: 'last frame' }, [{ turnId }]).catch(async (error: unknown) => {
      if (CancellationScope.current().consideredCancelled) throw error;
      log.warn('a last frame could not be shown', { turnId, error: String(error) });
      if (patched('give-up-reply'))
        await underWay(chat, 'giving up', () => giveUpReply.executeWithOptions({ summary: 'undeliverable' }, [{ turnId }]));
    });
    chat.s = closed(chat.s, turnId);
  }
}

/** One durable timer, armed anew only when it fires early: messages cost no timers. It never cuts a turn. */
async function watchSilence(chat: Chat): Promise<void> {
  await condition(() => chat.s.openedAt !== undefined);
  for (;;) {
    const deadline = sessionDeadline(chat.s);
    const left = deadline - Date.now();
    if (left <= 0 && isIdle(chat.s)) break;
    // A publish may have made the time-out shorter.
    if (left > 0) await sleepUnless(left, 'session time-out', () => sessionDeadline(chat.s) < deadline);
    else await condition(() => isIdle(chat.s));
  }
  chat.silent = true;
}
