import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { addToCard, batch, changeElement, changeSettings, newCard, operate, replaceCard, setContent } from './cardkit';
import type { Fault } from './face';
import { getMessage, own, patchMessage, replyTo, sendMessage } from './messages';
import type { Sockets } from './sockets';
import { type Json, parseJson, Refused, type World } from './world';

interface Found {
  readonly api: string;
  readonly cardId?: string;
  readonly run: (body: Json, appId: string) => Json;
}

type Route = readonly [method: string, path: RegExp, find: (world: World, ids: readonly string[], method: string) => Found];

const ROUTES: readonly Route[] = [
  [
    'GET',
    /^\/bot\/v3\/info$/,
    (world) => ({ api: 'bot.info', run: () => ({ bot: { activate_status: 2, app_name: 'Parley', open_id: world.botOpenId } }) }),
  ],
  ['POST', /^\/im\/v1\/messages$/, (world) => ({ api: 'message.send', run: (body, app) => ({ data: sendMessage(world, app, body) }) })],
  [
    'POST',
    /^\/im\/v1\/messages\/([^/]+)\/reply$/,
    (world, [id]) => ({ api: 'message.reply', run: (body, app) => ({ data: replyTo(world, app, id!, body) }) }),
  ],
  [
    'PATCH',
    /^\/im\/v1\/messages\/([^/]+)$/,
    (world, [id]) => ({ api: 'message.patch', run: (body) => ({ data: patchMessage(world, id!, body) }) }),
  ],
  ['GET', /^\/im\/v1\/messages\/([^/]+)$/, (world, [id]) => ({ api: 'message.get', run: () => ({ data: getMessage(world, id!) }) })],
  ['DELETE', /^\/im\/v1\/messages\/([^/]+)$/, (world, [id]) => ({ api: 'message.delete', run: () => removed(world, id!) })],
  ['GET', /^\/im\/v1\/chats\/([^/]+)$/, (world, [id]) => ({ api: 'chat.get', run: () => ({ data: chat(world, id!) }) })],
  [
    'POST',
    /^\/cardkit\/v1\/cards$/,
    (world) => ({ api: 'card.create', run: (body, app) => ({ data: { card_id: newCard(world, app, parseJson(body.data, 200220)).id } }) }),
  ],
  ['PUT', /^\/cardkit\/v1\/cards\/([^/]+)$/, (world, [id]) => onCard('card.update', world, id!, replaceCard)],
  ['PATCH', /^\/cardkit\/v1\/cards\/([^/]+)\/settings$/, (world, [id]) => onCard('card.settings', world, id!, changeSettings)],
  ['POST', /^\/cardkit\/v1\/cards\/([^/]+)\/batch_update$/, (world, [id]) => onCard('card.batch', world, id!, batch)],
  [
    'PUT',
    /^\/cardkit\/v1\/cards\/([^/]+)\/elements\/([^/]+)\/content$/,
    (world, [id, element]) => onCard('card.content', world, id!, setContent(world, element!)),
  ],
  ['POST', /^\/cardkit\/v1\/cards\/([^/]+)\/elements$/, (world, [id]) => onCard('card.element', world, id!, addToCard)],
  [
    'PUT|PATCH|DELETE',
    /^\/cardkit\/v1\/cards\/([^/]+)\/elements\/([^/]+)$/,
    (world, [id, element], method) => onCard('card.element', world, id!, changeElement(element!, method)),
  ],
];

const onCard = (api: string, world: World, cardId: string, operation: Parameters<typeof operate>[4]): Found => ({
  api,
  cardId,
  run: (body, appId) => ({ data: operate(world, appId, cardId, body, operation) }),
});

function removed(world: World, id: string): Json {
  own(world, id).recalled = true;
  return {};
}

const chat = (world: World, id: string): Json => {
  if (world.withoutBot.has(id)) throw new Refused(232009);
  return { name: 'chat', chat_mode: 'group', owner_id: world.owners.get(id) ?? 'ou_owner' };
};

export interface Faults {
  add(fault: Fault): () => void;
  clear(): void;
  find(api: string, body: string): Fault | undefined;
}

export function createFaults(): Faults {
  const faults: { fault: Fault; left: number }[] = [];
  const remove = (entry: (typeof faults)[number]): void => {
    const index = faults.indexOf(entry);
    if (index >= 0) faults.splice(index, 1);
  };
  return {
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.push(entry);
      return () => remove(entry);
    },
    clear: () => void faults.splice(0),
    find: (api, body) => {
      const matches = ({ match, containing, untilMs }: Fault): boolean =>
        (typeof match === 'string' ? api.includes(match) : match.test(api)) &&
        (!containing || body.includes(containing)) &&
        Date.now() < (untilMs ?? Number.POSITIVE_INFINITY);
      const entry = faults.find(({ fault, left }) => left > 0 && matches(fault));
      if (entry) entry.left--;
      return entry?.fault;
    },
  };
}

