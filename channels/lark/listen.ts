import { setTimeout as sleep } from 'node:timers/promises';
import * as sdk from '@larksuiteoapi/node-sdk';
import type { WebSocket } from 'ws';
import { ChannelError } from '../../domain/errors';
import type { LinkReport } from '../channel';
import { sayGoodbye } from '../goodbye';
import type { Account } from './account';
import { isAppId, type LarkConfig } from './config';
import { discover } from './discovery';
import type { Hear } from './hearing';
import { EVENT_TYPES, type LarkEvent } from './inbound';
import { watchInstances } from './instances';
import { toastOf } from './webhook';
import { ARRIVALS } from './welcome';

export interface ListenTimes {
  /** From the first call to the open socket, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Between our own pings. */
  readonly pingEveryMs: number;
  /** Without anything received for so long the link counts as lost. */
  readonly silentAfterMs: number;
  /** Between two looks at how many connections the app has. */
  readonly countEveryMs: number;
}

/**
 * Holds one socket until `signal` aborts or the link is lost. The SDK never reconnects: who calls decides when to try again, with a new
 * client each time, so that no state of a dead connection is left.
 */
export async function listen(
  config: LarkConfig,
  account: Account,
  times: ListenTimes,
  hear: Hear,
  link: LinkReport,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  // The SDK would say nothing at all, and wait.
  if (!isAppId(config.appId)) throw new ChannelError('bad_credentials', 'The app id is not one of Lark: cli_ and 16 characters.');
  const ended = new AbortController();
  const lost = withResolvers<never>();
  const lose = (error: unknown): void => lost.reject(error);
  const stop = (): void => lost.reject(STOPPED);
  signal.addEventListener('abort', stop, { once: true });

  const pending = new Set<Promise<unknown>>();
  const dispatcher = createDispatcher(hear, link, pending);
  const client = new sdk.WSClient({
    appId: config.appId,
    appSecret: config.appSecret,
    domain: account.base,
    autoReconnect: false,
    handshakeTimeoutMs: times.connectTimeoutMs,
    logger: silent,
    loggerLevel: sdk.LoggerLevel.error,
    httpInstance: discover(account, times.connectTimeoutMs, ended.signal, lose),
    onReady: () => {
      watch(insides(client), times, link, lose, ended.signal);
      void watchInstances(account, times.countEveryMs, link, ended.signal);
    },
    onError: () => lose(new ChannelError('unreachable', 'Lark did not accept the connection.', { retryable: true })),
  });
  acceptCardFrames(insides(client));
  holdUntilRead(insides(client));
  const deadline = setTimeout(() => {
    if (!insides(client).wsConfig.getWSInstance()) lose(timeout(`Lark did not connect within ${times.connectTimeoutMs} ms.`));
  }, times.connectTimeoutMs);
  try {
    await client.start({ eventDispatcher: dispatcher });
    await lost.promise;
  } catch (error) {
    if (error !== STOPPED) throw error;
    // What was read is being stored: let its acknowledgement go out, or Lark would send it all again.
    await settled(pending, ended.signal);
    // What Lark sent before it knew is stored too: coming again on another connection it would come after what was said later.
    await sayGoodbye(insides(client).wsConfig.getWSInstance(), GRACE_MS);
    await settled(pending, ended.signal);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
    ended.abort();
    client.close({ force: true });
  }
}

const STOPPED = Symbol('stopped');
const GRACE_MS = 300;

const settled = (pending: ReadonlySet<Promise<unknown>>, ended: AbortSignal): Promise<unknown> =>
  Promise.race([Promise.allSettled(pending), sleep(GRACE_MS, undefined, { signal: ended }).catch(() => undefined)]);

