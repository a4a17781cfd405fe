import { AppError } from '../domain/errors';

/** Lets one card grow: the latest view wins, frames keep their distance, and what came inside the distance is flushed after it. */
export interface Frames {
  /** A newer moment exists. */
  show(): void;
  /** No more frames: waits for the one under way. */
  stop(): Promise<void>;
  readonly count: number;
  /** The platform refused for good: nobody can see this reply any more. */
  readonly refused: AppError | undefined;
}

interface FrameOptions {
  /** Shows the newest moment. */
  readonly update: () => Promise<void>;
  readonly everyMs: number;
  /** Nothing is shown before the end. */
  readonly still?: boolean;
}

const RETRY_MS = 500;

export function createFrames({ update, everyMs, still = false }: FrameOptions): Frames {
  let count = 0;
  let refused: AppError | undefined;
  let wanted = false;
  let stopped = false;
  let wake: () => void = () => undefined;
  let stopNow: () => void = () => undefined;
  const stopping = new Promise<void>((resolve) => (stopNow = resolve));
  const running = loop();

  async function loop(): Promise<void> {
    // Beginning was a frame too; an answer that comes at once needs no other before its last one.
    await rest(everyMs);
    while (!stopped) {
      if (!wanted) await new Promise<void>((resolve) => (wake = resolve));
      if (stopped) return;
      wanted = false;
      const startedAt = Date.now();
      const pause = await send();
      await rest(Math.max(everyMs - (Date.now() - startedAt), pause));
    }
  }

  /** @returns how long to wait whatever the usual distance is */
  async function send(): Promise<number> {
    try {
      await update();
      count += 1;
      return 0;
    } catch (error) {
      if (error instanceof AppError && !error.retryable) {
        refused = error;
        stopped = true;
        return 0;
      }
      wanted = true;
      return (error instanceof AppError && error.retryAfterMs) || RETRY_MS;
    }
  }

  /** The distance between two frames; the last frame does not wait it out. */
  async function rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([over, stopping]);
    clearTimeout(timer);
  }

  return {
    show() {
      if (still) return;
      wanted = true;
      wake();
    },
    async stop() {
      stopped = true;
      stopNow();
      wake();
      await running;
    },
    get count() {
      return count;
    },
    get refused() {
      return refused;
    },
  };
}
