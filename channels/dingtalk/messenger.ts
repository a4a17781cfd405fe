import { ChannelError } from '../../domain/errors';
import type { Address } from '../../domain/event';
import type { Memory, Messenger, Ports } from '../channel';
import type { Account } from './account';
import { createCaller } from './calls';
import { templateOf } from './card';
import { isUnknown } from './errors';
import { fetchFile, kindOf, uploadFile } from './files';
import { personOf } from './person';
import { type Progress, progressOf, refOf } from './reply';
import { createSending, type Message, type Sending } from './sending';
import { type Desk, show } from './writer';

/** The sign that DingTalk's own assistants put on a message. */
const RECEIVED = '收到';

/** The way out: replies as AI cards that grow, notices and files as messages. */
export function createMessenger(account: Account, ports: Ports, maxTextBytes: number, backOffMs: number): Messenger {
  const { config } = account;
  const call = createCaller(account, ports, backOffMs);
  const sending = createSending(account, call, ports);
  const { memory } = ports;
  // Presses come over the socket, or by HTTP where a route for them was registered.
  const template = templateOf(config.cardTemplateId, !config.token || Boolean(config.callbackRouteKey));
  const desk = { sending, memory, template, routeKey: config.callbackRouteKey, maxTextBytes };
  const write = async (more: Omit<Desk, keyof typeof desk | 'save'>, save: (progress: Progress) => Promise<void>) => {
    await show({ ...desk, ...more, save: () => save(more.progress) });
    return refOf(more.turn, more.to, more.progress);
  };

  // DingTalk does not tell that somebody opened a chat, so the welcome comes before the first answer. A courtesy: when it fails nobody waits for it.
  const welcome = async (to: Address): Promise<void> => {
    const text = config.welcome;
    if (!text || to.kind !== 'private') return;
    await sendOnce(sending, memory, to, `welcome/${to.chatId}`, { again: false }, async () => ({ kind: 'text', text })).catch(
      () => undefined,
    );
  };

  return {
    beginReply: async (to, turn, view, saved, save) => {
      if (!saved) await welcome(to);
      const progress: Progress = saved ? progressOf(saved, turn.epoch, true) : { way: 'card', parts: [] };
      return write({ to, turn, progress, view: () => view, priority: 'first' }, (now) => save(refOf(turn, to, now)));
    },
    updateReply: (reply, view, save) => {
      const { turn, to } = reply;
      return write({ to, turn, progress: progressOf(reply, turn.epoch), view, priority: 'frame' }, (now) => save(refOf(turn, to, now)));
    },
    finishReply: (reply, view, save) => {
      const { turn, to } = reply;
      return write({ to, turn, progress: progressOf(reply, turn.epoch), view: () => view, priority: 'last' }, (now) =>
        save(refOf(turn, to, now)),
      );
    },
    say: (to, text, key, again) =>
      sendOnce(sending, memory, to, key, { again: again !== undefined }, async (isAgain) => ({
        kind: 'text',
        text: isAgain ? `${again}\n\n${text}` : text,
      })),
    react: async (to) => {
      if (to.replyTo) await sending.react(to, RECEIVED);
    },
    person: (userId) => personOf(call, userId),
    fetchFile: (attachment, _from, maxBytes) => fetchFile(account, call, attachment, maxBytes),
    // A file that may have arrived is sent again: better twice than never.
    sendFile: (to, file, key) =>
      sendOnce(sending, memory, to, key, { again: true }, async () => {
        const kind = kindOf(file);
        const mediaId = await uploadFile(call, kind, file);
        return kind === 'image' ? { kind, mediaId } : { kind, mediaId, name: file.name };
      }),
  };
}

/**
 * DingTalk has no key for messages, so ours stands in the channel's memory before the call.
 * @param again whether what may have gone out already goes out once more
 */
async function sendOnce(
  sending: Sending,
  memory: Memory,
  to: Address,
  key: string,
  { again }: { readonly again: boolean },
  make: (isAgain: boolean) => Promise<Message>,
): Promise<void> {
  const record = `say/${key}`;
  const before = await memory.get<string>(record);
  if (before === 'sent' || (before === 'sending' && !again)) return;
  const message = await make(before === 'sending');
  if (!(await memory.compareAndSet(record, before, 'sending'))) return;
  try {
    await sending.sendMessage(to, message, 'first');
  } catch (error) {
    if (!isUnknown(error)) await memory.put(record, 'refused');
    else if (error instanceof ChannelError)
      throw new ChannelError(error.code, `${error.message} It may have arrived.`, { retryable: true });
    throw error;
  }
  await memory.put(record, 'sent');
}
