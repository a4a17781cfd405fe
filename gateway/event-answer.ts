import { once } from 'node:events';
import type { Response } from 'express';

/** An answer of server-sent events to one request. */
export interface EventAnswer {
  /** Aborts once nobody reads any more. */
  readonly left: AbortSignal;
  /** Resolves when there is room for the next one. */
  write(event: string, data: unknown): Promise<void>;
}

export function answerWithEvents(response: Response): EventAnswer {
  const left = new AbortController();
  response.on('close', () => left.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  return {
    left: left.signal,
    async write(event, data) {
      if (!response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`) && !left.signal.aborted)
        await once(response, 'drain', { signal: left.signal }).catch(() => undefined);
    },
  };
}
