import { createCipheriv, randomUUID } from 'node:crypto';
import { closeServer, listenOnLoopback } from '../../../tests/support/loopback';
import type { WebhookCall, WebhookResult } from '../../channel';
import { createApiServer } from './http-api';
import { createShownStreams, type Receiver, sealedCall } from './http-streams';
import {
  createHttpWorld,
  HOUR_MS,
  type HttpFault,
  type HttpWorld,
  type Json,
  type LateMessage,
  type MadeHttpCall,
  newId,
  type SentAppMessage,
  type ShownStream,
} from './http-world';

export type * from './http-world';

/** What a person says to a bot. */
export interface SaidToBot {
  readonly text: string;
  readonly senderId?: string;
  /** Present in groups. */
  readonly chatId?: string;
  readonly msgid?: string;
  /** Instead of the text: another kind, with its fields (`image: {url}`). */
  readonly more?: Json;
  /** Without an address for a late answer. */
  readonly withoutUrl?: boolean;
}

export interface WecomHttpEmulatorOptions {
  readonly port?: number;
  /** How often an unfinished stream is asked for. */
  readonly pollEveryMs?: number;
}

/** The WeCom of one bot and one application that are called by webhook, on loopback. */
export interface WecomHttpEmulator {
  readonly url: string;
  readonly bot: {
    readonly kind: 'bot';
    readonly token: string;
    readonly encodingAesKey: string;
    readonly botId: string;
    readonly apiBase: string;
  };
  readonly app: {
    readonly kind: 'app';
    readonly token: string;
    readonly encodingAesKey: string;
    readonly corpId: string;
    readonly corpSecret: string;
    readonly agentId: number;
    readonly apiBase: string;
  };
  /** Where callbacks go from now on. */
  receiver(receive: Receiver): void;
  /** The same over HTTP. */
  receiverAt(url: string): void;
  /** A message's body as a bot gets it; each with a `response_url` of its own. */
  message(said: SaidToBot): Json & { readonly msgid: string };
  event(eventtype: string, more?: Json, senderId?: string): Json;
  /** Posts a body to the bot and shows what comes back, asking on until it is finished. */
  post(body: Json): Promise<Json | undefined>;
  /** The same in one step; answers the message's id. */
  say(said: SaidToBot): Promise<string>;
  /** A callback as the gateway would hand it on. */
  botCall(body: Json, at?: number): WebhookCall;
  appCall(fields: Readonly<Record<string, string>>, at?: number): WebhookCall;
  /** The same around any plain text, for any receiver. */
  sealed(receiveId: string, plain: string, how: 'json' | 'xml' | 'echo', at?: number): WebhookCall;
  pollAll(): Promise<void>;
  /** Resolves when nothing is being asked any more. */
  pausePolling(paused: boolean): Promise<void>;
  streams(): readonly ShownStream[];
  late(): readonly LateMessage[];
  sent(): readonly SentAppMessage[];
  calls(api?: string): readonly MadeHttpCall[];
  violations(): readonly string[];
  /** Answers a function that ends it. */
  fault(fault: HttpFault): () => void;
  /** Moves the platform's clock. */
  advance(ms: number): void;
  now(): number;
  expireTokens(): void;
  trustAddress(trusted: boolean): void;
  /** This person is outside what the application may reach. */
  stranger(userId: string): void;
  putMedia(bytes: Buffer, name: string, mime: string): string;
  /** A file sent to a bot: its address, behind which it is encrypted. */
  putBotFile(bytes: Buffer, name: string): string;
  /** What is told of a member besides the id. */
  setPerson(userId: string, user: Readonly<Record<string, unknown>>): void;
  readMedia(mediaId: string): { readonly bytes: Buffer; readonly name: string } | undefined;
  close(): Promise<void>;
}

