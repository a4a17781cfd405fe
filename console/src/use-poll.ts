import { useEffect, useRef, useState } from 'react';

export interface Polled<T> {
  readonly value: T | undefined;
  /** The latest try failed; `value` is the one before. */
  readonly failed: boolean;
}

/** Asks at once, every `everyMs` while the page is visible, and again whenever `key` changes. */
export function usePoll<T>(ask: (signal: AbortSignal) => Promise<T>, everyMs: number, key = ''): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ value: undefined, failed: false });
  const latest = useRef(ask);
  latest.current = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is there to ask again.
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const value = await latest.current(stop.signal);
          if (!stop.signal.aborted) setPolled({ value, failed: false });
        } catch {
          if (!stop.signal.aborted) setPolled(({ value }) => ({ value, failed: true }));
        }
      }
      if (!stop.signal.aborted) timer = setTimeout(round, everyMs);
    };
    void round();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [everyMs, key]);
  return polled;
}
