import type { ReplyView } from '../../domain/answer';
import { ChannelError } from '../../domain/errors';
import type { Address } from '../../domain/event';
import type { Messenger, Ports, ReplyRef, SentFile, TurnRef } from '../channel';
import { type AppAccount, createAppAccount } from './app-account';
import { COMPARED_SECONDS, takePlace } from './app-allowance';
import { apiBaseOf } from './app-base';
import { personOf } from './app-person';
import { buttonsCard } from './buttons-card';
import type { AppConfig } from './config';
import { superseded } from './errors';
import { kindOf } from './files';
import { bytesOf, statusBelow, storable } from './frame';
import { refusedCall } from './http-errors';
import { withNote } from './note';
import { split } from './split';
import type { WebhookTimes } from './webhook-times';

/** WeCom cuts what is beyond in one message. */
export const MOST_MESSAGE_BYTES = 2048;
// For "(12/34)" and a line break.
const NUMBER_BYTES = 16;
const TRIES = 8;

/** How far something that takes several messages has come; kept in the channel's memory. */
interface Sending {
  readonly epoch: number;
  readonly sent: number;
}

interface Message {
  readonly type: 'markdown' | 'text' | 'template_card' | 'image' | 'file';
  readonly content: unknown;
}

/**
 * The way out for applications. A message cannot be changed once it is sent, so an answer is shown when it is whole, in numbered parts.
 */
export function createAppMessenger(config: AppConfig, ports: Ports, times: WebhookTimes): Messenger {
  const account = createAppAccount({ ...config, apiBase: apiBaseOf(config) }, ports, times);
  const desk: Desk = { account, ports, agentId: config.agentId, now: times.now };
  return {
    beginReply: async (to, turn, _view, saved, save) => {
      await claim(ports, turnKey(turn), turn.epoch);
      const reply: ReplyRef = { turn, to, data: {} };
      if (!saved) await save(reply);
      return reply;
    },
    updateReply: async (reply) => reply,
    finishReply: async (reply, view) => {
      const { to, turn } = reply;
      const card = buttonsCard(view, turn.id);
      const messages: Message[] = [
        ...answerParts(view).map((content): Message => ({ type: 'markdown', content: { content } })),
        ...(card ? [{ type: 'template_card' as const, content: card }] : []),
      ];
      await sendAll(desk, to, turnKey(turn), turn.epoch, messages);
      return reply;
    },
    say: (to, text, key) => {
      const messages = parts(text).map((content): Message => ({ type: 'text', content: { content } }));
      return sendAll(desk, to, `say/${key}`, 0, messages);
    },
    person: (userId) => personOf(account, userId),
    fetchFile: async ({ ref, name }, _from, maxBytes) => {
      const { bytes, mime, name: told } = await account.fetch(ref, maxBytes);
      const known = told ?? name;
      return { bytes, ...(mime ? { mime } : {}), ...(known ? { name: known } : {}) };
    },
    sendFile: async (to, file, key) => {
      const kind = kindOf(file);
      const mediaId = await upload(account, kind, file);
      await sendAll(desk, to, `file/${key}`, 0, [{ type: kind, content: { media_id: mediaId } }]);
    },
  };
}

const turnKey = ({ id }: TurnRef): string => `answer/${id}`;

/** The answer as messages of at most 2048 bytes, each carrying its number where there are several. */
const answerParts = (view: ReplyView): readonly string[] => parts(withNote(view.text, statusBelow(view)));

function parts(words: string): readonly string[] {
  const text = storable(words);
  if (bytesOf(text) <= MOST_MESSAGE_BYTES) return [text];
  const pieces = split(text, MOST_MESSAGE_BYTES - NUMBER_BYTES, bytesOf);
  return pieces.map((piece, index) => `(${index + 1}/${pieces.length})\n${piece}`);
}

interface Desk {
  readonly account: AppAccount;
  readonly ports: Ports;
  readonly agentId: number;
  readonly now: () => number;
}

/** Sends what is left to send under this key. Whoever was replaced by a writer of a higher epoch sends no more. */
async function sendAll(desk: Desk, to: Address, key: string, epoch: number, messages: readonly Message[]): Promise<void> {
  let state = await claim(desk.ports, key, epoch);
  while (state.sent < messages.length) {
    await sendOne(desk, to, `${key}/${state.sent}`, messages[state.sent]!);
    const next: Sending = { epoch, sent: state.sent + 1 };
    if (!(await desk.ports.memory.compareAndSet(key, state, next))) throw superseded();
    state = next;
  }
}

async function claim({ memory }: Pick<Ports, 'memory'>, key: string, epoch: number): Promise<Sending> {
  for (let left = TRIES; left > 0; left--) {
    const known = await memory.get<Sending>(key);
    if (known && known.epoch > epoch) throw superseded();
    if (known?.epoch === epoch) return known;
    const mine: Sending = { epoch, sent: known?.sent ?? 0 };
    if (await memory.compareAndSet(key, known, mine)) return mine;
  }
  throw new ChannelError('busy', 'The reply changed at the same time; try again.', { retryable: true });
}

async function sendOne({ account, ports, agentId, now }: Desk, to: Address, key: string, { type, content }: Message): Promise<void> {
  const mayCompare = await takePlace(ports.memory, to.chatId, { key, content: JSON.stringify(content) }, now());
  const body = {
    touser: to.chatId,
    msgtype: type,
    agentid: agentId,
    [type]: content,
    // A repetition after a lost answer is dropped by WeCom itself.
    ...(mayCompare ? { enable_duplicate_check: 1, duplicate_check_interval: COMPARED_SECONDS } : {}),
  };
  const { invaliduser } = await account.call({ path: 'message/send', body }, 'last');
  // Success, but not for this person.
  const missed = typeof invaliduser === 'string' ? invaliduser.split('|').map((id) => id.toLowerCase()) : [];
  if (missed.includes(to.chatId.toLowerCase())) throw refusedCall('message/send', 200, 81013);
}

async function upload(account: AppAccount, kind: SentFile['kind'], { name, mime, bytes }: SentFile): Promise<string> {
  const form = new FormData();
  form.append('media', new Blob([Uint8Array.from(bytes)], { type: mime }), name);
  const { media_id: mediaId } = await account.call({ path: 'media/upload', query: { type: kind }, body: form }, 'last');
  return String(mediaId);
}
