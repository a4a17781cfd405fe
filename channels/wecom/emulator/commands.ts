import { createHash } from 'node:crypto';
import { counts, type Json, type Message, newId, type Request, type World } from './world';

export interface Answer {
  readonly errcode: number;
  readonly body?: Json;
}

const MOST_BYTES = 20_480;
const OK: Answer = { errcode: 0 };
const error = (errcode: number): Answer => ({ errcode });
const INVALID_REQUEST = error(846605);
const EXPIRED = error(846608);
const RATE_LIMITED = error(846607);
const BAD_CHAT = error(93006);
const BAD_PARAMETER = error(40058);

/** Carries out one command of an authenticated connection. `request` is what its request id stands for there. */
export function carryOut(world: World, command: string, request: Request | undefined, body: Json): Answer {
  switch (command) {
    case 'aibot_respond_msg':
      return request?.kind === 'message' ? respond(world, request, body) : INVALID_REQUEST;
    case 'aibot_respond_welcome_msg':
      return request?.type === 'enter_chat' && isInTime(request) ? say(world, request.chatId, body) : INVALID_REQUEST;
    case 'aibot_respond_update_msg':
      return request?.type === 'template_card_event' && isInTime(request) ? updateCard(world, body) : INVALID_REQUEST;
    case 'aibot_send_msg':
      return send(world, body);
    case 'aibot_upload_media_init':
    case 'aibot_upload_media_chunk':
    case 'aibot_upload_media_finish':
      return upload(world, command, body);
    default:
      return BAD_PARAMETER;
  }
}

const isInTime = ({ at }: Request): boolean => Date.now() - at <= 5000;

function respond(world: World, { chatId, messageId }: Request, body: Json): Answer {
  if (world.withoutBot.has(chatId)) return BAD_CHAT;
  const stream = fields(body.stream);
  if (!['stream', 'stream_with_template_card'].includes(String(body.msgtype)) || typeof stream.id !== 'string') return BAD_PARAMETER;
  const content = String(stream.content ?? '');
  if (Buffer.byteLength(content) > MOST_BYTES) {
    world.violations.push({ rule: 'size', at: Date.now(), chatId });
    return BAD_PARAMETER;
  }
  const known = world.messages.find(({ streamId, chatId: where }) => streamId === stream.id && where === chatId);
  if (!known && !counts(world, chatId)) return RATE_LIMITED;
  const message = known ?? newStream(world, chatId, messageId, stream);
  if (known && Date.now() - message.at > world.options.streamMs) return EXPIRED;
  const finish = stream.finish === true;
  if (message.finished) return finish ? OK : refuseFrame(world, chatId);
  message.content = content;
  message.finished = finish;
  message.frames!.push({ at: Date.now(), content, finish });
  if (body.msgtype === 'stream_with_template_card' && body.template_card) addCard(world, message, fields(body.template_card));
  return OK;
}

function newStream(world: World, chatId: string, replyTo: string, stream: Json): Message {
  const feedbackId = fields(stream.feedback).id;
  const message: Message = {
    messageId: newId('out'),
    chatId,
    type: 'stream',
    content: '',
    at: Date.now(),
    replyTo,
    streamId: String(stream.id),
    finished: false,
    frames: [],
    ...(typeof feedbackId === 'string' ? { feedbackId } : {}),
  };
  world.messages.push(message);
  return message;
}

/** The same end may come any number of times, but nothing else comes after it. */
function refuseFrame(world: World, chatId: string): Answer {
  world.violations.push({ rule: 'after_finish', at: Date.now(), chatId });
  return EXPIRED;
}

function addCard(world: World, message: Message, card: Json): void {
  if (message.card) world.violations.push({ rule: 'second_card', at: Date.now(), chatId: message.chatId });
  else message.card = card;
}

function updateCard(world: World, body: Json): Answer {
  const card = fields(body.template_card);
  const message = world.messages.find((one) => one.card?.task_id === card.task_id);
  if (!message) return BAD_PARAMETER;
  message.card = card;
  return OK;
}

function send(world: World, body: Json): Answer {
  const chatId = String(body.chatid);
  if (!world.known.has(chatId) || world.withoutBot.has(chatId)) return BAD_CHAT;
  return counts(world, chatId) ? say(world, chatId, body) : RATE_LIMITED;
}

function say(world: World, chatId: string, body: Json): Answer {
  const type = String(body.msgtype) as Message['type'];
  const part = fields(body[type]);
  const content = String(part.content ?? '');
  if (Buffer.byteLength(content) > MOST_BYTES) {
    world.violations.push({ rule: 'size', at: Date.now(), chatId });
    return BAD_PARAMETER;
  }
  const media = typeof part.media_id === 'string' ? world.media.get(part.media_id) : undefined;
  if ((type === 'image' || type === 'file') && !media) return error(40007);
  world.messages.push({
    messageId: newId('out'),
    chatId,
    type,
    content,
    at: Date.now(),
    ...(media ? { media } : {}),
    ...(type === 'template_card' ? { card: part } : {}),
  });
  return OK;
}

function upload(world: World, command: string, body: Json): Answer {
  if (command === 'aibot_upload_media_init') {
    const id = newId('up');
    world.uploads.set(id, { name: String(body.filename), chunks: [], md5: String(body.md5), total: Number(body.total_chunks) });
    return { errcode: 0, body: { upload_id: id } };
  }
  const upload = world.uploads.get(String(body.upload_id));
  if (!upload) return BAD_PARAMETER;
  if (command === 'aibot_upload_media_chunk') {
    upload.chunks[Number(body.chunk_index)] = Buffer.from(String(body.base64_data), 'base64');
    return OK;
  }
  const bytes = Buffer.concat(upload.chunks);
  if (upload.chunks.length !== upload.total || createHash('md5').update(bytes).digest('hex') !== upload.md5) return BAD_PARAMETER;
  const id = newId('media');
  world.media.set(id, { name: upload.name, bytes });
  return { errcode: 0, body: { type: 'file', media_id: id, created_at: String(Date.now()) } };
}

export const fields = (value: unknown): Json => (value !== null && typeof value === 'object' ? (value as Json) : {});
