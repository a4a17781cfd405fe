import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WecomCrypto } from '@wecom/aibot-node-sdk';
import type { WebhookCall, WebhookResult } from '../../channel';
import type { HttpWorld, Json, ShownStream, StreamFrame } from './http-world';

/** Where callbacks go: into a channel's `receive`, or over HTTP. Rejecting stands for an answer that is not 200. */
export type Receiver = (call: WebhookCall) => Promise<WebhookResult>;

const POLLS_FOR_MS = 6 * 60_000;
const MOST_STREAM_BYTES = 20_480;
const ANSWER_WITHIN_MS = 5000;

/** Signs and encrypts as the platform does, with its own SDK. */
export function sealedCall(
  world: HttpWorld,
  receiveId: string,
  plain: string,
  how: 'json' | 'xml' | 'echo',
  at = world.now(),
): WebhookCall {
  const sdk = new WecomCrypto(world.keys.token, world.keys.encodingAesKey, receiveId);
  const [timestamp, nonce] = [String(Math.floor(at / 1000)), String(Math.floor(Math.random() * 1e9))];
  const { encrypt, signature } = sdk.encrypt(plain, timestamp, nonce);
  const query = { msg_signature: signature, timestamp, nonce };
  if (how === 'echo') return { method: 'GET', headers: {}, query: { ...query, echostr: encrypt }, body: Buffer.alloc(0), now: world.now() };
  const body = how === 'json' ? JSON.stringify({ encrypt }) : outerXml(world, encrypt);
  return { method: 'POST', headers: {}, query, body: Buffer.from(body), now: world.now() };
}

const outerXml = ({ corpId, agentId }: HttpWorld, encrypt: string): string =>
  `<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><AgentID><![CDATA[${agentId}]]></AgentID><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`;

interface Stream {
  readonly id: string;
  readonly msgid: string;
  readonly body: Json;
  readonly openedAt: number;
  readonly frames: StreamFrame[];
  feedbackId?: string;
  card?: Json;
  finished: boolean;
  expired: boolean;
}

export interface StreamsShown {
  /** Posts one callback to a bot; what comes back is shown. Resolves with the answer's plain text, `undefined` for an empty one. */
  post(body: Json): Promise<Json | undefined>;
  /** Asks once for each stream that is not finished. */
  pollAll(): Promise<void>;
  all(): readonly ShownStream[];
  /** Stops or goes on asking by itself. */
  pause(paused: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The client's side of bots: shows what the first answer opened, and asks for more until it is finished, for at most six minutes. */
export function createShownStreams(world: HttpWorld, receiver: () => Receiver, pollEveryMs: number): StreamsShown {
  const streams = new Map<string, Stream>();
  let paused = false;
  let closed = false;
  const loops = new Set<Promise<void>>();
  const asking = new Set<Promise<unknown>>();

  async function exchange(body: Json): Promise<Json | undefined> {
    const call = sealedCall(world, '', JSON.stringify(body), 'json');
    const startedAt = Date.now();
    const result = await receiver()(call);
    if (Date.now() - startedAt > ANSWER_WITHIN_MS) world.violations.push('an answer took more than 5 s');
    if (result.status !== 200) throw new Error(`The callback was answered with ${result.status}.`);
    return result.body ? opened(world, call, result.body) : undefined;
  }

  async function poll(stream: Stream): Promise<void> {
    if (world.now() - stream.openedAt > POLLS_FOR_MS) stream.expired = true;
    if (stream.finished || stream.expired) return;
    const { aibotid, chatid, chattype, from } = stream.body;
    const body = {
      msgid: randomUUID(),
      aibotid,
      ...(chatid ? { chatid } : {}),
      chattype,
      from,
      msgtype: 'stream',
      stream: { id: stream.id },
    };
    const exchanged = exchange(body).catch(() => undefined);
    asking.add(exchanged);
    const answer = await exchanged;
    asking.delete(exchanged);
    if (answer?.stream) show(world, streams, answer, body);
  }

  async function loop(stream: Stream): Promise<void> {
    while (!closed && !stream.finished && !stream.expired) {
      await sleep(pollEveryMs);
      if (!paused && !closed) await poll(stream);
    }
  }

  return {
    post: async (body) => {
      const answer = await exchange(body);
      const opened = answer?.stream ? show(world, streams, answer, body) : undefined;
      if (opened) loops.add(loop(opened));
      return answer;
    },
    pollAll: async () => void (await Promise.all([...streams.values()].map(poll))),
    all: () =>
      [...streams.values()].map(({ id, msgid, body, frames, finished, expired, card, feedbackId }) => ({
        ...{ id, msgid, frames, finished, expired, content: frames.at(-1)?.content ?? '' },
        chatId: String(body.chatid ?? (body.from as { userid?: string }).userid),
        ...(card ? { card } : {}),
        ...(feedbackId ? { feedbackId } : {}),
      })),
    pause: async (now) => {
      paused = now;
      await Promise.allSettled(asking);
    },
    close: async () => {
      closed = true;
      await Promise.all(loops);
    },
  };
}

/** Takes one answer in, as the client would show it. Answers the stream if it was opened just now. */
function show(world: HttpWorld, streams: Map<string, Stream>, answer: Json, body: Json): Stream | undefined {
  const { id, content, finish, feedback } = answer.stream as {
    id?: unknown;
    content?: unknown;
    finish?: unknown;
    feedback?: { id?: string };
  };
  const msgid = String(body.msgid);
  if (typeof id !== 'string' || typeof content !== 'string') {
    world.violations.push('a stream without id or content');
    return undefined;
  }
  const known = [...streams.values()].find((one) => one.msgid === msgid);
  if (body.msgtype !== 'stream' && known && known.id !== id) world.violations.push('another stream for the same message');
  if (Buffer.byteLength(content) > MOST_STREAM_BYTES) world.violations.push('a stream of more than 20480 bytes');
  const fresh = !streams.has(id);
  const stream = streams.get(id) ?? { id, msgid, body, openedAt: world.now(), frames: [], finished: false, expired: false };
  streams.set(id, stream);
  if (feedback?.id && fresh) stream.feedbackId = feedback.id;
  if (answer.template_card) {
    if (stream.card) world.violations.push('more than one card in a stream');
    stream.card = answer.template_card as Json;
  }
  if (!stream.finished) stream.frames.push({ at: world.now(), content, finish: finish === true });
  stream.finished ||= finish === true;
  return fresh && !stream.finished ? stream : undefined;
}

/** Reads an answer as WeCom does: signed with the call's nonce, encrypted for nobody in particular. */
function opened(world: HttpWorld, { query }: WebhookCall, text: string): Json {
  const answer = JSON.parse(text) as { encrypt: string; msgsignature: string; timestamp: number; nonce: string };
  const sdk = new WecomCrypto(world.keys.token, world.keys.encodingAesKey, '');
  const signed = sdk.verifySignature(answer.msgsignature, String(answer.timestamp), answer.nonce, answer.encrypt);
  if (!signed || answer.nonce !== query.nonce) world.violations.push('a wrongly signed answer');
  return JSON.parse(sdk.decrypt(answer.encrypt)) as Json;
}
