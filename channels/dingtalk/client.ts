import { DWClient, type DWClientDownStream, TOPIC_CARD, TOPIC_ROBOT } from 'dingtalk-stream';
import { WebSocket } from 'ws';
import { ChannelError } from '../../domain/errors';
import { baseUrl } from '../base-url';
import type { DingTalkConfig } from './config';
import { isLimited, isRefusedCredentials, refused } from './errors';
import { type Answer, send } from './http';

export type Push = DWClientDownStream;

/** What a connection tells of itself. */
export interface ClientEvents {
  readonly onMessage: (push: Push) => void;
  readonly onCard: (push: Push) => void;
  /** DingTalk will push nothing more here and close soon. */
  readonly onLeave: () => void;
  /** Anything received: the only proof of life. */
  readonly onReceipt: () => void;
  readonly onClose: () => void;
}

/** One socket to DingTalk; never opened twice. */
export interface StreamClient {
  /** Resolves when the socket is open; throws a ChannelError. */
  open(): Promise<void>;
  ping(): void;
  isOpen(): boolean;
  /** Acknowledges a push; on a closed socket nothing happens. */
  acknowledge(messageId: string, result: Readonly<Record<string, unknown>>): void;
  /** Waits for what was sent last. */
  close(): void;
}

/**
 * The SDK reads frames and writes acknowledgements; the life of the socket is ours. Left to itself the SDK asks a fixed address without a time
 * limit, hides every failure, doubles its reconnects each time a handshake is refused, comes back after it was closed, and prints to the console.
 */
export function createStreamClient(config: DingTalkConfig, timeoutMs: number, signal: AbortSignal, events: ClientEvents): StreamClient {
  const client = new ConnectedOnce(config, timeoutMs, signal, events);
  client.registerCallbackListener(TOPIC_ROBOT, events.onMessage);
  client.registerCallbackListener(TOPIC_CARD, events.onCard);
  // Nothing else is subscribed to; what comes all the same is no concern of ours.
  client.registerAllEventListener(() => ({ status: 'SUCCESS' }) as ReturnType<Parameters<DWClient['registerAllEventListener']>[0]>);
  return client;
}

/** Asks where to connect. Throws `bad_credentials` when the Client ID or Secret is refused. */
export async function openTicket(
  config: DingTalkConfig,
  subscriptions: readonly { readonly type: string; readonly topic: string }[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  const { clientId, clientSecret } = config;
  const body = { clientId, clientSecret, ua: 'parley', subscriptions };
  const url = `${baseUrl(config.apiBase) ?? ''}/v1.0/gateway/connections/open`;
  const answer = await send('connect', url, { method: 'POST', body }, timeoutMs, signal);
  const { endpoint, ticket } = answer.body;
  if (answer.code === '0' && typeof endpoint === 'string' && typeof ticket === 'string')
    return `${endpoint}?ticket=${encodeURIComponent(ticket)}`;
  throw refusedConnection(answer);
}

export const SUBSCRIPTIONS = [
  { type: 'CALLBACK', topic: TOPIC_ROBOT },
  { type: 'CALLBACK', topic: TOPIC_CARD },
] as const;

function refusedConnection({ status, code }: Answer): ChannelError {
  const platformCode = code === '0' ? 'no endpoint' : code;
  if (!isLimited(status, code) && isRefusedCredentials(status, code))
    return new ChannelError('bad_credentials', `DingTalk refused the Client ID or the Client Secret (${platformCode}, HTTP ${status}).`);
  const error = refused('the connection', status, platformCode);
  return error.retryable ? error : new ChannelError(error.code, error.message, { retryable: true });
}

/** The parts of the SDK's client that its typings keep private. */
interface Insides {
  socket: WebSocket | undefined;
}

class ConnectedOnce extends DWClient implements StreamClient {
  private url = '';

  constructor(
    private readonly settings: DingTalkConfig,
    private readonly timeoutMs: number,
    private readonly ended: AbortSignal,
    private readonly told: ClientEvents,
  ) {
    super({ clientId: settings.clientId, clientSecret: settings.clientSecret, keepAlive: false, debug: false });
    this.config.autoReconnect = false;
    // Its default is one array for all clients of the process.
    this.config.subscriptions = SUBSCRIPTIONS.map((each) => ({ ...each }));
  }

  async open(): Promise<void> {
    await this.getEndpoint();
    await this._connect();
  }

  override async getEndpoint(): Promise<this> {
    this.url = await openTicket(this.settings, this.config.subscriptions, this.timeoutMs, this.ended);
    return this;
  }

  override _connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended.aborted) return reject(unreachable('it is being closed'));
      const socket = new WebSocket(this.url, { handshakeTimeout: this.timeoutMs });
      this.inside.socket = socket;
      const close = (): void => (this.isOpen() ? this.close() : socket.terminate());
      this.ended.addEventListener('abort', close, { once: true });
      socket.on('open', () => {
        this.connected = true;
        this.told.onReceipt();
        resolve();
      });
      socket.on('message', (data) => this.read(String(data)));
      for (const sign of ['pong', 'ping'] as const) socket.on(sign, this.told.onReceipt);
      socket.on('unexpected-response', (_, response) => {
        socket.terminate();
        reject(unreachable(`it refused the handshake with HTTP ${response.statusCode}`));
      });
      // Its words may hold the address with the ticket.
      socket.on('error', () => reject(unreachable('the handshake failed')));
      socket.on('close', () => {
        this.ended.removeEventListener('abort', close);
        this.connected = false;
        reject(unreachable('it closed the connection'));
        this.told.onClose();
      });
    });
  }

  override onSystem(push: Push): void {
    super.onSystem(push);
    if (push.headers.topic === 'disconnect') this.told.onLeave();
  }

  ping(): void {
    if (this.isOpen()) this.inside.socket?.ping();
  }

  isOpen(): boolean {
    return this.inside.socket?.readyState === WebSocket.OPEN;
  }

  acknowledge(messageId: string, result: Readonly<Record<string, unknown>>): void {
    if (messageId && this.isOpen()) this.socketCallBackResponse(messageId, result);
  }

  close(): void {
    const { socket } = this.inside;
    socket?.close();
    // Whoever does not answer a farewell is not waited for.
    setTimeout(() => socket?.terminate(), CLOSING_MS).unref();
  }

  private get inside(): Insides {
    return this as unknown as Insides;
  }

  /** The SDK throws on what is no JSON, from within the socket. */
  private read(data: string): void {
    this.told.onReceipt();
    try {
      this.onDownStream(data);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    }
  }
}

const CLOSING_MS = 250;

const unreachable = (why: string): ChannelError =>
  new ChannelError('unreachable', `DingTalk could not be connected to: ${why}.`, { retryable: true });
