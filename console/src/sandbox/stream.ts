import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Api, ApiProblem, withQuery } from '../api';
import type { SandboxEvent } from './events';

export type LinkState = 'opening' | 'live' | 'lost' | 'refused';

export interface Follow {
  onEvent(event: SandboxEvent): void;
  onLink(state: LinkState): void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
/** The server says something every 15 s, if only that it is there. */
const SILENCE_MS = 40_000;

/**
 * Follows a chat until `signal` aborts: through restarts of the gateway and lost networks, from the last event seen.
 * Not the browser's EventSource, because that gives up for good at the first 502 and cannot carry an API key.
 */
export async function followChat(api: Api, integrationId: string, chat: string, follow: Follow, signal: AbortSignal): Promise<void> {
  const path = withQuery(`sandbox/${encodeURIComponent(integrationId)}/stream`, { chat });
  let lastEventId: string | undefined;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const silence = new AbortController();
    try {
      const body = await api.open(path, lastEventId, AbortSignal.any([signal, silence.signal]));
      follow.onLink('live');
      wait = FIRST_WAIT_MS;
      const events = body.pipeThrough(watched(silence)).pipeThrough<string>(decoder()).pipeThrough(new EventSourceParserStream());
      for await (const { id, event, data } of chunksOf(events)) {
        if (id) lastEventId = id;
        if (event === 'message' || event === 'card') follow.onEvent({ type: event, data: JSON.parse(data) });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403 || error.status === 404))
        return follow.onLink('refused');
    }
    if (signal.aborted) return;
    follow.onLink('lost');
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

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
