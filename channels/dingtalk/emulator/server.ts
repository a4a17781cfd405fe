import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../../../tests/support/faults';
import { readBody } from '../../../tests/support/loopback';
import { createAndDeliver, streamCard, updateCard } from './cards';
import type { Fault } from './face';
import { download, react, sendBySession, sendToGroup, sendToPeople, upload } from './messages';
import type { Sockets } from './sockets';
import { type Json, newId, parseJson, Refused, type World } from './world';

interface Asked {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly body: () => Json;
  /** Whether a card arrives where it is sent. */
  readonly delivered: boolean;
}

interface Route {
  readonly api: string;
  /** Which token the call must carry. */
  readonly token?: 'api' | 'oapi';
  readonly permission?: 'card' | 'robot';
  readonly run: (world: World, asked: Asked, sockets: Sockets) => Json | Promise<Json>;
}

const robot = (api: string, run: (world: World, body: Json) => Json): Route => ({
  ...{ api, token: 'api', permission: 'robot' },
  run: (world, { body }) => run(world, body()),
});
const card = (api: string, run: (world: World, body: Json, delivered: boolean) => Json): Route => ({
  ...{ api, token: 'api', permission: 'card' },
  run: (world, { body, delivered }) => run(world, body(), delivered),
});

const ROUTES: Readonly<Record<string, Route>> = {
  'POST /v1.0/gateway/connections/open': { api: 'connect', run: (_, { body }, sockets) => sockets.ticket(body()) },
  'POST /v1.0/oauth2/accessToken': { api: 'token', run: (world, { body }) => login(world, body()) },
  'GET /gettoken': { api: 'gettoken', run: (world, { url }) => legacyLogin(world, url.searchParams) },
  'POST /v1.0/card/instances/createAndDeliver': card('card.create', createAndDeliver),
  'PUT /v1.0/card/instances': card('card.update', updateCard),
  'PUT /v1.0/card/streaming': card('card.streaming', streamCard),
  'POST /v1.0/robot/groupMessages/send': robot('robot.group', sendToGroup),
  'POST /v1.0/robot/oToMessages/batchSend': robot('robot.person', sendToPeople),
  'POST /v1.0/robot/emotion/reply': robot('robot.emotion', react),
  'POST /v1.0/robot/messageFiles/download': robot('robot.download', download),
  'POST /robot/sendBySession': {
    api: 'webhook.send',
    run: (world, { url, body }) => sendBySession(world, url.searchParams.get('session') ?? '', body()),
  },
  'POST /topapi/v2/user/get': { ...{ api: 'user.get', token: 'oapi' }, run: (world, { body }) => member(world, body()) },
  'POST /media/upload': {
    ...{ api: 'media.upload', token: 'oapi' },
    run: (world, { url, headers, bytes }) => upload(world, url.searchParams.get('type') ?? '', headers['content-type'] ?? '', bytes),
  },
};

function login(world: World, { appKey, appSecret }: Json): Json {
  if (appKey !== world.options.clientId || appSecret !== world.options.clientSecret) throw new Refused('invalidClientIdOrSecret', 400);
  return { accessToken: newToken(world, 'api'), expireIn: world.options.tokenSeconds };
}

function member(world: World, { userid }: Json): Json {
  const person = world.people.get(String(userid));
  if (!person) throw new Refused('60121', 200);
  return { errcode: 0, errmsg: 'ok', result: { ...person, userid } };
}

function legacyLogin(world: World, query: URLSearchParams): Json {
  if (query.get('appkey') !== world.options.clientId || query.get('appsecret') !== world.options.clientSecret)
    throw new Refused('40089', 200);
  return { errcode: 0, errmsg: 'ok', access_token: newToken(world, 'oapi'), expires_in: world.options.tokenSeconds };
}

function newToken(world: World, side: 'api' | 'oapi'): string {
  const token = newId(side);
  world.tokens.set(token, { side, until: Date.now() + world.options.tokenSeconds * 1000 });
  return token;
}

