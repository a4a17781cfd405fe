import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyView } from '../../domain/answer';
import { ChannelError } from '../../domain/errors';
import type { Address, CardAction } from '../../domain/event';
import { languageOf } from '../../domain/language';
import type { Messenger, Ports, ReplyRef, TurnRef } from '../channel';
import { buttonsCard } from './buttons-card';
import { type BotConfig, isPlatformUrl } from './config';
import { decryptPadded, keyOf } from './crypto';
import { superseded } from './errors';
import { composeFrame, composeNotice, composeRest, headOf, isWhole } from './frame';
import { download } from './http';
import { readMediaRef } from './inbound';
import { type Author, createStreams, type Frame, type Head, noticeAuthor, type StreamState, type Streams } from './streams';
import { handlesOf, type WebhookTimes } from './webhook-times';
import { isUsable, postOnce, URL_LIVES_MS } from './webhook-url';

/** Thumbs stand under every stream. */
const RATED_NATIVELY: readonly CardAction[] = ['good', 'bad'];
// What is encrypted is a little longer than what it holds.
const PADDING_BYTES = 32;

/** What is to be said at the end: in the stream, and beyond what it could show. */
interface Ending {
  readonly frame: (more: boolean) => Frame;
  readonly rest: (shown: Head | undefined) => string;
  readonly isAll: (shown: Head) => boolean;
}

/**
 * The way out for bots that are called: the reply grows in the stream of the message it answers, which WeCom polls; what does not fit there,
 * or comes after the stream had to end, goes through the message's `response_url`, once.
 */
export function createBotMessenger(config: BotConfig, ports: Ports, times: WebhookTimes): Messenger {
  const allowed = (url: string): boolean => isPlatformUrl(url, config.apiBase);
  const streams = createStreams(ports.memory);
  const show = async (to: Address, turn: TurnRef, view: ReplyView): Promise<StreamState | undefined> => {
    const { streamId, responseUrl } = handlesOf(to);
    if (!streamId) return undefined;
    const frame = composeFrame(view, { final: false, more: responseUrl !== undefined });
    const { state, ours } = await streams.write(streamId, turn, frame, unopened(to, view, times));
    return ours ? state : undefined;
  };
  return {
    beginReply: async (to, turn, view, saved, save) => {
      const reply: ReplyRef = { turn, to, data: {} };
      if (!saved) await save(reply);
      const state = await show(to, turn, view);
      if (state) await streams.claim(state, times.now());
      return reply;
    },
    updateReply: async (reply, view) => {
      await show(reply.to, reply.turn, view());
      return reply;
    },
    finishReply: async (reply, view) => {
      const { to, turn } = reply;
      // Whether a group takes a card with a stream is not certain, and its refusal would take the answer along.
      const card = to.kind === 'private' ? buttonsCard(view, turn.id, RATED_NATIVELY) : undefined;
      const ending: Ending = {
        frame: (more) => ({ ...composeFrame(view, { final: true, more }), ...(card ? { card } : {}) }),
        rest: (shown) => composeRest(view, shown),
        isAll: (shown) => isWhole(shown, view.text),
      };
      await end({ ports, streams, allowed, times }, to, turn, ending, unopened(to, view, times));
      return reply;
    },
    say: (to, text, key) => {
      const whole = headOf(text, text.length);
      const ending: Ending = {
        frame: () => composeNotice(text),
        rest: () => composeNotice(text).content,
        isAll: (shown) => shown.fingerprint === whole.fingerprint,
      };
      return end({ ports, streams, allowed, times }, to, noticeAuthor(key), ending, unopened(to, { language: languageOf(text) }, times));
    },
    fetchFile: async ({ ref, name }, _from, maxBytes) => {
      const { url } = readMediaRef(ref) ?? {};
      if (!url || !allowed(url)) throw new ChannelError('gone', 'There is no address of WeCom to fetch this from.');
      const file = await download('file', url, maxBytes + PADDING_BYTES, times.callTimeoutMs);
      const bytes = file.errcode === undefined ? decryptPadded(keyOf(config.encodingAesKey), file.bytes) : undefined;
      if (!bytes) throw new ChannelError('gone', 'WeCom has the file no more, or the EncodingAESKey was changed since.');
      if (bytes.length > maxBytes) throw new ChannelError('too_large', `The file is larger than ${maxBytes} bytes.`);
      const known = file.name ?? name;
      return { bytes, ...(known ? { name: known } : {}) };
    },
  };
}

