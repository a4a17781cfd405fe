import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { robotCall } from './events';
import type { Delivery } from './face';
import { type Json, newId, Refused, type World } from './world';

const TICKET_LIVES_MS = 90_000;

interface Attempt {
  readonly at: number;
  readonly messageId: string;
  code?: number;
  data?: unknown;
  ackedAt?: number;
}

interface Push {
  readonly eventId: string;
  readonly type: 'CALLBACK' | 'EVENT';
  readonly topic: string;
  readonly payload: unknown;
  readonly redeliver: boolean;
  readonly attempts: Attempt[];
  acked: boolean;
  timer?: NodeJS.Timeout;
}

interface Connection {
  readonly id: string;
  readonly socket: WebSocket;
  readonly topics: readonly string[];
  silent: boolean;
  leaving: boolean;
}

export interface Sockets {
  /** The answer to who asks where to connect. */
  ticket(body: Json): Json;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  push(topic: string, payload: unknown, options: { eventId?: string; type?: Push['type']; redeliver?: boolean }): string;
  pushRaw(text: string): void;
  sendTo(url: string | undefined): void;
  deliveries(): readonly Delivery[];
  open(): number;
  readonly logins: number[];
  handshakes(): number;
  refuse(on: boolean): void;
  refuseHandshakes(on: boolean): void;
  announceDisconnect(): void;
  goSilent(): void;
  drop(): void;
  close(): void;
}

