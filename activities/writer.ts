import { type Abilities, abilitiesOf, type Messenger, type ReplyRef } from '../channels/channel';
import type { ReplyEnd, ReplyView } from '../domain/answer';
import { appearanceOf, dress } from '../domain/card';
import { AppError } from '../domain/errors';
import type { Address } from '../domain/event';
import { failureReason } from '../domain/phrases';
import type { Integration } from '../store/integrations';
import { type OpenTurn, type Outcome, toEventEnd } from '../store/turns';
import type { Deps } from './deps';
import { createFrames, type Frames } from './frames';
import { createKnownReply } from './known-reply';
import { sendFiles } from './outgoing';
import { inPlainMessages, isPlain } from './plain-reply';
import { isLostToAnother, isRefused, isRefusedForGood, lostToAnother } from './refusals';
import { failedOutcome } from './view';

/** One process's right to write one reply: taken by raising its epoch, lost when somebody raises it again. */
export interface Writer {
  readonly turn: OpenTurn;
  readonly integration: Integration;
  /** What this chat takes besides text. */
  readonly sends: Abilities['sends'];
  /** Whether the chat sees the reply grow. */
  readonly streams: boolean;
  /** Makes the reply visible, or takes it over where it was left. */
  begin(view: ReplyView): Promise<void>;
  /** Lets it grow; `end` stops it. */
  grow(view: () => ReplyView): Frames;
  /** Tells the database that we are alive and keeps the text for whoever comes next. False when another process took over. */
  touch(view: ReplyView, firstTokenAt?: Date): Promise<boolean>;
  /** Stores the end before showing it. Resolves false when the platform did not take the last frame within `closingMs`. */
  end(outcome: Outcome, closingMs: number): Promise<boolean>;
  /**
   * Shows an end that is stored already, then sends the files of an answer. What the platform keeps refusing to show is replaced by a word
   * about it; an end of which it takes nothing is recorded as undeliverable.
   * @param files how many there are, where that is known
   */
  close(view: ReplyView, closingMs: number, files?: number): Promise<boolean>;
}

async function endUnseen({ store, observe }: Deps, { id, reply }: OpenTurn): Promise<undefined> {
  const outcome = failedOutcome('undeliverable', 'The integration was deleted before the end could be shown.', reply.text, 'en');
  // Decided already where that changes nothing.
  await store.turns.decide(id, reply.epoch, outcome);
  await store.turns.finish(id, reply.ref, 'undeliverable');
  observe.replied('undeliverable');
}

/** So often the same is refused before something else is tried: a platform may have its moments. */
const PATIENCE = 2;

/** What is shown in place of an end that the platform refuses. */
const unshown = ({ text: _, footer: __, ...view }: ReplyView): ReplyView => ({
  ...view,
  ...{ state: 'failed', text: '', steps: [], buttons: [], reason: failureReason('not_shown', view.language) },
});

/**
 * @param to where the turn's first event was said
 * @returns undefined where the integration was deleted: nobody can see this reply, and the turn has its end
 */
export async function openWriter(deps: Deps, turn: OpenTurn, to: Address): Promise<Writer | undefined> {
  const { store, observe } = deps;
  const { epoch } = turn.reply;
  const integration =
    turn.integrationSavedAt === null ? undefined : await store.integrations.at(turn.integrationId, turn.integrationSavedAt);
  if (!integration) return await endUnseen(deps, turn);
  const messenger: Messenger = deps.messengerFor(integration);
  const channel = deps.findChannel(integration.channel);
  const abilities = channel && abilitiesOf(channel, integration.mode);
  const everyMs = abilities?.updateEveryMs ?? 1000;
  const appearance = appearanceOf(integration.appearance);
  const dressed = (view: ReplyView) => dress(view, appearance, abilities);
  const streams = appearance.stream && abilities?.streaming !== false;
  // A reply that was begun stays of its kind.
  const plain = turn.reply.ref ? isPlain(turn.reply.ref as ReplyRef) : !appearance.card;
  const shower = plain ? inPlainMessages(messenger, abilities?.maxTextBytes ?? 1000) : messenger;
  const reply = createKnownReply({ turns: store.turns, turn, to, shower });
  let frames: Frames | undefined;

  const finished = async (state: ReplyEnd | 'undeliverable'): Promise<true> => {
    await store.turns.finish(turn.id, reply.ref ?? null, state === 'undeliverable' ? state : toEventEnd(state));
    observe.replied(state);
    return true;
  };

  /** Only who writes it may say that nobody can see it: a refusal may be meant for whoever was replaced. */
  const undeliverable = async (): Promise<true> => {
    if (!(await store.turns.saveRef(turn.id, epoch, reply.ref ?? null))) throw lostToAnother();
    return await finished('undeliverable');
  };

  const writer: Writer = {
    turn,
    integration,
    sends: messenger.sendFile ? (abilities?.sends ?? []) : [],
    streams,
    begin: (view) => reply.begin(dressed(view)),
    grow(view) {
      frames = createFrames({ update: () => reply.update(() => dressed(view())), everyMs, still: !appearance.stream });
      return frames;
    },
    touch: ({ state, text }, firstTokenAt) =>
      reply.touch({ state, text, sequence: epoch * 1_000_000 + (frames?.count ?? 0), firstTokenAt }),
    async end(outcome, closingMs) {
      await frames?.stop();
      const view = dressed(outcome.view);
      if (!(await store.turns.decide(turn.id, epoch, { ...outcome, view }))) throw lostToAnother();
      return await writer.close(view, closingMs, outcome.files);
    },
    async close(decided, closingMs, files) {
      // Ends that were decided without their integration are bare.
      const view = decided.buttons ? decided : dressed(decided);
      const until = Date.now() + closingMs;
      let refusals = 0;
      for (let wait = 300; ; wait = Math.min(wait * 2, 10_000)) {
        try {
          const isShown = refusals < PATIENCE;
          await reply.finish(isShown ? view : unshown(view));
          if (!isShown) return await undeliverable();
          if (view.state === 'done' && files !== 0) await sendFiles(deps, messenger, { turnId: turn.id, to, language: view.language });
          return await finished(view.state as ReplyEnd);
        } catch (error) {
          if (isLostToAnother(error)) throw error;
          if (isRefused(error)) refusals += 1;
          if (isRefusedForGood(error) || refusals === 2 * PATIENCE) return await undeliverable();
          const pause = (error instanceof AppError && error.retryAfterMs) || wait;
          if (Date.now() + pause > until) return false;
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      }
    },
  };
  return writer;
}