/** Counts the robot's calls in a strictly sliding second and refuses those beyond the limit. */
function createGate(world: World): (api: string) => void {
  let recent: number[] = [];
  return (api) => {
    const { limits } = world.options;
    if (limits === 'off') return;
    const now = Date.now();
    recent = recent.filter((at) => now - at < 1000);
    if (recent.length >= limits.perSecond) {
      world.violations.push({ api, at: now, limit: 'robot' });
      throw new Refused('Forbidden.AccessDenied.QpsLimitForApi', 403);
    }
    recent.push(now);
  };
}

interface Made {
  readonly status: number;
  readonly code: string;
  readonly body: unknown;
}

export function createHttp(world: World, sockets: Sockets, faults: Faults<Fault>): Server {
  const pass = createGate(world);

  const run = async (route: Route | undefined, asked: Asked): Promise<Made> => {
    try {
      if (!route) throw new Refused('InvalidAction.NotFound', 404);
      if (route.token === 'api') pass(route.api);
      if (route.token) authorize(world, route, asked);
      return { status: 200, code: '0', body: await route.run(world, asked, sockets) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, code: error.code, body: refusal(error.status, error.code) };
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://emulator');
    if (url.pathname.startsWith('/files/')) return serveFile(world, url, response, faults.find('file'));
    const route = ROUTES[`${request.method} ${url.pathname}`];
    const api = route?.api ?? 'unknown';
    const text = bytes.toString('utf8');
    const fault = faults.find(api, () => text);
    if (world.options.latencyMs) await sleep(world.options.latencyMs);
    const body = (): Json => (text === '' ? {} : parseJson(text));
    const asked = { url, headers: request.headers, bytes, body, delivered: !fault?.undelivered };
    const real = fault && !fault.after && !fault.undelivered ? undefined : await run(route, asked);
    if (fault?.drop) return void request.socket.destroy();
    if (fault?.timeout) return;
    const made = fault?.status || fault?.code ? faulty(fault) : (real ?? faulty({ match: '', status: 500 }));
    const cardId = api.startsWith('card.') && text.startsWith('{') ? body().outTrackId : undefined;
    world.calls.push({ api, at: Date.now(), status: made.status, code: made.code, ...(typeof cardId === 'string' ? { cardId } : {}) });
    response.writeHead(made.status, { 'content-type': 'application/json' }).end(JSON.stringify(made.body));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  return server;
}

function authorize(world: World, { token: side, permission }: Route, { url, headers }: Asked): void {
  const given = side === 'api' ? headers['x-acs-dingtalk-access-token'] : url.searchParams.get('access_token');
  const token = world.tokens.get(String(given ?? ''));
  const valid = token !== undefined && token.side === side && token.until > Date.now();
  if (!valid) throw side === 'api' ? new Refused('InvalidAuthentication', 400) : new Refused('40014', 200);
  if (permission && world.revoked.has(permission)) throw new Refused('Forbidden.AccessDenied.AccessTokenPermissionDenied', 403);
}

/** A number says that the legacy API refuses. */
const refusal = (status: number, code: string): Json =>
  status === 200 ? { errcode: Number(code), errmsg: `refused ${code}` } : { code, message: `refused ${code}`, requestid: newId('request') };

function faulty({ status, code }: Fault): Made {
  const made = status ?? (code && /^-?\d+$/.test(code) ? 200 : /^Forbidden/.test(code ?? '') ? 403 : 400);
  return { status: made, code: code ?? '', body: code === undefined ? 'out of order' : refusal(made, code) };
}

function serveFile(world: World, url: URL, response: ServerResponse, fault: Fault | undefined): void {
  const file = world.files.get(decodeURIComponent(url.pathname.slice('/files/'.length)));
  if (!file || fault) return void response.writeHead(fault?.status ?? 404).end();
  response.writeHead(200, { 'content-type': file.mime }).end(file.bytes);
}
