import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LarkEvent } from '../inbound';
import { webhookBody } from './events';
import type { Delivery } from './face';
import { decode, encode, type Frame } from './frames';
import { newId, type World } from './world';

const CLIENT_CONFIG = { ReconnectCount: -1, ReconnectInterval: 120, ReconnectNonce: 30, PingInterval: 120 };
const SERVICE_ID = 33554678;

interface Attempt {
  readonly at: number;
  code?: number;
  data?: unknown;
  ackedAt?: number;
}

interface Push {
  readonly event: LarkEvent;
  readonly appId: string;
  readonly frameId: string;
  readonly oldFrame: boolean;
  readonly redeliver: boolean;
  readonly attempts: Attempt[];
  acked: boolean;
  timer?: NodeJS.Timeout;
}

interface Connection {
  readonly socket: WebSocket;
  readonly appId: string;
  silent: boolean;
}

export interface Sockets {
  /** The answer of the discovery: where to connect, or why not. */
  discover(baseUrl: string, body: Readonly<Record<string, unknown>>): { readonly status: number; readonly body: unknown };
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  push(event: LarkEvent, options: { readonly redeliver?: boolean; readonly oldFrame?: boolean; readonly appId?: string }): string;
  sendTo(url: string | undefined): void;
  deliveries(): readonly Delivery[];
  open(): number;
  readonly logins: number[];
  refuse(on: boolean): void;
  goSilent(): void;
  drop(): void;
  close(): void;
}

