import type { Context } from '@temporalio/activity';
import type { Deps } from './deps';

const LOOK_EVERY_MS = 1000;
/** Without a word from the database for so long nobody knows who holds the link. */
const UNKNOWN_MS = 60_000;
/** Temporal answers, but does not know this task any more: who comes next has been told to. */
const SUCCESSOR_MS = 10_000;
/** Whoever took a link over opens theirs first: in between nobody would hear what is pushed. */
export const HAND_OVER_MS = 3000;

export interface LettingGo {
  /** Aborts when the link is to be let go. */
  readonly signal: AbortSignal;
  now(): void;
  done(): void;
}

/**
 * When a link is let go: at once where its task was cancelled or this process shuts down. Where only Temporal cannot be reached the link stays
 * as long as the database says that it is this one's, for what a platform pushes to nobody may never come again; who takes it over ends it.
 */
export function createLettingGo({ store }: Pick<Deps, 'store'>, integrationId: string, epoch: number, context: Context): LettingGo {
  const end = new AbortController();
  const { cancellationSignal } = context;
  let timer: NodeJS.Timeout | undefined;
  let known = Date.now();
  let orphanedAt = 0;
  const now = (): void => {
    clearInterval(timer);
    if (!end.signal.aborted) end.abort(cancellationSignal.reason ?? new Error('Another one holds the link.'));
  };
  const isOver = (): boolean =>
    !isOrphaned(context) || (isForgotten(context) && Date.now() - orphanedAt > SUCCESSOR_MS) || Date.now() - known > UNKNOWN_MS;
  const look = async (): Promise<void> => {
    if (isOver()) {
      now();
      return;
    }
    const record = await store.connections.find(integrationId).catch(() => null);
    if (record === null) return;
    known = Date.now();
    if (!record || record.state === 'disabled') now();
    else if (record.epoch !== epoch) {
      clearInterval(timer);
      timer = setTimeout(now, HAND_OVER_MS);
    }
  };
  const cancelled = (): void => {
    if (!isOrphaned(context)) {
      now();
      return;
    }
    known = orphanedAt = Date.now();
    timer = setInterval(() => void look(), LOOK_EVERY_MS);
  };
  cancellationSignal.addEventListener('abort', cancelled, { once: true });
  if (cancellationSignal.aborted) cancelled();
  return {
    signal: end.signal,
    now,
    done: () => {
      clearInterval(timer);
      cancellationSignal.removeEventListener('abort', cancelled);
    },
  };
}

/** Nobody asked for an end: the task's time ran out while its heartbeats could not be delivered. */
const isOrphaned = ({ cancellationDetails: why }: Context): boolean =>
  why !== undefined && (why.timedOut || why.notFound) && !why.cancelRequested && !why.workerShutdown;

/** Temporal itself said so; a time-out is noticed in this process alone. */
const isForgotten = ({ cancellationDetails: why }: Context): boolean => why?.notFound === true && !why.timedOut;
