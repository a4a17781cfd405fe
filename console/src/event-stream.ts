import type { EventSourceMessage } from 'eventsource-parser';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Api, ApiProblem } from './api';

/** `refused`: it is not tried again. */
export type StreamState = 'live' | 'lost' | 'refused';

export interface Follow {
  onEvent(event: string | undefined, data: string): void;
  onState(state: StreamState): void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
/** The server says something every 15 s, if only that it is there. */
const SILENCE_MS = 40_000;

/**
 * Follows server-sent events until `signal` aborts: through restarts of the gateway and lost networks, from the last event seen.
 * Only while the page is visible: a browser opens six connections to one host, for all its tabs together.
 * Not the browser's EventSource, because that gives up for good at the first 502 and cannot carry an API key.
 */
export async function followEvents(api: Api, path: string, { onEvent, onState }: Follow, signal: AbortSignal): Promise<void> {
  let lastEventId: string | undefined;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    await untilVisible(signal);
    const unread = new AbortController();
    const hide = () => unread.abort();
    document.addEventListener('visibilitychange', hide);
    const silence = new AbortController();
    try {
      const body = await api.open(path, lastEventId, AbortSignal.any([signal, silence.signal, unread.signal]));
      onState('live');
      wait = FIRST_WAIT_MS;
      for await (const { id, event, data } of eventsOf(body.pipeThrough(watched(silence)))) {
        if (id) lastEventId = id;
        onEvent(event, data);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403 || error.status === 404)) return onState('refused');
    } finally {
      document.removeEventListener('visibilitychange', hide);
    }
    if (signal.aborted) return;
    if (unread.signal.aborted) continue;
    onState('lost');
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** The events of an answer that is followed once. */
export const eventsOf = (body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage> =>
  chunksOf(body.pipeThrough<string>(decoder()).pipeThrough(new EventSourceParserStream()));

/** Ends a connection on which nothing comes any more: a network that went away says nothing about it. */
function watched(silence: AbortController): TransformStream<Uint8Array, Uint8Array> {
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  return new TransformStream({
    transform(chunk, controller) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
  });
}

/** The DOM's types give TextDecoderStream a wider input than a fetched body's; it reads both. */
const decoder = () => new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>;

/** Safari cannot iterate a stream by `for await` itself. */
async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState === 'hidden' && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });
}

/** Waits, but no longer than until the network is back or `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
