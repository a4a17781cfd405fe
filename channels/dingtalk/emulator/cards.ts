import type { CardFrame, ShownCard } from './face';
import { type Card, type Json, newId, parseJson, Refused, type World } from './world';

/** The variable that each kind of template streams. */
const textKeyOf = (params: Readonly<Record<string, string>>): string => ('msgContent' in params ? 'msgContent' : 'content');
const STREAMABLE = ['msgContent', 'content'];
const MOST_BYTES = 24 * 1024;

/** Makes a card and delivers it; the same `outTrackId` again is the same card, unchanged. */
export function createAndDeliver(world: World, body: Json, delivered: boolean): Json {
  const { outTrackId, cardTemplateId, openSpaceId } = body;
  if (typeof outTrackId !== 'string' || !outTrackId) throw new Refused('param.outTrackId.empty');
  if (typeof cardTemplateId !== 'string' || !cardTemplateId.endsWith('.schema')) throw new Refused('param.templateNotExist');
  const [, kind, id] = /^dtv1\.card\/\/(IM_GROUP|IM_ROBOT)\.(.+)$/.exec(String(openSpaceId)) ?? [];
  if (!kind || !id) throw new Refused('param.openSpaceId.invalid');
  const model = body[kind === 'IM_GROUP' ? 'imGroupOpenDeliverModel' : 'imRobotOpenDeliverModel'] as Json | undefined;
  if (model?.robotCode !== world.options.clientId) throw new Refused('invalidParameter.robotCode.empty');
  const params = strings(body.cardData);
  const chatId = kind === 'IM_GROUP' ? id : (world.privateChats.get(id) ?? id);
  const arrives = delivered && !world.withoutBot.has(chatId);
  if (arrives && !world.cards.has(outTrackId)) {
    const card: Card = {
      ...{ outTrackId, chatId, params: { ...params }, templateId: cardTemplateId, messageId: newId('msg') },
      ...{ guids: new Set(), frames: [], streaming: false, finalized: false },
    };
    world.cards.set(outTrackId, card);
    record(card, 'create');
  }
  const result = { spaceType: kind, spaceId: id, success: arrives, carrierId: newId('carrier'), errorMsg: arrives ? '' : 'no such space' };
  return { success: true, result: { outTrackId, deliverResults: [result] } };
}

export function updateCard(world: World, body: Json): Json {
  const card = cardOf(world, body);
  const params = strings(body.cardData);
  const byKey = (body.cardUpdateOptions as Json | undefined)?.updateCardDataByKey === true;
  if (!byKey) for (const key of Object.keys(card.params)) delete card.params[key];
  Object.assign(card.params, params);
  record(card, 'update');
  return { success: true, result: true };
}

/** Streams one variable. A call that was made before is answered and changes nothing. */
export function streamCard(world: World, body: Json): Json {
  const card = cardOf(world, body);
  const { guid, key, content } = body;
  if (typeof guid !== 'string' || !guid) throw new Refused('param.stream.guid.empty');
  if (typeof key !== 'string' || !STREAMABLE.includes(key) || !(key in card.params)) throw new Refused('param.stream.key.invalid');
  if (typeof content !== 'string') throw new Refused('param.stream.content.empty');
  if (Buffer.byteLength(content) > MOST_BYTES) throw new Refused('param.stream.content.tooLarge');
  if (card.guids.has(guid)) return { success: true, result: true };
  if (card.finalized) throw new Refused('param.stream.finished');
  card.guids.add(guid);
  card.params[key] = body.isFull === true ? content : `${card.params[key] ?? ''}${content}`;
  card.streaming = body.isFinalize !== true;
  card.finalized = body.isFinalize === true;
  record(card, 'content');
  return { success: true, result: true };
}

function cardOf(world: World, { outTrackId }: Json): Card {
  const card = world.cards.get(String(outTrackId));
  if (!card) throw new Refused('param.cardNotExist');
  return card;
}

/** The values of a card's variables: strings and nothing else. */
function strings(cardData: unknown): Record<string, string> {
  const params = (cardData as Json | undefined)?.cardParamMap;
  if (params === null || typeof params !== 'object') throw new Refused('MissingcardParamMap');
  if (Object.values(params).some((value) => typeof value !== 'string')) throw new Refused('MissingStringValue');
  if (Buffer.byteLength(JSON.stringify(params)) > MOST_BYTES * 2) throw new Refused('param.content.tooLarge');
  return params as Record<string, string>;
}

const statusOf = ({ params }: Card): string => params.msgTitle ?? params.status ?? '';

function record(card: Card, kind: CardFrame['kind']): void {
  const text = card.params[textKeyOf(card.params)] ?? '';
  card.frames.push({ at: Date.now(), kind, sequence: card.frames.length + 1, text, status: statusOf(card) });
}

export function buttonsOf({ params }: Card): readonly string[] {
  const full = params.sys_full_json_obj ? parseJson(params.sys_full_json_obj) : {};
  const listed = ((full.msgButtons ?? []) as readonly { id?: unknown }[]).map(({ id }) => String(id));
  const named = Object.entries(params).flatMap(([key, label]) => (key.startsWith('button_') && label ? [key.slice('button_'.length)] : []));
  return [...listed, ...named];
}

export const shownCard = (card: Card): ShownCard => ({
  cardId: card.outTrackId,
  messageId: card.messageId,
  chatId: card.chatId,
  templateId: card.templateId,
  text: card.params[textKeyOf(card.params)] ?? '',
  status: statusOf(card),
  footer: [card.params.staticMsgContent, card.params.footer].filter(Boolean).join('\n'),
  flowStatus: card.params.flowStatus ?? '',
  buttons: buttonsOf(card),
  streaming: card.streaming,
  closed: !card.streaming && ['3', '5'].includes(card.params.flowStatus ?? ''),
  turnId: card.outTrackId.replace(/\.\d+$/, ''),
  json: { ...card.params },
  frames: card.frames,
});
