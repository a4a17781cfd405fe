import type { SendMsgBody, WeComMediaType } from '@wecom/aibot-node-sdk';
import { ChannelError } from '../../domain/errors';
import type { Address } from '../../domain/event';
import type { Ports, Priority } from '../channel';
import { createAllowance } from './allowance';
import type { LongConnectionConfig } from './config';
import type { Link, Links } from './links';

type Json = Readonly<Record<string, unknown>>;

/** What the messenger says, one function per kind; throws ChannelErrors, of which `timeout` leaves open whether it arrived. */
export interface Sending {
  /** A frame of a stream. The first one counts as a message of its chat, for which it may have to wait. */
  frame(to: Address, reqId: string, body: Json, first?: FirstFrame): Promise<void>;
  message(to: Address, body: SendMsgBody, priority: Priority): Promise<void>;
  upload(kind: WeComMediaType, name: string, bytes: Buffer): Promise<string>;
}

interface FirstFrame {
  readonly priority: Priority;
  /** Aborts when its moment is over. */
  readonly signal: AbortSignal;
}

export function createSending(config: LongConnectionConfig, links: Links, { budget, called }: Pick<Ports, 'budget' | 'called'>): Sending {
  const allowance = createAllowance(budget);
  const through = async <T>(chatId: string | undefined, call: (link: Link) => Promise<T>): Promise<T> => {
    try {
      const answer = await call(links.get(config));
      called('ok');
      return answer;
    } catch (error) {
      const limited = error instanceof ChannelError && error.code === 'rate_limited';
      called(limited ? 'rate_limited' : 'error');
      if (limited && chatId) await allowance.pause(chatId, error.retryAfterMs ?? 0);
      throw error;
    }
  };
  return {
    frame: async ({ chatId }, reqId, body, first) => {
      if (first) await allowance.take(chatId, first.priority, first.signal);
      await through(chatId, (link) => link.respond(reqId, body));
    },
    message: async ({ chatId }, body, priority) => {
      await allowance.take(chatId, priority);
      await through(chatId, (link) => link.send(chatId, body));
    },
    upload: (kind, name, bytes) => through(undefined, (link) => link.upload(kind, name, bytes)),
  };
}

/** Whether the call certainly had no effect. */
export const isRefused = (error: unknown): boolean => error instanceof ChannelError && error.code !== 'timeout';
