import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { createFaults, type Faults } from '../../../tests/support/faults';
import { carryOut, fields } from './commands';
import type { Delivery, Fault } from './face';
import { type Json, newId, type Request, type World } from './world';

/** The connections: one for each bot, the newest. */
export interface Sockets {
  readonly server: Server;
  /** Without a connection it is lost. */
  push(botId: string, command: string, request: Omit<Request, 'at'>, body: Json): void;
  readonly deliveries: Delivery[];
  readonly logins: number[];
  attempts(): number;
  connections(): number;
  fault(fault: Fault): () => void;
  clearFaults(): void;
  goSilent(): void;
  drop(): void;
  refuse(refuse: boolean): void;
  close(): void;
}

interface Client {
  readonly socket: WebSocket;
  readonly requests: Map<string, Request>;
  botId?: string;
  silent: boolean;
}

interface Wire {
  readonly world: World;
  /** The newest connection of each bot. */
  readonly clients: Map<string, Client>;
  readonly everyRequest: Map<string, Request>;
  readonly faults: Faults<Fault>;
  readonly logins: number[];
  attempts: number;
}

export function createSockets(world: World): Sockets {
  const wire: Wire = { world, clients: new Map(), everyRequest: new Map(), faults: createFaults<Fault>(), logins: [], attempts: 0 };
  const { clients, everyRequest, faults, logins } = wire;
  const all = new Set<Client>();
  const deliveries: Delivery[] = [];
  let refusing = false;

  const server = createServer((request, response) => serveFile(world, request, response));
  const sockets = new WebSocketServer({ server, verifyClient: () => !refusing });
  sockets.on('connection', (socket) => {
    const client: Client = { socket, requests: new Map(), silent: false };
    all.add(client);
    socket.on('message', (data) => take(wire, client, JSON.parse(String(data)) as Frame));
    socket.on('close', () => {
      all.delete(client);
      if (client.botId && clients.get(client.botId) === client) clients.delete(client.botId);
    });
  });

  return {
    server,
    push: (botId, cmd, about, body) => {
      const client = clients.get(botId);
      const reqId = newId('req');
      const request = { ...about, at: Date.now() };
      everyRequest.set(reqId, request);
      client?.requests.set(reqId, request);
      if (client) tell(client, { cmd, headers: { req_id: reqId }, body });
      deliveries.push({ eventId: String(fields(body).msgid), reqId, pushed: client !== undefined });
    },
    deliveries,
    logins,
    attempts: () => wire.attempts,
    connections: () => clients.size,
    fault: faults.add,
    clearFaults: faults.clear,
    goSilent: () => {
      for (const client of all) client.silent = true;
      clients.clear();
    },
    drop: () => {
      for (const { socket } of all) socket.terminate();
    },
    refuse: (refuse) => {
      refusing = refuse;
    },
    close: () => {
      for (const { socket } of all) socket.terminate();
      sockets.close();
    },
  };
}

interface Frame {
  readonly cmd: string;
  readonly headers: { readonly req_id: string };
  readonly body?: Json;
}

function take(wire: Wire, client: Client, { cmd, headers: { req_id: reqId }, body = {} }: Frame): void {
  if (client.silent) return;
  if (cmd === 'aibot_subscribe') {
    wire.attempts += 1;
    if (wire.faults.find(cmd)?.timeout) return;
    subscribe(wire, client, reqId, body);
  } else if (cmd === 'ping') answer(client, reqId, { errcode: 0 });
  else if (!client.botId || wire.clients.get(client.botId) !== client) answer(client, reqId, { errcode: 846609 });
  else command(wire, client, cmd, reqId, body);
}

function subscribe({ world, clients, logins }: Wire, client: Client, reqId: string, { bot_id: id, secret }: Json): void {
  const botId = String(id);
  if (world.secrets.get(botId) === undefined || world.secrets.get(botId) !== secret) {
    answer(client, reqId, { errcode: 853000 });
    return;
  }
  const before = clients.get(botId);
  if (before && before !== client) {
    const body = {
      msgid: newId('ev'),
      aibotid: botId,
      create_time: seconds(),
      msgtype: 'event',
      event: { eventtype: 'disconnected_event' },
    };
    tell(before, { cmd: 'aibot_event_callback', headers: { req_id: newId('req') }, body });
    before.socket.close();
  }
  client.botId = botId;
  clients.set(botId, client);
  logins.push(Date.now());
  answer(client, reqId, { errcode: 0 });
}

function command({ world, faults, everyRequest }: Wire, client: Client, name: string, reqId: string, body: Json): void {
  const fault = faults.find(name, () => JSON.stringify(body));
  const known = client.requests.get(reqId) ?? (world.options.reqIdsSurvive ? everyRequest.get(reqId) : undefined);
  const refused = fault !== undefined && !fault.after && (fault.errcode !== undefined || fault.timeout || fault.drop);
  const result = refused ? { errcode: fault.errcode ?? -1 } : carryOut(world, name, known, body);
  world.calls.push({ api: name, at: Date.now(), errcode: result.errcode, body });
  if (fault?.drop) client.socket.terminate();
  if (fault?.drop || fault?.timeout) return;
  const told = fault?.errcode === undefined ? result : { errcode: fault.errcode };
  const wait = fault?.lateMs ?? world.options.latencyMs;
  if (wait > 0) setTimeout(() => answer(client, reqId, told), wait);
  else answer(client, reqId, told);
}

function tell(client: Client, frame: Json): void {
  if (!client.silent && client.socket.readyState === client.socket.OPEN) client.socket.send(JSON.stringify(frame));
}

function answer(client: Client, reqId: string, { errcode, body }: { readonly errcode: number; readonly body?: Json }): void {
  tell(client, { headers: { req_id: reqId }, errcode, errmsg: errcode === 0 ? 'ok' : 'refused', ...(body ? { body } : {}) });
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

function serveFile(world: World, request: IncomingMessage, response: ServerResponse): void {
  const file = world.files.get(request.url ?? '');
  if (!file) return void response.writeHead(404).end();
  const disposition = file.name ? { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}` } : {};
  response.writeHead(200, { 'content-type': 'application/octet-stream', ...disposition }).end(file.bytes);
}
