import { createParser } from 'eventsource-parser';
import { AgentError } from '../domain/errors';

/** One server-sent event; `event` is `message` where the server named none. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Characters one event may have: an image of 20 MB, painted by a model. A stream that sends more is broken. */
const MOST_BUFFERED = 32 * 1024 * 1024;

/** Reads server-sent events from bytes, wherever they are split. An event that the end of the stream cuts off still comes out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const ready: ServerEvent[] = [];
  let overflow = false;
  const parser = createParser({
    maxBufferSize: MOST_BUFFERED,
    onEvent: ({ event, data }) => ready.push({ event: event ?? 'message', data }),
    onError: ({ type }) => {
      overflow ||= type === 'max-buffer-size-exceeded';
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (overflow) throw new AgentError('broken_stream', 'The AI service sent one event of more than 32 MB.', { retryable: true });
    yield* ready.splice(0);
  }
  parser.feed(`${decoder.decode()}\n\n`);
  yield* ready.splice(0);
}
