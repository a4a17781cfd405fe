/**
 * Shows the card again while nothing comes, so that its seconds go on: rarely, for each time is a call to the platform.
 * @param pausesMs the first waits, in milliseconds; the last one is repeated. Empty = never
 */
export function keepTicking(frames: { show(): void }, pausesMs: readonly number[]): { heard(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let silent = true;
  let ticks = 0;

  function wait(): void {
    const pause = pausesMs[Math.min(ticks, pausesMs.length - 1)];
    if (pause === undefined) return;
    timer = setTimeout(() => {
      ticks += 1;
      if (silent) frames.show();
      silent = true;
      wait();
    }, pause);
  }

  wait();
  return {
    /** Something came, and was shown. */
    heard: () => {
      silent = false;
    },
    stop: () => clearTimeout(timer),
  };
}