const unopened = (to: Address, { language }: Pick<ReplyView, 'language'>, { now }: WebhookTimes) => ({
  openedAt: now(),
  chat: to.chatId,
  language,
});

interface Desk {
  readonly ports: Ports;
  readonly streams: Streams;
  readonly allowed: (url: string) => boolean;
  readonly times: WebhookTimes;
}

/** Shows an end. Resolves once WeCom has it; throws `gone` when there is no way left, a retryable error while there may be one. */
async function end(
  desk: Desk,
  to: Address,
  author: Author,
  ending: Ending,
  unknown: Pick<StreamState, 'openedAt' | 'chat' | 'language'>,
): Promise<void> {
  const { ports, streams, allowed, times } = desk;
  const { streamId, responseUrl } = handlesOf(to);
  const key = author.id;
  const url = responseUrl && allowed(responseUrl) && (await isUsable(ports, responseUrl, key)) ? responseUrl : undefined;
  let state: StreamState | undefined;
  if (streamId) {
    const written = await streams.write(streamId, author, ending.frame(url !== undefined), unknown);
    state = written.ours ? await taken(desk, streamId, author, written.state) : undefined;
    if (state?.closed === 'end' && ending.isAll(state.frame!.head)) return;
  }
  if (state && !state.closed && !url) throw unpolled(times.now() - state.openedAt >= times.endsMs);
  // Cut off with a sentence that says so: there was no other way from the beginning.
  if (!url && state?.closed === 'end') return;
  if (!url) throw nowhere();
  if (state && !state.closed) {
    state = (await streams.divert(streamId!, true)) ?? state;
    if (state.closed === 'end' && ending.isAll(state.frame!.head)) return;
  }
  const age = times.now() - (state ?? unknown).openedAt;
  try {
    const message = { url, key, content: ending.rest(shownOf(state)), isOver: age >= URL_LIVES_MS };
    await postOnce(ports, message, times.callTimeoutMs);
  } catch (error) {
    const isGone = error instanceof ChannelError && error.code === 'gone';
    if (!isGone || !state || state.closed) throw error;
    // Nothing went out, so what nobody polled yet may still be polled.
    const left = await streams.divert(streamId!, false);
    throw left?.closed ? error : unpolled(age >= times.endsMs);
  }
}

const shownOf = (state: StreamState | undefined): Head | undefined =>
  state?.closed === 'end' || state?.closed === 'cut' ? state.frame?.head : undefined;

/** Waits until WeCom has polled the end; gives up after a while and answers the stream as it stands. */
async function taken({ streams, times }: Desk, id: string, author: Author, written: StreamState): Promise<StreamState> {
  const until = times.now() + times.takenWithinMs;
  let state = written;
  while (!state.closed && !state.away && times.now() < until) {
    await sleep(times.lookEveryMs);
    state = (await streams.read(id)) ?? state;
    if (state.author && state.author.epoch > author.epoch) throw superseded();
  }
  return state;
}

const unpolled = (tooLate: boolean): ChannelError =>
  tooLate
    ? nowhere()
    : new ChannelError('timeout', 'WeCom has not asked for this answer yet; it is kept until it does.', { retryable: true });

const nowhere = (): ChannelError =>
  new ChannelError('gone', 'WeCom has closed this message: its stream is over and its address for a late answer is used or missing.');