function createDispatcher(hear: Hear, link: LinkReport, pending: Set<Promise<unknown>>): sdk.EventDispatcher {
  const handle = async (event: LarkEvent): Promise<unknown> => {
    link.received();
    return toastOf(await hear(event));
  };
  const dispatcher = new sdk.EventDispatcher({ logger: silent, loggerLevel: sdk.LoggerLevel.error });
  // Flattened by the SDK, the card's own token would hide the header's, and a header's field an event's: read the event as it came.
  dispatcher.invoke = async (data: unknown) => {
    const work = handle(data as LarkEvent);
    pending.add(work);
    try {
      return await work;
    } finally {
      pending.delete(work);
    }
  };
  return dispatcher.register(Object.fromEntries([...EVENT_TYPES, ...Object.keys(ARRIVALS)].map((type) => [type, () => undefined])));
}

/** Reports every frame as proof of life, pings on our own beat, and loses the link when it closes or falls silent. */
function watch(client: Insides, times: ListenTimes, link: LinkReport, lose: (error: unknown) => void, ended: AbortSignal): void {
  const socket = client.wsConfig.getWSInstance();
  if (!socket || ended.aborted) return;
  let heardAt = Date.now();
  const heard = (): void => {
    heardAt = Date.now();
    link.proven();
  };
  socket.on('message', heard);
  socket.on('pong', heard);
  socket.on('close', () => lose(new ChannelError('unreachable', 'Lark closed the connection.', { retryable: true })));
  const beat = (): void => {
    if (Date.now() - heardAt >= times.silentAfterMs) lose(timeout(`Lark sent nothing for ${times.silentAfterMs} ms.`));
    else
      client.sendMessage({
        headers: [{ key: 'type', value: 'ping' }],
        service: Number(client.wsConfig.getWS('serviceId')),
        method: 0,
        SeqID: 0,
        LogID: 0,
      });
  };
  const timer = setInterval(beat, Math.min(times.pingEveryMs, times.silentAfterMs));
  ended.addEventListener('abort', () => clearInterval(timer), { once: true });
  link.connected();
  socket.resume();
}

const timeout = (message: string): ChannelError => new ChannelError('timeout', message, { retryable: true });

interface Frame {
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/**
 * The parts of the SDK's client that it keeps private. We need the socket itself to see every frame (the SDK shows none, and pings only
 * every two minutes, too seldom to find a dead link within 60 s), and its frame handler because it drops card callbacks of some apps.
 */
interface Insides {
  readonly wsConfig: {
    getWSInstance(): WebSocket | null | undefined;
    setWSInstance(socket: WebSocket | null): void;
    getWS(key: 'serviceId'): unknown;
  };
  sendMessage(frame: Frame & { readonly service: number; readonly method: number; readonly SeqID: number; readonly LogID: number }): void;
  handleEventData(frame: Frame): Promise<void>;
}

const insides = (client: sdk.WSClient): Insides => client as unknown as Insides;

/** The SDK begins to read some moments after the socket is open; what Lark sends together with its welcome would be lost until it comes again. */
function holdUntilRead(client: Insides): void {
  const { wsConfig } = client;
  const set = wsConfig.setWSInstance.bind(wsConfig);
  wsConfig.setWSInstance = (socket) => {
    set(socket);
    socket?.pause();
  };
}

/** Some apps get card callbacks in frames of type `card`, which the SDK drops unanswered; they are events in all but that name. */
function acceptCardFrames(client: Insides): void {
  const handle = client.handleEventData.bind(client);
  client.handleEventData = (frame) =>
    handle({
      ...frame,
      headers: frame.headers.map((header) => (header.key === 'type' && header.value === 'card' ? { ...header, value: 'event' } : header)),
    });
}

// The SDK logs whole requests, secrets and message contents included; what matters reaches us as errors.
const ignore = (): void => undefined;
const silent = { error: ignore, warn: ignore, info: ignore, debug: ignore, trace: ignore };

function withResolvers<T>(): { readonly promise: Promise<T>; readonly reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = ignore;
  const promise = new Promise<T>((_, refuse) => {
    reject = refuse;
  });
  // It may be rejected before anybody waits for it.
  promise.catch(ignore);
  return { promise, reject };
}
