import { isEnd, type ReplyView } from '../../domain/answer';
import type { Address } from '../../domain/event';
import { perhapsAgain, wholeAgain } from '../../domain/phrases';
import type { Memory, Priority, TurnRef } from '../channel';
import { split } from '../split';
import { asText, emptied, type Params, type Place, type Template } from './card';
import { isFinal, isKnownAlready, isUnknown } from './errors';
import { fingerprint, outTrackIdOf, type Part, type Progress } from './reply';
import type { Sending } from './sending';

/** All that is at hand while one call of the messenger works on one reply. */
export interface Desk {
  readonly sending: Sending;
  readonly memory: Memory;
  readonly template: Template;
  readonly routeKey: string | undefined;
  /** Most bytes of text in one card or message, as they stand in JSON. */
  readonly maxTextBytes: number;
  readonly to: Address;
  readonly turn: TurnRef;
  /** Changed as the work goes on; `save` keeps it. */
  readonly progress: Progress;
  readonly view: () => ReplyView;
  readonly priority: Priority;
  readonly save: () => Promise<void>;
}

/** Brings every part to what the view says; what is shown already costs no call. */
export async function show(desk: Desk): Promise<void> {
  const { progress, view } = desk;
  for (let index = 0; index < Math.max(piecesOf(desk).length, progress.parts.length); index++) {
    progress.parts[index] ??= {};
    const part = progress.parts[index]!;
    if (progress.way === 'card') await showCard(desk, part, index);
    if ((progress.way === 'text' || part.lost) && isEnd(view().state)) await showMessage(desk, part, index);
  }
}

const piecesOf = ({ view, maxTextBytes }: Desk): readonly string[] => split(view().text, maxTextBytes, jsonBytes);

/** How many bytes a text takes inside JSON, without the quotes. */
const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

function placeOf(desk: Desk, index: number): Place {
  const count = piecesOf(desk).length;
  return { number: index + 1, last: index === count - 1, ...(isEnd(desk.view().state) ? { of: count } : {}) };
}

/** What stands around the text of part `index` at this moment. */
const restOf = (desk: Desk, index: number): Params => desk.template.rest(desk.view(), placeOf(desk, index));

async function showCard(desk: Desk, part: Part, index: number): Promise<void> {
  if (part.lost) return;
  if (!part.created) {
    // Not needed any more, and never made.
    if (piecesOf(desk)[index] === undefined) return;
    await create(desk, part, index);
    // An earlier attempt, of which no record is left, may have made it with what was known then.
    if (!part.created || !isEnd(desk.view().state)) return;
  }
  try {
    await change(desk, part, index);
  } catch (error) {
    if (!isFinal(error)) throw error;
    part.lost = true;
  }
}

async function create(desk: Desk, part: Part, index: number): Promise<void> {
  const { sending, to, turn, template, routeKey, progress, priority, save, view } = desk;
  const outTrackId = outTrackIdOf(turn.id, index);
  try {
    const params = showing(desk, part, index, true);
    await sending.createCard(to, { templateId: template.id, outTrackId, routeKey }, params.read, priority);
    if (!isEnd(view().state)) params.shown();
    part.created = true;
  } catch (error) {
    if (!isFinal(error)) throw error;
    if (isKnownAlready(error)) part.created = true;
    // No permission for cards, or they do not get through: the answer comes as messages, at its end.
    else if (index === 0) progress.way = 'text';
    else part.lost = true;
  }
  await save();
}

/** The variables as they are when the call goes out, and a note of them once DingTalk has taken them. */
function showing(desk: Desk, part: Part, index: number, whole: boolean): { readonly read: () => Params; readonly shown: () => void } {
  let [text, rest]: [string, Params] = ['', {}];
  return {
    read: () => {
      text = piecesOf(desk)[index] ?? '';
      rest = restOf(desk, index);
      return whole ? { ...rest, [desk.template.textKey]: text } : rest;
    },
    shown: () => {
      part.rest = fingerprint(rest);
      if (whole) part.text = fingerprint(text);
    },
  };
}