export function createSockets(world: World): Sockets {
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Map<string, { readonly topics: readonly string[]; readonly until: number }>();
  const connections = new Set<Connection>();
  const pushes: Push[] = [];
  const byMessage = new Map<string, { push: Push; attempt: Attempt }>();
  const logins: number[] = [];
  const state = { refusing: false, refusingHandshakes: false, closed: false, handshakes: 0, callback: undefined as string | undefined };

  const settle = (push: Push, attempt: Attempt, code: number, data: unknown): void => {
    attempt.code = code;
    attempt.data = data;
    attempt.ackedAt = Date.now();
    const later = (data as { status?: unknown } | undefined)?.status === 'LATER';
    if (code !== 200 || later || attempt.ackedAt - attempt.at > world.options.ackWithinMs) return;
    push.acked = true;
    clearTimeout(push.timer);
  };

  const again = (push: Push): void => {
    const wait = push.redeliver ? world.options.redeliverMs[push.attempts.length - 1] : undefined;
    clearTimeout(push.timer);
    if (wait !== undefined) push.timer = setTimeout(() => attempt(push), wait);
  };

  const attempt = (push: Push): void => {
    if (push.acked || state.closed) return;
    const listening = [...connections].filter(
      ({ topics, leaving, socket }) =>
        !leaving && socket.readyState === socket.OPEN && (push.type === 'EVENT' || topics.includes(push.topic)),
    );
    // Nobody is there: a first attempt waits for somebody, a later one for its next turn.
    if (listening.length === 0 && !state.callback) {
      again(push);
      return;
    }
    const made: Attempt = { at: Date.now(), messageId: newId('push') };
    push.attempts.push(made);
    byMessage.set(made.messageId, { push, attempt: made });
    again(push);
    if (state.callback) void post(world, state.callback, push, made, settle);
    else transmit(listening[Math.floor(Math.random() * listening.length)]!, push, made.messageId);
  };

  const heard = (connection: Connection, text: string): void => {
    if (connection.silent) return;
    const ack = JSON.parse(text) as { code: number; headers: { messageId: string }; data?: string };
    const found = byMessage.get(ack.headers.messageId);
    if (found) settle(found.push, found.attempt, ack.code, ack.data === undefined ? undefined : JSON.parse(ack.data));
  };

  const accept = (socket: WebSocket, topics: readonly string[]): void => {
    const connection: Connection = { id: newId('conn'), socket, topics, silent: false, leaving: false };
    connections.add(connection);
    logins.push(Date.now());
    socket.on('message', (bytes: Buffer) => heard(connection, bytes.toString('utf8')));
    socket.on('ping', (data) => {
      if (!connection.silent) socket.pong(data);
    });
    socket.on('close', () => connections.delete(connection));
    socket.on('error', () => socket.terminate());
    for (const topic of ['CONNECTED', 'REGISTERED']) system(connection, topic, {});
    system(connection, 'ping', { opaque: newId('op') });
    // What found nobody goes out as soon as somebody is there.
    for (const push of pushes) if (push.attempts.length === 0 && push.redeliver) attempt(push);
  };

  return {
    logins,
    ticket: (body) => {
      const { clientId, clientSecret, subscriptions } = body;
      if (state.refusing) throw new Refused('ServiceUnavailable', 503);
      if (clientId !== world.options.clientId || clientSecret !== world.options.clientSecret) throw new Refused('authFailed', 401);
      if (!Array.isArray(subscriptions) || subscriptions.length === 0) throw new Refused('param.subscriptions.empty');
      if (connections.size >= world.options.maxConnections) throw new Refused('Forbidden.AccessDenied.QpsLimitForApi', 403);
      const ticket = newId('ticket');
      const topics = (subscriptions as readonly { topic?: unknown }[]).map(({ topic }) => String(topic));
      tickets.set(ticket, { topics, until: Date.now() + TICKET_LIVES_MS });
      return { endpoint: `${world.url.replace(/^http/, 'ws')}/connect`, ticket };
    },
    upgrade: (request, socket, head) => {
      state.handshakes++;
      const ticket = new URL(request.url ?? '/', 'http://emulator').searchParams.get('ticket') ?? '';
      const known = tickets.get(ticket);
      tickets.delete(ticket);
      if (!known || known.until < Date.now() || state.refusingHandshakes) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (opened) => accept(opened, known.topics));
    },
    push: (topic, payload, { eventId, type = 'CALLBACK', redeliver = true }) => {
      const push: Push = { eventId: eventId ?? newId('event'), type, topic, payload, redeliver, attempts: [], acked: false };
      pushes.push(push);
      attempt(push);
      return push.attempts[0]?.messageId ?? push.eventId;
    },
    pushRaw: (text) => {
      for (const { socket } of connections) socket.send(text);
    },
    sendTo: (url) => {
      state.callback = url;
      for (const push of url ? pushes : []) if (push.attempts.length === 0 && push.redeliver) attempt(push);
    },
    deliveries: () => pushes.map(({ eventId, topic, attempts, acked }) => ({ eventId, type: topic, attempts, acked })),
    open: () => connections.size,
    handshakes: () => state.handshakes,
    refuse: (on) => {
      state.refusing = on;
    },
    refuseHandshakes: (on) => {
      state.refusingHandshakes = on;
    },
    announceDisconnect: () => {
      for (const connection of connections) {
        connection.leaving = true;
        system(connection, 'disconnect', { reason: 'connection is expired' });
        setTimeout(() => connection.socket.terminate(), world.options.closeAfterMs).unref();
      }
    },
    goSilent: () => {
      for (const connection of connections) connection.silent = true;
    },
    drop: () => {
      for (const { socket } of connections) socket.terminate();
    },
    close: () => {
      state.closed = true;
      for (const { timer } of pushes) clearTimeout(timer);
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
}

const frame = (type: string, connection: Connection, headers: Json, data: unknown): string =>
  JSON.stringify({
    specVersion: '1.0',
    type,
    headers: { contentType: 'application/json', time: String(Date.now()), appId: 'emulated', connectionId: connection.id, ...headers },
    data: JSON.stringify(data),
  });

function system(connection: Connection, topic: string, data: unknown): void {
  connection.socket.send(frame('SYSTEM', connection, { topic, messageId: newId('sys') }, data));
}

function transmit(connection: Connection, push: Push, messageId: string): void {
  if (connection.silent) return;
  const event = push.type === 'EVENT' ? { eventType: 'emulated', eventId: push.eventId } : {};
  connection.socket.send(frame(push.type, connection, { topic: push.topic, messageId, ...event }, push.payload));
}

async function post(
  world: World,
  url: string,
  push: Push,
  made: Attempt,
  settle: (push: Push, attempt: Attempt, code: number, data: unknown) => void,
): Promise<void> {
  const { body, headers } = robotCall(world, push.payload, Date.now());
  try {
    const response = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers, signal: AbortSignal.timeout(3000) });
    const text = await response.text();
    settle(push, made, response.status, text.startsWith('{') ? JSON.parse(text) : text);
  } catch {
    made.code = 0;
  }
}
