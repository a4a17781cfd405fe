import { setTimeout as sleep } from 'node:timers/promises';
import type { SendMsgBody, WeComMediaType, WSClient } from '@wecom/aibot-node-sdk';
import { ChannelError } from '../../domain/errors';
import type { TurnRef } from '../channel';
import type { LongConnectionConfig } from './config';
import { refusedFrame, superseded } from './errors';

type Json = Readonly<Record<string, unknown>>;

/** One authenticated connection, as those who speak through it see it. Calls resolve with WeCom's acknowledgement; `timeout` means that the outcome is not known. */
export interface Link {
  /** Answers one callback, by its request id. */
  respond(reqId: string, body: Json): Promise<void>;
  /** Says something into a chat, unasked. */
  send(chatId: string, body: SendMsgBody): Promise<void>;
  /** Resolves with the media id, which lives for 3 days. */
  upload(kind: WeComMediaType, name: string, bytes: Buffer): Promise<string>;
}

/** The connections of this process, by bot, and who writes which reply. */
export interface Links {
  /** Answers a function that takes the link away again. */
  register(config: LongConnectionConfig, link: Link): () => void;
  /** Throws `unreachable` while this process has none. */
  get(config: LongConnectionConfig): Link;
  /** Whether the bot is connected here, and with just this secret. */
  isUp(config: LongConnectionConfig): 'same' | 'other' | undefined;
  /** Only the newest writer of a reply may go on. Throws `superseded` for an older one; the signal aborts with it when a newer one comes. */
  claim(turn: TurnRef): AbortSignal;
}

const TURNS_REMEMBERED = 5000;

export function createLinks(): Links {
  const links = new Map<string, { readonly link: Link; readonly secret: string }>();
  const writers = new Map<string, { readonly epoch: number; readonly replaced: AbortController }>();
  const keyOf = ({ botId, wsUrl = '' }: LongConnectionConfig): string => JSON.stringify([botId, wsUrl]);
  return {
    register: (config, link) => {
      const key = keyOf(config);
      links.set(key, { link, secret: config.secret });
      return () => {
        if (links.get(key)?.link === link) links.delete(key);
      };
    },
    get: (config) => {
      const found = links.get(keyOf(config));
      if (!found) throw new ChannelError('unreachable', 'This process holds no connection of this bot at the moment.', { retryable: true });
      return found.link;
    },
    isUp: (config) => {
      const found = links.get(keyOf(config));
      return found && (found.secret === config.secret ? 'same' : 'other');
    },
    claim: ({ id, epoch }) => {
      const known = writers.get(id);
      if (known && known.epoch > epoch) throw superseded();
      const writer = known?.epoch === epoch ? known : { epoch, replaced: new AbortController() };
      if (known !== writer) known?.replaced.abort(superseded());
      writers.delete(id);
      writers.set(id, writer);
      if (writers.size > TURNS_REMEMBERED) writers.delete(writers.keys().next().value!);
      return writer.replaced.signal;
    },
  };
}

/**
 * @param lateAckMs how long an answer to a callback rests after an acknowledgement failed to come: the SDK would take a late one for that of
 * the next frame
 */
export function createLink(client: WSClient, lateAckMs: number): Link {
  const restingUntil = new Map<string, number>();
  return {
    respond: async (reqId, body) => {
      const wait = (restingUntil.get(reqId) ?? 0) - Date.now();
      if (wait > 0) await sleep(wait);
      restingUntil.delete(reqId);
      try {
        await client.reply({ headers: { req_id: reqId } }, { ...body });
      } catch (error) {
        const failure = failureOf('an answer', error);
        if (failure.code === 'timeout') restingUntil.set(reqId, Date.now() + lateAckMs);
        throw failure;
      }
    },
    send: async (chatId, body) => {
      await client.sendMessage(chatId, body).catch((error: unknown) => {
        throw failureOf('a message', error);
      });
    },
    upload: async (type, filename, bytes) => {
      const { media_id: mediaId } = await client.uploadMedia(bytes, { type, filename }).catch((error: unknown) => {
        throw failureOf('an upload', error);
      });
      return mediaId;
    },
  };
}

/** The SDK rejects with the frame that refused, or with an error whose text alone says what happened. */
function failureOf(what: string, error: unknown): ChannelError {
  const errcode = (error as { readonly errcode?: unknown } | null)?.errcode;
  if (typeof errcode === 'number') return refusedFrame(what, errcode);
  const text = error instanceof Error ? error.message : '';
  const quoted = /"errcode":(-?\d+)/.exec(text)?.[1];
  if (quoted) return refusedFrame(what, Number(quoted));
  if (text.includes('not connected'))
    return new ChannelError('unreachable', `The connection was lost before ${what} went out.`, { retryable: true });
  return new ChannelError('timeout', `WeCom did not acknowledge ${what}: whether it arrived is not known.`, { retryable: true });
}