export function createSockets(world: World): Sockets {
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Map<string, string>();
  const connections = new Set<Connection>();
  const pushes: Push[] = [];
  const byFrame = new Map<string, Push>();
  const logins: number[] = [];
  let refusing = false;
  let closed = false;
  let callback: string | undefined;

  const settle = (push: Push, attempt: Attempt, code: number, data: unknown): void => {
    attempt.code = code;
    attempt.data = data;
    attempt.ackedAt = Date.now();
    if (code !== 200 || attempt.ackedAt - attempt.at > world.options.ackWithinMs) return;
    push.acked = true;
    clearTimeout(push.timer);
  };

  const attempt = (push: Push): void => {
    if (push.acked || closed) return;
    const open = [...connections].filter(({ appId, socket }) => appId === push.appId && socket.readyState === socket.OPEN);
    if (open.length === 0 && !callback) {
      // Nobody is there: a first attempt waits for somebody, a later one for its next turn.
      const again = push.redeliver ? world.options.redeliverMs[push.attempts.length - 1] : undefined;
      if (again !== undefined) push.timer = setTimeout(() => attempt(push), again);
      return;
    }
    const made: Attempt = { at: Date.now() };
    push.attempts.push(made);
    const wait = push.redeliver ? world.options.redeliverMs[push.attempts.length - 1] : undefined;
    clearTimeout(push.timer);
    if (wait !== undefined) push.timer = setTimeout(() => attempt(push), wait);
    if (callback) void post(callback, push, made, settle);
    else transmit(world, open[Math.floor(Math.random() * open.length)]!, push);
  };

  const heard = (connection: Connection, frame: Frame): void => {
    if (connection.silent) return;
    if (frame.method === 'control' && frame.headers.type === 'ping') {
      const payload = Buffer.from(JSON.stringify(CLIENT_CONFIG));
      connection.socket.send(encode({ method: 'control', service: frame.service, headers: { type: 'pong' }, payload }));
    }
    if (frame.method !== 'data') return;
    const push = byFrame.get(frame.headers.message_id ?? '');
    const last = push?.attempts.at(-1);
    if (!push || !last) return;
    const ack = JSON.parse(frame.payload.toString('utf8')) as { code: number; data?: string };
    settle(push, last, ack.code, ack.data ? JSON.parse(Buffer.from(ack.data, 'base64').toString('utf8')) : undefined);
  };

  const accept = (socket: WebSocket, appId: string): void => {
    const connection: Connection = { socket, appId, silent: false };
    connections.add(connection);
    logins.push(Date.now());
    socket.on('message', (bytes: Buffer) => heard(connection, decode(bytes)));
    socket.on('ping', (data) => {
      if (!connection.silent) socket.pong(data);
    });
    socket.on('close', () => connections.delete(connection));
    socket.on('error', () => socket.terminate());
    // What found nobody goes out as soon as somebody is there.
    for (const push of pushes) if (push.appId === appId && push.attempts.length === 0 && push.redeliver) attempt(push);
  };

  return {
    logins,
    discover: (baseUrl, body) => {
      const appId = String(body.AppID);
      const refused = (code: number, msg: string) => ({
        status: 200,
        body: { code, msg, ...(world.options.refusalsCarryData ? { data: {} } : {}) },
      });
      if (refusing) return { status: 503, body: 'unavailable' };
      if (body.AppSecret === undefined || world.apps.get(appId) !== body.AppSecret) return refused(514, 'app_id or app_secret is invalid');
      const mine = [...connections].filter((connection) => connection.appId === appId);
      if (mine.length >= world.options.maxConnections) return refused(1000040350, 'the number of connections exceeded the limit');
      const ticket = newId('ticket');
      tickets.set(ticket, appId);
      const query = `fpid=493&aid=552564&device_id=${newId('device')}&access_key=${newId('key')}&service_id=${SERVICE_ID}&ticket=${ticket}`;
      const data = { URL: `${baseUrl.replace(/^http/, 'ws')}/ws/v2?${query}`, ClientConfig: CLIENT_CONFIG };
      return { status: 200, body: { code: 0, msg: '', data } };
    },
    upgrade: (request, socket, head) => {
      const ticket = new URL(request.url ?? '/', 'http://emulator').searchParams.get('ticket') ?? '';
      const appId = tickets.get(ticket);
      tickets.delete(ticket);
      if (!appId || refusing) {
        socket.end(
          'HTTP/1.1 514 Refused\r\nHandshake-Status: 514\r\nHandshake-Msg: invalid ticket\r\nHandshake-Autherrcode: 1\r\nContent-Length: 0\r\n\r\n',
        );
        return;
      }
      server.handleUpgrade(request, socket, head, (opened) => accept(opened, appId));
    },
    push: (event, { redeliver = true, oldFrame = false, appId = world.options.appId }) => {
      const push: Push = { event, appId, frameId: newId('frame'), oldFrame, redeliver, attempts: [], acked: false };
      pushes.push(push);
      byFrame.set(push.frameId, push);
      attempt(push);
      return String(event.header?.event_id);
    },
    sendTo: (url) => {
      callback = url;
      for (const push of url ? pushes : []) if (push.attempts.length === 0 && push.redeliver) attempt(push);
    },
    deliveries: () =>
      pushes.map(({ event, attempts, acked }) => ({
        eventId: String(event.header?.event_id),
        type: String(event.header?.event_type),
        attempts,
        acked,
      })),
    open: () => connections.size,
    refuse: (on) => {
      refusing = on;
    },
    goSilent: () => {
      for (const connection of connections) connection.silent = true;
    },
    drop: () => {
      for (const { socket } of connections) socket.terminate();
    },
    close: () => {
      closed = true;
      for (const { timer } of pushes) clearTimeout(timer);
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
}

/** One event, in as many fragments as it needs. */
function transmit(world: World, { socket, silent }: Connection, { event, frameId, oldFrame }: Push): void {
  if (silent) return;
  const bytes = Buffer.from(JSON.stringify(event));
  const size = world.options.fragmentBytes;
  const sum = Math.max(1, Math.ceil(bytes.length / size));
  for (let seq = 0; seq < sum; seq++) {
    const headers = { type: oldFrame ? 'card' : 'event', message_id: frameId, trace_id: frameId, sum: String(sum), seq: String(seq) };
    socket.send(encode({ method: 'data', service: SERVICE_ID, headers, payload: bytes.subarray(seq * size, (seq + 1) * size) }));
  }
}

async function post(
  url: string,
  push: Push,
  made: Attempt,
  settle: (push: Push, attempt: Attempt, code: number, data: unknown) => void,
): Promise<void> {
  const { body, headers } = webhookBody(push.event, Date.now());
  try {
    const response = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers, signal: AbortSignal.timeout(3000) });
    const text = await response.text();
    settle(push, made, response.status, text.startsWith('{') ? JSON.parse(text) : text);
  } catch {
    made.code = 0;
  }
}
