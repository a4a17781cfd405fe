import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../../../tests/support/faults';
import { readBody } from '../../../tests/support/loopback';
import type { Fault } from './face';
import { sendOut } from './files';
import { find, type Open, type Raw } from './routes';
import type { Sockets } from './sockets';
import { type Json, parseJson, Refused, type StoredFile, type World } from './world';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** Counts calls in strictly sliding windows and refuses those beyond a limit. */
function createGate(world: World): (api: string, cardId: string | undefined) => void {
  const windows = new Map<string, number[]>();
  return (api, cardId) => {
    const { limits } = world.options;
    if (limits === 'off') return;
    const now = Date.now();
    const rules = [
      { limit: 'api' as const, key: api, most: limits.perApiPerSecond, ms: SECOND_MS },
      ...(cardId ? [{ limit: 'card' as const, key: cardId, most: limits.perCardPerSecond, ms: SECOND_MS }] : []),
      ...(api === 'card.content'
        ? []
        : [{ limit: 'minute' as const, key: `${api} a minute`, most: limits.perApiPerMinute, ms: MINUTE_MS }]),
    ];
    for (const { limit, key, most, ms } of rules) {
      const times = (windows.get(key) ?? []).filter((at) => now - at < ms);
      windows.set(key, times);
      if (times.length < most) continue;
      world.violations.push({ api, at: now, limit });
      throw new Refused(99991400, 429, Math.ceil((times[0]! + ms - now) / 1000));
    }
    for (const { key } of rules) windows.get(key)!.push(now);
  };
}

export function createHttp(world: World, sockets: Sockets, faults: Faults<Fault>): Server {
  const pass = createGate(world);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://emulator');
    const found = find(world, request.method ?? 'GET', url.pathname, `http://${request.headers.host}`, sockets);
    const raw: Raw = { bytes, contentType: request.headers['content-type'] ?? '', query: url.searchParams };
    const fault = faults.find(found.api, () => (found.form ? '' : bytes.toString('utf8')));
    if (world.options.latencyMs) await sleep(world.options.latencyMs);
    const real = fault && !fault.after ? undefined : await run(world, found, request, raw, pass);
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
    if (made.file) return sendOut(response, made.file);
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
  readonly file?: StoredFile;
}

async function run(
  world: World,
  found: Open,
  request: IncomingMessage,
  raw: Raw,
  pass: (api: string, cardId: string | undefined) => void,
): Promise<Made> {
  try {
    pass(found.api, found.cardId);
    const body = found.form || raw.bytes.length === 0 ? {} : parseJson(raw.bytes.toString('utf8'), 9499);
    if (found.raw) {
      const { status, body: answer } = found.raw(body);
      return { status, code: Number((answer as Json).code ?? -1), body: answer };
    }
    const token = world.tokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
    if (!token || token.until < Date.now()) throw new Refused(request.headers.authorization ? 99991663 : 99991661);
    if (found.file) return { status: 200, code: 0, body: {}, file: found.file(raw.query) };
    return { status: 200, code: 0, body: { code: 0, msg: 'success', ...(await found.run(body, token.appId, raw)) } };
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
