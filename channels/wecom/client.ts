import { WSClient } from '@wecom/aibot-node-sdk';
import type { WebSocket } from 'ws';
import { ChannelError } from '../../domain/errors';
import type { LongConnectionConfig } from './config';
import { refusedFrame } from './errors';

export interface ClientTimes {
  /** Until the bot is logged in. */
  readonly connectTimeoutMs: number;
  readonly pingEveryMs: number;
  readonly ackTimeoutMs: number;
}

export interface ClientEvents {
  authenticated(): void;
  /** Anything at all came from WeCom. */
  heard(): void;
  /** Called at least once when the connection is lost or never comes up; the first error says why. */
  lost(error: ChannelError): void;
}

/** Opens one connection that never reconnects by itself. Whoever opened it ends it with `disconnect()`. */
export function openClient({ botId, secret, wsUrl }: LongConnectionConfig, times: ClientTimes, on: ClientEvents): WSClient {
  const client = new WSClient({
    botId,
    secret,
    ...(wsUrl ? { wsUrl } : {}),
    maxReconnectAttempts: 0,
    maxAuthFailureAttempts: 0,
    heartbeatInterval: times.pingEveryMs,
    logger: silent,
    wsOptions: { handshakeTimeout: times.connectTimeoutMs },
  });
  client.on('authenticated', () => on.authenticated());
  client.on('event.disconnected_event', () => on.lost(kicked()));
  client.on('error', (error) => on.lost(lossOf(error)));
  client.on('disconnected', () => on.lost(unreachable('WeCom closed the connection.')));
  client.connect();
  insides(client).wsManager.replyAckTimeout = times.ackTimeoutMs;
  socketOf(client)?.on('message', () => on.heard());
  return client;
}

/** The client's socket, as long as it has one. */
export const socketOf = (client: WSClient): WebSocket | null => insides(client).wsManager.ws;

/** The parts of the SDK's client that it keeps private: it shows no acknowledgement of its pings, and has no option for the time-out. */
interface Insides {
  readonly wsManager: {
    readonly ws: WebSocket | null;
    replyAckTimeout: number;
  };
}

const insides = (client: WSClient): Insides => client as unknown as Insides;

const kicked = (): ChannelError =>
  new ChannelError(
    'kicked',
    'Another client logged in with this bot, and WeCom allows one connection only. Stop the other one, then restart.',
  );

const unreachable = (message: string): ChannelError => new ChannelError('unreachable', message, { retryable: true });

/** What keeps a connection from coming up: only WeCom's own word proves the credentials wrong, everything else may pass. */
function lossOf(error: Error): ChannelError {
  const refusal = /^Authentication failed: .*\(code: (-?\d+)\)$/s.exec(error.message)?.[1];
  if (refusal === undefined) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'network error';
    return unreachable(`WeCom could not be reached (${code}).`);
  }
  const refused = refusedFrame('the log-in', Number(refusal));
  return refused.code === 'bad_credentials' || refused.retryable
    ? refused
    : new ChannelError('server_error', refused.message, { retryable: true });
}

// The SDK logs whole frames, message contents included; what matters reaches us as errors.
const ignore = (): void => undefined;
const silent = { error: ignore, warn: ignore, info: ignore, debug: ignore };
