import type { Messenger, ReplyRef, Save } from '../channels/channel';
import type { ReplyView } from '../domain/answer';
import type { Address } from '../domain/event';
import type { Store } from '../store';
import type { Grown, OpenTurn } from '../store/turns';
import { lostToAnother } from './refusals';

type ReplyShower = Pick<Messenger, 'beginReply' | 'updateReply' | 'finishReply'>;

/** A reply on its platform, as this process knows it best: with every id that the platform gave, also in the middle of a call that failed afterwards. */
export interface KnownReply {
  readonly ref: ReplyRef | undefined;
  /** Makes it visible, or takes it over where it was left; once. */
  begin(view: ReplyView): Promise<void>;
  update(view: () => ReplyView): Promise<void>;
  /** Shows the end; begins it where nobody has. */
  finish(view: ReplyView): Promise<void>;
  /** Keeps what it shows for whoever comes next. False when another process took over. */
  touch(grown: Omit<Grown, 'ref'>): Promise<boolean>;
}

interface KnownReplyOptions {
  readonly turns: Pick<Store['turns'], 'saveRef' | 'touch'>;
  readonly turn: OpenTurn;
  readonly to: Address;
  readonly shower: ReplyShower;
}

export function createKnownReply({ turns, turn, to, shower }: KnownReplyOptions): KnownReply {
  const { id } = turn;
  const { epoch } = turn.reply;
  let ref = (turn.reply.ref as ReplyRef | null) ?? undefined;
  let begun: ReplyRef | undefined;
  // One after the other: an older state must not be written over what was just saved.
  const inLine = createLine();

  const save: Save = (reply) =>
    inLine(async () => {
      if (!(await turns.saveRef(id, epoch, reply))) throw lostToAnother();
      ref = reply;
    });
  const begin = async (view: ReplyView): Promise<void> => {
    if (begun) return;
    begun = await shower.beginReply(to, { id, epoch }, view, ref, save);
    if (!ref) await save(begun);
    ref = begun;
  };
  const demand = (): ReplyRef => {
    if (!ref || !begun) throw new Error('A reply grows only after it was begun.');
    return ref;
  };

  return {
    get ref() {
      return ref;
    },
    begin,
    async update(view) {
      ref = await shower.updateReply(demand(), view, save);
    },
    async finish(view) {
      await begin(view);
      ref = await shower.finishReply(demand(), view, save);
    },
    touch: (grown) => inLine(() => turns.touch(id, epoch, { ...grown, ref: ref ?? null })),
  };
}

/** Runs what it is given one after the other; a failure stops nothing. */
function createLine(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
