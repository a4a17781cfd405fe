import { ChannelError } from '../../domain/errors';
import type { Deliver, LinkReport } from '../channel';
import { createKeeping, type Keeping } from '../keeping';
import { type ClientEvents, createStreamClient, type StreamClient } from './client';
import type { DingTalkConfig } from './config';
import { createHearing, type Hearing, type Tell } from './hearing';

export interface ListenTimes {
  /** For the ticket, and again for the socket, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Between our own pings. */
  readonly pingEveryMs: number;
  /** Without anything received for so long the link counts as lost. */
  readonly silentAfterMs: number;
  /** From the first refusal to store an event to the second attempt; then longer. */
  readonly retryMs: number;
  /** A press is answered after so long at the latest. */
  readonly answerPressMs: number;
}

/**
 * Holds the link until `signal` aborts or it is lost. When DingTalk announces that it will close a connection the next one is opened before
 * the old one is dropped. Nothing reconnects by itself: who calls decides when to try again.
 */
export async function listen(
  config: DingTalkConfig,
  times: ListenTimes,
  deliver: Deliver,
  link: LinkReport,
  signal: AbortSignal,
  tell: Tell | undefined,
): Promise<void> {
  if (signal.aborted) return;
  const ended = new AbortController();
  const keeping = createKeeping(deliver, times.retryMs);
  const { promise: lost, reject: lose } = rejectable();
  const stop = (): void => lose(STOPPED);
  signal.addEventListener('abort', stop, { once: true });
  const hearing = createHearing(keeping, link, tell, times.answerPressMs);
  const lines = createLines(config, times, keeping, hearing, link, ended.signal, lose);
  try {
    // Racing, so that an abort does not wait for DingTalk.
    await Promise.race([lines.begin(), lost]);
    await lost;
  } catch (error) {
    if (error !== STOPPED) throw error;
    // What was read is being stored: let its acknowledgement go out. What is not stored by then stays with this process until it is.
    lines.leave();
    await keeping.idle(GRACE_MS);
  } finally {
    signal.removeEventListener('abort', stop);
    lines.leave();
    lines.closeAll();
    ended.abort();
  }
}

const STOPPED = Symbol('stopped');
const GRACE_MS = 300;
/** More announced closings than this in a minute are no maintenance but a fault; then the caller's patience decides. */
const HANDOVERS_A_MINUTE = 3;

/** The connection in use, and for a moment the one before it. */
function createLines(
  config: DingTalkConfig,
  times: ListenTimes,
  keeping: Keeping,
  hearing: Hearing,
  link: LinkReport,
  ended: AbortSignal,
  lose: (error: unknown) => void,
) {
  const open = new Set<StreamClient>();
  const handovers: number[] = [];
  let current: StreamClient | undefined;
  let leaving = false;

  const connect = async (): Promise<StreamClient> => {
    let heardAt = Date.now();
    const events: ClientEvents = {
      onMessage: (push) => void hearing.message(client, push),
      onCard: (push) => void hearing.press(client, push),
      onLeave: () => void handOver(client),
      onReceipt: () => {
        heardAt = Date.now();
        if (!ended.aborted) link.proven();
      },
      onClose: () => {
        clearInterval(timer);
        open.delete(client);
        if (client === current) lose(new ChannelError('unreachable', 'DingTalk closed the connection.', { retryable: true }));
      },
    };
    const client = createStreamClient(config, times.connectTimeoutMs, ended, events);
    let timer: NodeJS.Timeout | undefined;
    await client.open();
    open.add(client);
    const beat = (): void => {
      if (Date.now() - heardAt < times.silentAfterMs) client.ping();
      else if (client === current)
        lose(new ChannelError('timeout', `DingTalk sent nothing for ${times.silentAfterMs} ms.`, { retryable: true }));
    };
    timer = setInterval(beat, Math.min(times.pingEveryMs, times.silentAfterMs));
    ended.addEventListener('abort', () => clearInterval(timer), { once: true });
    client.ping();
    return client;
  };

  const handOver = async (old: StreamClient): Promise<void> => {
    if (old !== current || leaving) return;
    // From here on its closing is expected.
    current = undefined;
    const now = Date.now();
    handovers.push(now);
    if (handovers.filter((at) => now - at < 60_000).length > HANDOVERS_A_MINUTE)
      return lose(new ChannelError('unreachable', 'DingTalk closes every connection at once.', { retryable: true }));
    try {
      current = await connect();
    } catch (error) {
      return lose(error);
    }
    // What the old one has pushed is still acknowledged there, as long as DingTalk leaves it open.
    await keeping.idle(OLD_LINE_MS, ended);
    old.close();
  };

  return {
    begin: async () => {
      current = await connect();
      if (!leaving) link.connected();
    },
    leave: () => {
      leaving = true;
      current = undefined;
    },
    closeAll: () => {
      for (const client of open) client.close();
    },
  };
}

const OLD_LINE_MS = 5000;

/** A promise that only ever rejects. */
function rejectable(): { readonly promise: Promise<never>; readonly reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  // It may be rejected before anybody waits for it.
  promise.catch(() => undefined);
  return { promise, reject };
}
