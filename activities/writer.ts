import type { Messenger, ReplyRef, Save } from '../channels/channel';
import type { ReplyEnd, ReplyView } from '../domain/answer';
import { AppError } from '../domain/errors';
import type { Address } from '../domain/event';
import { type OpenTurn, type Outcome, toEventEnd } from '../store/turns';
import type { Deps } from './deps';
import { createFrames, type Frames } from './frames';

/** Another process took the reply over: whatever this one still does must not be seen. */
export const lostToAnother = () => new AppError('lost_to_another', 'Another process writes this reply now.');
export const isLostToAnother = (error: unknown): boolean => error instanceof AppError && error.code === 'lost_to_another';
export const isRefusedForGood = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'gone' || error.code === 'forbidden');

/** One process's right to write one reply: taken by raising its epoch, lost when somebody raises it again. */
export interface Writer {
  readonly turn: OpenTurn;
  /** Makes the reply visible, or takes it over where it was left. */
  begin(view: ReplyView): Promise<void>;
  /** Lets it grow; `end` stops it. */
  grow(view: () => ReplyView): Frames;
  /** Tells the database that we are alive and keeps the text for whoever comes next. False when another process took over. */
  touch(view: ReplyView): Promise<boolean>;
  /** Stores the end before showing it. Resolves false when the platform did not take the last frame within `closingMs`. */
  end(outcome: Outcome, closingMs: number): Promise<boolean>;
  /** Shows an end that is stored already. */
  close(view: ReplyView, closingMs: number): Promise<boolean>;
}

/**
 * @param to where the turn's first event was said
 */
export async function openWriter(deps: Deps, turn: OpenTurn, to: Address): Promise<Writer> {
  const { store, observe } = deps;
  const { epoch } = turn.reply;
  const integration = await store.integrations.find(turn.integrationId);
  if (!integration) throw new AppError('gone', 'The integration was deleted.');
  const messenger: Messenger = deps.messengerFor(integration);
  const everyMs = deps.findChannel(integration.channel)?.abilities.updateEveryMs ?? 1000;
  const ref = { id: turn.id, epoch };
  let saved = (turn.reply.ref as ReplyRef | null) ?? undefined;
  let begun: ReplyRef | undefined;
  let frames: Frames | undefined;

  const save: Save = async (reply) => {
    if (!(await store.turns.saveRef(turn.id, epoch, reply))) throw lostToAnother();
    saved = reply;
  };
  const begin = async (view: ReplyView): Promise<ReplyRef> => {
    begun ??= await messenger.beginReply(to, ref, view, saved, save);
    return begun;
  };

  const writer: Writer = {
    turn,
    begin: async (view) => void (await begin(view)),
    grow(view) {
      if (!begun) throw new Error('A reply grows only after it was begun.');
      frames = createFrames({ messenger, reply: begun, everyMs, view, save });
      return frames;
    },
    touch: (view) =>
      store.turns.touch(turn.id, epoch, view.state, view.text, frames?.reply ?? begun ?? null, epoch * 1_000_000 + (frames?.count ?? 0)),
    async end(outcome, closingMs) {
      if (frames) begun = await frames.stop();
      if (!(await store.turns.decide(turn.id, epoch, outcome))) throw lostToAnother();
      return await writer.close(outcome.view, closingMs);
    },
    async close(view, closingMs) {
      const until = Date.now() + closingMs;
      for (let wait = 300; ; wait = Math.min(wait * 2, 10_000)) {
        try {
          const reply = await messenger.finishReply(await begin(view), view, save);
          await store.turns.finish(turn.id, reply, toEventEnd(view.state as ReplyEnd));
          observe.replied(view.state as ReplyEnd);
          return true;
        } catch (error) {
          if (isLostToAnother(error)) throw error;
          if (isRefusedForGood(error)) {
            await store.turns.finish(turn.id, begun ?? saved ?? null, 'undeliverable');
            observe.replied('undeliverable');
            return true;
          }
          const pause = (error instanceof AppError && error.retryAfterMs) || wait;
          if (Date.now() + pause > until) return false;
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      }
    },
  };
  return writer;
}