export async function startWecomHttpEmulator({ port = 0, pollEveryMs = 15 }: WecomHttpEmulatorOptions = {}): Promise<WecomHttpEmulator> {
  const world = createHttpWorld();
  const server = createApiServer(world);
  const url = `http://${await listenOnLoopback(server, port)}`;
  let receive: Receiver = async () => ({ status: 200 });
  const shown = createShownStreams(world, () => receive, pollEveryMs);
  const message = (said: SaidToBot): Json & { readonly msgid: string } => messageBody(world, url, said);
  const { keys, botId, corpId, corpSecret, agentId } = world;
  return {
    url,
    bot: { kind: 'bot', ...keys, botId, apiBase: url },
    app: { kind: 'app', ...keys, corpId, corpSecret, agentId, apiBase: url },
    receiver: (next) => {
      receive = next;
    },
    receiverAt: (address) => {
      receive = (call) => overHttp(address, call);
    },
    message,
    event: (eventtype, more = {}, senderId = 'ann') => ({
      ...{ msgid: newId('event'), aibotid: botId, chattype: 'single', from: { userid: senderId }, msgtype: 'event' },
      ...{ create_time: Math.floor(world.now() / 1000), event: { eventtype, ...more } },
    }),
    post: shown.post,
    say: async (said) => {
      const body = message(said);
      await shown.post(body);
      return body.msgid;
    },
    botCall: (body, at) => sealedCall(world, '', JSON.stringify(body), 'json', at),
    appCall: (fields, at) => sealedCall(world, corpId, appXml(world, fields), 'xml', at),
    sealed: (receiveId, plain, how, at) => sealedCall(world, receiveId, plain, how, at),
    pollAll: shown.pollAll,
    pausePolling: shown.pause,
    streams: shown.all,
    late: () => [...world.late],
    sent: () => [...world.sent],
    calls: (api) => world.calls.filter((call) => !api || call.api === api),
    violations: () => [...world.violations],
    fault: world.faults.add,
    advance: (ms) => {
      world.offsetMs += ms;
    },
    now: world.now,
    expireTokens: () => {
      for (const token of world.tokens.keys()) world.tokens.set(token, 0);
    },
    trustAddress: (trusted) => {
      world.trusted = trusted;
    },
    stranger: (userId) => void world.strangers.add(userId),
    putMedia: (bytes, name, mime) => keep(world, { bytes, name, mime }),
    putBotFile: (bytes, name) => `${url}/files/${keep(world, { bytes: encrypted(world, bytes), name, mime: 'application/octet-stream' })}`,
    setPerson: (userId, user) => void world.people.set(userId, user),
    readMedia: (mediaId) => world.media.get(mediaId),
    close: async () => {
      await shown.close();
      await closeServer(server);
    },
  };
}

function messageBody(world: HttpWorld, url: string, { text, senderId = 'ann', chatId, msgid = newId('msg'), more, withoutUrl }: SaidToBot) {
  const code = newId('code');
  world.urls.set(code, { msgid, until: world.now() + HOUR_MS, used: false });
  return {
    ...{ msgid, aibotid: world.botId, chattype: chatId ? 'group' : 'single', from: { userid: senderId } },
    ...(chatId ? { chatid: chatId } : {}),
    ...(withoutUrl ? {} : { response_url: `${url}/cgi-bin/aibot/response?response_code=${code}` }),
    ...(more ?? { msgtype: 'text', text: { content: text } }),
  };
}

function appXml(world: HttpWorld, fields: Readonly<Record<string, string>>): string {
  const all = {
    ...{ ToUserName: world.corpId, FromUserName: 'ann', CreateTime: String(Math.floor(world.now() / 1000)) },
    ...{ MsgType: 'text', AgentID: String(world.agentId) },
    ...fields,
  };
  return `<xml>${Object.entries(all)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
    .join('')}</xml>`;
}

function keep(world: HttpWorld, media: { bytes: Buffer; name: string; mime: string }): string {
  const id = newId('media');
  world.media.set(id, { ...media, until: world.now() + 3 * 24 * HOUR_MS });
  return id;
}

/** What a bot gets is encrypted with its EncodingAESKey, padded to blocks of 32. */
function encrypted({ keys }: HttpWorld, bytes: Buffer): Buffer {
  const key = Buffer.from(`${keys.encodingAesKey}=`, 'base64');
  const pad = 32 - (bytes.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat([bytes, Buffer.alloc(pad, pad)])), cipher.final()]);
}

async function overHttp(address: string, { method, query, body }: WebhookCall): Promise<WebhookResult> {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', 'x-request-id': randomUUID() },
    ...(method === 'POST' ? { body: Uint8Array.from(body) } : {}),
  });
  return { status: response.status, body: await response.text() };
}
