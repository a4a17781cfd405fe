import { type Json, newId, parseJson, Refused, type World } from './world';

const MOST_PARAM_BYTES = 15_000;

export function sendToGroup(world: World, body: Json): Json {
  const chatId = body.openConversationId;
  if (typeof chatId !== 'string' || !chatId) throw new Refused('invalidParameter.openConversationId.empty');
  if (world.withoutBot.has(chatId)) throw new Refused('bot.forbidden.sendMessage', 403);
  post(world, chatId, body);
  return { processQueryKey: newId('query') };
}

export function sendToPeople(world: World, body: Json): Json {
  const ids = body.userIds;
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > 20) throw new Refused('invalidParameter.userIds.invalid');
  const known = ids.filter((id): id is string => typeof id === 'string' && world.privateChats.has(id));
  for (const id of known) post(world, world.privateChats.get(id)!, body);
  return { processQueryKey: newId('query'), invalidStaffIdList: ids.filter((id) => !known.includes(id)), flowControlledStaffIdList: [] };
}

function post(world: World, chatId: string, body: Json): void {
  if (body.robotCode !== world.options.clientId) throw new Refused('invalidParameter.robotCode.empty');
  if (typeof body.msgParam !== 'string') throw new Refused('invalidParameter.msgParam.invalid');
  if (Buffer.byteLength(body.msgParam) > MOST_PARAM_BYTES) throw new Refused('invalidParameter.msgParam.tooLong');
  const param = parseJson(body.msgParam, 'invalidParameter.msgParam.invalid');
  const types: Readonly<Record<string, string>> = {
    sampleText: 'text',
    sampleMarkdown: 'markdown',
    sampleImageMsg: 'image',
    sampleFile: 'file',
  };
  const type = types[String(body.msgKey)];
  if (!type) throw new Refused('invalidParameter.msgKey.invalid');
  const text = String(param.content ?? param.text ?? param.photoURL ?? param.mediaId ?? '');
  world.messages.push({ messageId: newId('msg'), chatId, type, text, via: 'robot', at: Date.now() });
}

/** The address that came with a message: no token, a life of its own, answers of the legacy kind. */
export function sendBySession(world: World, session: string, body: Json): Json {
  const known = world.sessions.get(session);
  if (!known || known.until < Date.now()) throw new Refused('300001', 200);
  if (world.withoutBot.has(known.chatId)) throw new Refused('300001', 200);
  const type = String(body.msgtype);
  const said = (body[type] ?? {}) as Json;
  if (type !== 'text' && type !== 'markdown') throw new Refused('40035', 200);
  const text = String(said.content ?? said.text ?? '');
  world.messages.push({ messageId: newId('msg'), chatId: known.chatId, type, text, via: 'webhook', at: Date.now() });
  return { errcode: 0, errmsg: 'ok' };
}

export function react(world: World, body: Json): Json {
  if (body.robotCode !== world.options.clientId || typeof body.openMsgId !== 'string' || typeof body.openConversationId !== 'string')
    throw new Refused('invalidParameter');
  world.reactions.push({ messageId: body.openMsgId, name: String(body.emotionName) });
  return { success: true };
}

export function download(world: World, body: Json): Json {
  const code = String(body.downloadCode);
  if (body.robotCode !== world.options.clientId) throw new Refused('invalidParameter.robotCode.empty');
  if (!world.files.has(code)) throw new Refused('invalidParameter.downloadCode');
  return { downloadUrl: `${world.url}/files/${encodeURIComponent(code)}?Expires=1&Signature=emulated` };
}

export async function upload(world: World, type: string, contentType: string, bytes: Buffer): Promise<Json> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const media = form.get('media');
  if (media === null || typeof media === 'string') throw new Refused('40035', 200);
  const mediaId = `@${newId('media')}`;
  world.uploads.push({ mediaId, type, name: media.name, bytes: Buffer.from(await media.arrayBuffer()) });
  return { errcode: 0, errmsg: 'ok', type, media_id: mediaId, created_at: Date.now() };
}
