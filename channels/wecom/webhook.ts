import { createHash } from 'node:crypto';
import { Refusal } from '../../domain/errors';
import type { InboundEvent } from '../../domain/event';
import { languageOf } from '../../domain/language';
import type { Deliver, Ports, WebhookCall, WebhookResult } from '../channel';
import { jsonObject } from '../http';
import { keepWhatFails } from '../keeping';
import { receiveForApp } from './app-receive';
import { pressedCard } from './buttons-card';
import type { BotConfig, WebhookConfig } from './config';
import { createEnvelope, type Envelope, malformed, signedBy, unauthorized } from './crypto';
import { waitingContent } from './frame';
import { eventType, inbound, pressedCardOf } from './inbound';
import { createStreams, isNotice, type Shown, type Streams } from './streams';
import { type WebhookTimes, webhookTimes } from './webhook-times';

const MOST_BYTES = 1024 * 1024;

type Body = Readonly<Record<string, unknown>>;

/**
 * One call of WeCom's, to a bot or to an application. Nothing is acknowledged before `deliver` has resolved.
 * Throws a Refusal: 401 for what is not WeCom's, 400 for what cannot be read, 413 for what is too large.
 */
export async function receiveWebhook(
  config: WebhookConfig,
  call: WebhookCall,
  deliver: Deliver,
  ports: Ports,
  times: WebhookTimes = webhookTimes,
): Promise<WebhookResult> {
  if (call.body.length > MOST_BYTES) throw new Refusal(413, 'too_large', 'The call is larger than 1 MB.');
  if (call.method === 'GET') return echo(createEnvelope(config, config.kind === 'app' ? config.corpId : ''), call);
  // Cards are told once, messages again for seconds at most.
  const keep = keepWhatFails(deliver, times.retryMs);
  if (config.kind === 'app') return receiveForApp(config, call, keep, ports);
  const envelope = createEnvelope(config, '');
  const answer = await receiveForBot(config, openJson(envelope, config, call), keep, createStreams(ports.memory), call.now, times);
  return answer ? sealed(envelope, call, answer) : { status: 200 };
}

/** WeCom checks an address by having it decrypt a word. */
function echo(envelope: Envelope, call: WebhookCall): WebhookResult {
  // Some proxies turn the plus signs of base64 into spaces.
  const word = call.query.echostr?.replaceAll(' ', '+');
  signedBy(call);
  if (!word) throw unauthorized('it carries no echostr');
  return { status: 200, contentType: 'text/plain', body: envelope.open(call, word) };
}

function openJson(envelope: Envelope, { botId }: BotConfig, call: WebhookCall): Body {
  signedBy(call);
  const { encrypt } = readObject(call.body.toString('utf8'));
  if (typeof encrypt !== 'string') throw unauthorized('it is not encrypted');
  const body = readObject(envelope.open(call, encrypt));
  if (botId && body.aibotid !== botId) throw unauthorized('it is for another bot');
  return body;
}

function readObject(text: string): Body {
  const read = jsonObject(text);
  if (!read) throw malformed('it is no JSON object');
  return read;
}

function sealed(envelope: Envelope, call: WebhookCall, answer: Body): WebhookResult {
  const { encrypt, signature, timestamp, nonce } = envelope.seal(call, JSON.stringify(answer));
  const body = JSON.stringify({ encrypt, msgsignature: signature, timestamp: Number(timestamp), nonce });
  return { status: 200, contentType: 'application/json', body };
}

/** What WeCom is to show at once; undefined for nothing. */
async function receiveForBot(
  config: BotConfig,
  body: Body,
  deliver: Deliver,
  streams: Streams,
  now: number,
  times: WebhookTimes,
): Promise<Body | undefined> {
  if (body.msgtype === 'stream') return polled(streams, body, now, times);
  const event = inbound(body, undefined, now);
  if (body.msgtype === 'event') return onEvent(config, body, event, deliver, streams);
  if (!event) return undefined;
  const streamId = streamIdOf(event.id);
  const { over } = await deliver({ ...event, address: { ...event.address, handles: { ...event.address.handles, streamId } } });
  // A stream would promise an answer.
  if (over) return undefined;
  const state = await streams.open(streamId, { openedAt: now, chat: event.address.chatId, language: languageOf(event.text) });
  const { content, finish } = await streams.poll(streamId, now, times);
  // A call that is repeated after the end must not bring the card a second time.
  return streamReply(streamId, { content: content || waitingContent(state.language), finish }, true);
}

/** The same message always gets the same stream, whoever is called and however often. */
export const streamIdOf = (messageId: string): string => `p${createHash('sha256').update(messageId).digest('hex').slice(0, 40)}`;

async function polled(streams: Streams, body: Body, now: number, times: WebhookTimes): Promise<Body | undefined> {
  const { id } = fields(body.stream);
  if (typeof id !== 'string') throw malformed('the stream has no id');
  const state = await streams.read(id);
  const shown = await streams.poll(id, now, times);
  return streamReply(id, { ...shown, content: shown.content || waitingContent(state?.language ?? 'en') }, false);
}

function streamReply(id: string, { content, finish, card }: Shown, first: boolean): Body {
  // Thumbs up or down come back under the stream's id.
  const stream = { id, finish, content, ...(first ? { feedback: { id } } : {}) };
  return card ? { msgtype: 'stream_with_template_card', stream, template_card: card } : { msgtype: 'stream', stream };
}

async function onEvent(
  { welcome }: BotConfig,
  body: Body,
  event: InboundEvent | undefined,
  deliver: Deliver,
  streams: Streams,
): Promise<Body | undefined> {
  if (eventType(body) === 'enter_chat') return welcome ? { msgtype: 'text', text: { content: welcome } } : undefined;
  const target = event && (await targetOf(event, body, streams));
  if (!target) return undefined;
  const { toast, over } = await deliver({ ...event, target });
  const card = pressedCardOf(body);
  if (!toast || !card) return undefined;
  // What did nothing is told to whoever pressed, and leaves the others their buttons.
  const whom = over ? { userids: [event.sender.id] } : {};
  return { response_type: 'update_template_card', ...whom, template_card: pressedCard(toast, card.taskId) };
}

/** The turn that a press is about. Thumbs name the stream; who shows an answer there is known from it, a notice is none. */
async function targetOf(event: InboundEvent, body: Body, streams: Streams): Promise<string | undefined> {
  if (eventType(body) !== 'feedback_event' || !event.target) return event.target;
  const author = (await streams.read(event.target))?.author;
  return author && !isNotice(author) ? author.id : undefined;
}

const fields = (value: unknown): Body => (value !== null && typeof value === 'object' ? (value as Body) : {});
