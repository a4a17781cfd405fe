import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody } from '../../../tests/support/loopback';
import { Errcode, HOUR_MS, type HttpWorld, type Json, newId, type SentAppMessage, TOKEN_SECONDS } from './http-world';

const MOST_STREAM_BYTES = 20_480;
const MOST_MESSAGE_BYTES = 2048;
const MEDIA_LIVES_MS = 3 * 24 * HOUR_MS;
const COMPARED_DEFAULT_SECONDS = 1800;
// Which number WeCom gives for a used or expired address is not documented.
const BAD_RESPONSE_CODE = 40058;

interface ApiCall {
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly type: string;
}

interface FileAnswer {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

type Api = (world: HttpWorld, call: ApiCall) => Json | FileAnswer | Promise<Json | FileAnswer>;

/** The HTTP side of the platform: tokens, messages, files, late answers. */
export const createApiServer = (world: HttpWorld): Server =>
  createServer((request, response) => {
    serve(world, request, response).catch(() => response.destroy());
  });

async function serve(world: HttpWorld, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://wecom');
  const name = url.pathname.replace(/^\/(?:cgi-bin\/)?/, '');
  const body = await readBody(request);
  const fault = world.faults.find(name, () => body.toString('utf8'));
  const call: ApiCall = { query: url.searchParams, body, type: request.headers['content-type'] ?? '' };
  let answer: Json | FileAnswer = {};
  if (!fault || fault.after) answer = await run(world, name, call);
  const errcode = fault?.errcode ?? ('errcode' in answer ? Number(answer.errcode) : 0);
  const status = fault?.status ?? 200;
  world.calls.push({ api: name, at: world.now(), status, errcode });
  if (fault?.timeout) return;
  if (fault?.drop) return void request.socket.destroy();
  if (!fault && 'bytes' in answer) {
    const { bytes, headers } = answer as FileAnswer;
    response.writeHead(200, headers).end(bytes);
    return;
  }
  if (fault?.status) return void response.writeHead(status, { 'content-type': 'text/html' }).end('<html>out of order</html>');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(fault?.errcode === undefined ? answer : { errcode, errmsg: 'fault' }));
}

async function run(world: HttpWorld, name: string, call: ApiCall): Promise<Json | FileAnswer> {
  try {
    const api = name.startsWith('files/') ? file : APIS[name];
    if (!api) throw new Errcode(40066);
    return await api(world, name.startsWith('files/') ? { ...call, query: new URLSearchParams({ id: name.slice(6) }) } : call);
  } catch (error) {
    if (error instanceof Errcode) return { errcode: error.code, errmsg: 'refused' };
    throw error;
  }
}

const ok = (more: Json = {}): Json => ({ errcode: 0, errmsg: 'ok', ...more });

const APIS: Readonly<Record<string, Api>> = {
  gettoken: (world, { query }) => {
    if (query.get('corpid') !== world.corpId) throw new Errcode(40013);
    if (query.get('corpsecret') !== world.corpSecret) throw new Errcode(40001);
    const token = newId('token');
    world.tokens.set(token, world.now() + TOKEN_SECONDS * 1000);
    return ok({ access_token: token, expires_in: TOKEN_SECONDS });
  },
  'agent/get': (world, { query }) => {
    authorize(world, query);
    if (query.get('agentid') !== String(world.agentId)) throw new Errcode(301002);
    return ok({ agentid: world.agentId, name: 'Emulated' });
  },
  'user/get': (world, { query }) => {
    authorize(world, query);
    const person = world.people.get(query.get('userid') ?? '');
    if (!person) throw new Errcode(60111);
    return ok({ ...person, userid: query.get('userid') });
  },
  'message/send': (world, { query, body }) => {
    authorize(world, query);
    return sendMessage(world, parse(body));
  },
  'media/upload': async (world, { query, body, type }) => {
    authorize(world, query);
    const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': type } }).formData();
    const media = form.get('media');
    if (!(media instanceof Blob)) throw new Errcode(44001);
    const id = newId('media');
    world.media.set(id, {
      bytes: Buffer.from(await media.arrayBuffer()),
      name: 'name' in media ? String(media.name) : '',
      mime: media.type,
      until: world.now() + MEDIA_LIVES_MS,
    });
    return ok({ type: query.get('type'), media_id: id, created_at: String(Math.floor(world.now() / 1000)) });
  },
  'media/get': (world, { query }) => {
    authorize(world, query);
    const media = world.media.get(query.get('media_id') ?? '');
    if (!media || media.until < world.now()) throw new Errcode(40007);
    const headers = { 'content-type': media.mime, 'content-disposition': `attachment; filename="${encodeURIComponent(media.name)}"` };
    return { bytes: media.bytes, headers };
  },
  'aibot/response': (world, { query, body }) => {
    const url = world.urls.get(query.get('response_code') ?? '');
    const content = text(fields(parse(body).markdown).content);
    if (!url || url.used || url.until < world.now()) throw new Errcode(BAD_RESPONSE_CODE);
    if (content === '') throw new Errcode(44004);
    if (Buffer.byteLength(content) > MOST_STREAM_BYTES) throw new Errcode(45002);
    url.used = true;
    world.late.push({ msgid: url.msgid, content, at: world.now() });
    return ok();
  },
};