/** Counts calls in a strictly sliding second and refuses those beyond the limit. */
function createGate(world: World): (api: string, cardId: string | undefined) => void {
  const windows = new Map<string, number[]>();
  const full = (key: string, most: number, now: number): boolean => {
    const times = (windows.get(key) ?? []).filter((at) => now - at < 1000);
    windows.set(key, times);
    return times.length >= most;
  };
  return (api, cardId) => {
    const { limits } = world.options;
    if (limits === 'off') return;
    const now = Date.now();
    const over = full(api, limits.perApiPerSecond, now) ? 'api' : cardId && full(cardId, limits.perCardPerSecond, now) ? 'card' : undefined;
    if (over) {
      world.violations.push({ api, at: now, limit: over });
      throw new Refused(99991400, 429, 1);
    }
    windows.get(api)!.push(now);
    if (cardId) windows.get(cardId)!.push(now);
  };
}

export function createHttp(world: World, sockets: Sockets, faults: Faults): Server {
  const pass = createGate(world);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readAll(request);
    const url = new URL(request.url ?? '/', 'http://emulator');
    const found = find(world, request.method ?? 'GET', url.pathname, `http://${request.headers.host}`, sockets);
    const fault = faults.find(found.api, text);
    if (world.options.latencyMs) await sleep(world.options.latencyMs);
    const real = fault && !fault.after ? undefined : run(world, found, request, text, pass);
    if (fault?.drop) return void request.socket.destroy();
    if (fault?.timeout) return;
    const made = fault?.status || fault?.code ? faulty(fault) : (real ?? faulty({ match: '', status: 500 }));
    world.calls.push({
      api: found.api,
      at: Date.now(),
      status: made.status,
      code: made.code,
      ...(found.cardId ? { cardId: found.cardId } : {}),
    });
    const reset = made.resetSeconds === undefined ? {} : { 'x-ogw-ratelimit-reset': String(made.resetSeconds) };
    response.writeHead(made.status, { 'content-type': 'application/json', ...reset }).end(JSON.stringify(made.body));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  return server;
}

interface Made {
  readonly status: number;
  readonly code: number;
  readonly body: unknown;
  readonly resetSeconds?: number | undefined;
}

interface Open extends Found {
  /** Discovery and log-in need no token and answer as they like. */
  readonly raw?: (body: Json) => { readonly status: number; readonly body: unknown };
}

function find(world: World, method: string, path: string, baseUrl: string, sockets: Sockets): Open {
  if (path === '/callback/ws/endpoint') return { api: 'connect', run: () => ({}), raw: (body) => sockets.discover(baseUrl, body) };
  if (path === '/open-apis/auth/v3/tenant_access_token/internal')
    return { api: 'token', run: () => ({}), raw: (body) => login(world, body) };
  for (const [methods, pattern, make] of ROUTES) {
    const match = pattern.exec(path.replace('/open-apis', ''));
    if (match && methods.split('|').includes(method)) return make(world, match.slice(1).map(decodeURIComponent), method);
  }
  return {
    api: 'unknown',
    run: () => {
      throw new Refused(-1, 404);
    },
  };
}

function login(world: World, { app_id: appId, app_secret: secret }: Json): { readonly status: number; readonly body: unknown } {
  if (typeof appId !== 'string' || !world.apps.has(appId)) return { status: 200, body: { code: 10003, msg: 'invalid param' } };
  if (world.apps.get(appId) !== secret) return { status: 200, body: { code: 10014, msg: 'app secret invalid' } };
  const token = `t-${randomBytes(16).toString('hex')}`;
  world.tokens.set(token, { appId, until: Date.now() + world.options.tokenSeconds * 1000 });
  return { status: 200, body: { code: 0, msg: 'ok', tenant_access_token: token, expire: world.options.tokenSeconds } };
}

function run(
  world: World,
  found: Open,
  request: IncomingMessage,
  text: string,
  pass: (api: string, cardId: string | undefined) => void,
): Made {
  try {
    pass(found.api, found.cardId);
    const body = text === '' ? {} : parseJson(text, 9499);
    if (found.raw) {
      const { status, body: answer } = found.raw(body);
      return { status, code: Number((answer as Json).code ?? -1), body: answer };
    }
    const token = world.tokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
    if (!token || token.until < Date.now()) throw new Refused(request.headers.authorization ? 99991663 : 99991661);
    return { status: 200, code: 0, body: { code: 0, msg: 'success', ...found.run(body, token.appId) } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, code, resetSeconds } = error;
    return { status, code, body: { code, msg: `refused with ${code}`, error: { log_id: 'log' } }, resetSeconds };
  }
}

function faulty({ status, code = -1, resetSeconds }: Fault): Made {
  return {
    status: status ?? (code === 99991400 ? 429 : 400),
    code,
    body: code === -1 ? 'out of order' : { code, msg: `fault ${code}` },
    resetSeconds,
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
