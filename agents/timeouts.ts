/** Ends a request when the other side has been silent for too long, or when the asker no longer wants it. */
export interface Patience {
  /** Aborts with the asker's signal, on the first silence that was too long, and on `end`. */
  readonly signal: AbortSignal;
  /** Whether a silence was too long. */
  expired(): boolean;
  /** Waits for `work`, which must obey `signal`, for at most `ms`. The clock runs only while somebody waits. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
  /** Lets go of the request, finished or not. */
  end(): void;
}

export function createPatience(asker: AbortSignal): Patience {
  const own = new AbortController();
  let expired = false;
  return {
    signal: AbortSignal.any([asker, own.signal]),
    expired: () => expired,
    async within(ms, work) {
      const timer = setTimeout(() => {
        expired = true;
        own.abort();
      }, ms);
      try {
        return await work;
      } finally {
        clearTimeout(timer);
      }
    },
    end: () => own.abort(),
  };
}
