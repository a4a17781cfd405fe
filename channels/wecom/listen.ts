import { setTimeout as sleep } from 'node:timers/promises';
import type { WSClient, WsFrame } from '@wecom/aibot-node-sdk';
import { ChannelError } from '../../domain/errors';
import type { LocalizedText } from '../../domain/language';
import type { Deliver, LinkReport } from '../channel';
import { sayGoodbye } from '../goodbye';
import { createKeeping, type Keeping } from '../keeping';
import { pressedCard } from './buttons-card';
import { type ClientTimes, openClient, socketOf } from './client';
import type { LongConnectionConfig } from './config';
import { eventType, inbound, pressedCardOf, type WecomBody } from './inbound';
import { createLink, type Links } from './links';

/** Times in milliseconds. */
export interface ListenTimes extends ClientTimes {
  /** A connection that says nothing for so long is dead. */
  readonly silentAfterMs: number;
  /** Before an event that could not be stored is tried again, at first. */
  readonly retryMs: number;
  /** A pressed card must be answered within 5 s; a toast is waited for no longer than this. */
  readonly answerWithinMs: number;
  /** A closed connection waits so long for what it read to be stored; the rest is stored in the background. */
  readonly drainMs: number;
  /** A connection that is let go waits so long for WeCom to close it too. */
  readonly goodbyeMs: number;
  readonly lateAckMs: number;
}

export const listenTimes: ListenTimes = {
  connectTimeoutMs: 10_000,
  pingEveryMs: 15_000,
  ackTimeoutMs: 5000,
  silentAfterMs: 40_000,
  retryMs: 200,
  answerWithinMs: 3500,
  drainMs: 1000,
  goodbyeMs: 300,
  lateAckMs: 2000,
};

/**
 * Holds the bot's one connection: resolves when `signal` aborts, throws a ChannelError when it is lost: `bad_credentials`, `kicked` (another
 * client has it), `timeout` (silent) or `unreachable`. Each call has a client of its own and leaves no connection behind.
 */
export async function listen(
  config: LongConnectionConfig,
  deliver: Deliver,
  link: LinkReport,
  signal: AbortSignal,
  times: ListenTimes,
  links: Links,
): Promise<void> {
  if (signal.aborted) return;
  const { ended, lose } = createEnd();
  const stop = (): void => lose(STOPPED);
  signal.addEventListener('abort', stop, { once: true });

  const keeping = createKeeping(deliver, times.retryMs);
  let unregister = (): void => undefined;
  let heardAt = Date.now();
  let isUp = false;
  const client = openClient(config, times, {
    authenticated: () => {
      if (isUp || signal.aborted) return;
      isUp = true;
      clearTimeout(deadline);
      unregister = links.register(config, createLink(client, times.lateAckMs));
      link.connected();
    },
    heard: () => {
      heardAt = Date.now();
      if (isUp) link.proven();
    },
    lost: (error) => lose(isUp && error.code === 'unreachable' && Date.now() - heardAt >= times.pingEveryMs * 2 ? silence() : error),
  });
  const deadline = setTimeout(
    () => lose(timeout(`WeCom did not log the bot in within ${times.connectTimeoutMs} ms.`)),
    times.connectTimeoutMs,
  );
  const silent = setInterval(() => {
    if (isUp && Date.now() - heardAt >= times.silentAfterMs) lose(silence());
  }, times.silentAfterMs / 8);
  hear(client, config, keeping, link, times);
  try {
    await ended;
  } catch (error) {
    if (error !== STOPPED) throw error;
  } finally {
    clearTimeout(deadline);
    clearInterval(silent);
    signal.removeEventListener('abort', stop);
    unregister();
    // WeCom sends nothing twice: what it sent before it knew is stored too.
    if (signal.aborted) await sayGoodbye(socketOf(client), times.goodbyeMs);
    client.disconnect();
    if (signal.aborted) await keeping.idle(times.drainMs);
  }
}

const STOPPED = Symbol('stopped');
const timeout = (message: string): ChannelError => new ChannelError('timeout', message, { retryable: true });
const silence = (): ChannelError => timeout('WeCom said nothing for too long: the connection is dead.');

/** Passes on what WeCom pushes, and answers at once what must be answered within seconds. */
function hear(client: WSClient, { welcome }: LongConnectionConfig, keeping: Keeping, link: LinkReport, times: ListenTimes): void {
  const pushed = (frame: WsFrame): void => {
    link.received();
    const body = (frame.body ?? {}) as WecomBody;
    const type = eventType(body);
    // Greetings and cards are courtesies: when one fails nobody tries again.
    if (type === 'enter_chat' && welcome) client.replyWelcome(frame, { msgtype: 'text', text: { content: welcome } }).catch(ignore);
    const event = inbound(body, frame.headers.req_id);
    if (!event) return;
    const kept = keeping.keep(event);
    const card = type === 'template_card_event' ? pressedCardOf(body) : undefined;
    if (card) answerCard(client, frame, card.taskId, kept, times.answerWithinMs).catch(ignore);
  };
  client.on('message', pushed);
  client.on('event', pushed);
}

const TAKEN: LocalizedText = { en: 'Received', zh: '已收到' };

/** The card says what became of the press, and cannot be pressed again. */
async function answerCard(
  client: WSClient,
  frame: WsFrame,
  taskId: string,
  kept: ReturnType<Keeping['keep']>,
  withinMs: number,
): Promise<void> {
  const result = await Promise.race([kept, sleep(withinMs, undefined, { ref: false })]);
  await client.updateTemplateCard(frame, { card_type: 'button_interaction', ...pressedCard(result?.toast ?? TAKEN, taskId) });
}

const ignore = (): void => undefined;

/** A promise that only ever rejects, and may do so before anybody waits for it. */
function createEnd(): { readonly ended: Promise<never>; readonly lose: (error: unknown) => void } {
  let lose: (error: unknown) => void = ignore;
  const ended = new Promise<never>((_, reject) => {
    lose = reject;
  });
  ended.catch(ignore);
  return { ended, lose };
}