async function change(desk: Desk, part: Part, index: number): Promise<void> {
  const { sending, turn, template, view, priority, save } = desk;
  const outTrackId = outTrackIdOf(turn.id, index);
  const text = piecesOf(desk)[index];
  if (text === undefined) {
    const params = emptied(template, view());
    if (part.rest === fingerprint(params)) return;
    await closeStream(desk, part, index, '');
    await sending.changeCard(outTrackId, () => params, priority);
    part.rest = fingerprint(params);
    return;
  }
  const grows = placeOf(desk, index).last && !isEnd(view().state);
  const textChanged = part.text !== fingerprint(text);
  if (!grows) {
    await closeStream(desk, part, index, text);
    if (!textChanged && part.rest === fingerprint(restOf(desk, index))) return;
    const params = showing(desk, part, index, true);
    await sending.changeCard(outTrackId, params.read, priority);
    params.shown();
    return;
  }
  // A card that waits shows no text: it is told that writing begins before the first word of it.
  const whole = Boolean(part.still) || text === '';
  if (part.rest !== fingerprint(restOf(desk, index)) || (whole && textChanged)) {
    const params = showing(desk, part, index, whole);
    await sending.changeCard(outTrackId, params.read, priority);
    params.shown();
  }
  if (whole || !textChanged) return;
  let streamed = text;
  const content = (): string => {
    streamed = piecesOf(desk)[index] ?? text;
    return streamed;
  };
  try {
    part.streaming = true;
    await sending.streamText(outTrackId, { key: template.textKey, content, end: 'no' }, priority);
    part.text = fingerprint(streamed);
  } catch (error) {
    if (!isFinal(error)) throw error;
    // Ended before, or the template does not let this variable stream: it still can be set.
    part.still = true;
    part.streaming = false;
    await change(desk, part, index);
    await save();
  }
}

/** Ends the stream with the whole text. That it has ended already, or never was one, is as good. */
async function closeStream(desk: Desk, part: Part, index: number, text: string): Promise<void> {
  if (!part.streaming) return;
  const { sending, turn, template, view, priority, save } = desk;
  const end = view().state === 'failed' && placeOf(desk, index).last ? 'failed' : 'finished';
  try {
    await sending.streamText(outTrackIdOf(turn.id, index), { key: template.textKey, content: () => text, end }, priority);
  } catch (error) {
    if (!isFinal(error)) throw error;
  }
  part.streaming = false;
  part.still = true;
  await save();
}

/** Sends a part as a message. Without a key of the platform's a record stands before the call: what may have been sent is sent again, and says so. */
async function showMessage(desk: Desk, part: Part, index: number): Promise<void> {
  const { sending, memory, to, turn, view, priority, save } = desk;
  const key = `message/${outTrackIdOf(turn.id, index)}`;
  const text = piecesOf(desk)[index];
  if (text === undefined || part.message === 'sent') return;
  const known = part.message ?? (await memory.get<Part['message'] | 'refused'>(key));
  if (known === 'sent') {
    part.message = 'sent';
    return;
  }
  const notes = [part.lost && part.created ? wholeAgain[view().language] : '', known === 'sending' ? perhapsAgain[view().language] : ''];
  const message = { kind: 'markdown', text: asText(view(), text, placeOf(desk, index), notes.filter(Boolean).join('\n\n')) } as const;
  part.message = 'sending';
  await memory.put(key, 'sending');
  await save();
  try {
    await sending.sendMessage(to, message, priority);
  } catch (error) {
    if (!isUnknown(error)) {
      delete part.message;
      await memory.put(key, 'refused');
      await save();
    }
    throw error;
  }
  part.message = 'sent';
  await memory.put(key, 'sent');
  await save();
}