/** What people sent to a bot: fetched by address, without a token. */
const file: Api = (world, { query }) => {
  const media = world.media.get(query.get('id') ?? '');
  if (!media || media.until < world.now()) throw new Errcode(40007);
  return {
    bytes: media.bytes,
    headers: { 'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="${media.name}"` },
  };
};

function authorize(world: HttpWorld, query: URLSearchParams): void {
  const token = query.get('access_token');
  if (!token) throw new Errcode(41001);
  const until = world.tokens.get(token);
  if (until === undefined) throw new Errcode(40014);
  if (until < world.now()) throw new Errcode(42001);
  if (!world.trusted) throw new Errcode(60020);
}

function sendMessage(world: HttpWorld, body: Json): Json {
  const type = text(body.msgtype);
  const content = fields(body[type]);
  const words = type === 'text' || type === 'markdown' ? text(content.content) : '';
  if (body.agentid !== world.agentId) throw new Errcode(40056);
  if (!['text', 'markdown', 'image', 'file', 'template_card'].includes(type)) throw new Errcode(40008);
  if ((type === 'text' || type === 'markdown') && words.trim() === '') throw new Errcode(44004);
  if ((type === 'image' || type === 'file') && !world.media.has(text(content.media_id))) throw new Errcode(40007);
  const receivers = text(body.touser).split('|').filter(Boolean);
  const invalid = receivers.filter((id) => world.strangers.has(id));
  if (invalid.length === receivers.length) throw new Errcode(81013);
  for (const to of receivers.filter((id) => !invalid.includes(id))) deliver(world, { to, type, content, words }, body);
  return ok({ msgid: newId('sent'), ...(invalid.length > 0 ? { invaliduser: invalid.join('|') } : {}) });
}

function deliver(
  world: HttpWorld,
  { to, type, content, words }: { to: string; type: string; content: Json; words: string },
  body: Json,
): void {
  const now = world.now();
  const compared = Number(body.duplicate_check_interval ?? COMPARED_DEFAULT_SECONDS) * 1000;
  const same = (one: SentAppMessage): boolean =>
    one.to === to && one.type === type && JSON.stringify(one.content) === JSON.stringify(content) && now - one.at < compared;
  if (body.enable_duplicate_check === 1 && world.sent.some(same)) return;
  const toThem = (withinMs: number): number => world.sent.filter((one) => one.to === to && now - one.at < withinMs).length;
  // What is too much is answered like the rest, and nobody sees it.
  if (toThem(60_000) >= 30) return void world.violations.push('more than 30 messages a minute');
  if (toThem(HOUR_MS) >= 1000) return void world.violations.push('more than 1000 messages an hour');
  const bytes = Buffer.from(words);
  if (bytes.length > MOST_MESSAGE_BYTES) world.violations.push('a message of more than 2048 bytes');
  world.sent.push({ msgid: newId('m'), to, type, text: bytes.subarray(0, MOST_MESSAGE_BYTES).toString('utf8'), content, at: now });
}

function parse(body: Buffer): Json {
  try {
    return fields(JSON.parse(body.toString('utf8')));
  } catch {
    throw new Errcode(47001);
  }
}

const fields = (value: unknown): Json => (value !== null && typeof value === 'object' ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
