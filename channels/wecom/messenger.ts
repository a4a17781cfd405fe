import type { Memory, Messenger, Ports, ReplyRef, Save, TurnRef } from '../channel';
import type { LongConnectionConfig } from './config';
import { fetchFile, kindOf } from './files';
import { composeNotice } from './frame';
import type { Links } from './links';
import { memoryKey, newProgress, progressOf, refOf } from './reply';
import { createSending, isRefused } from './sending';
import { type Desk, finish, grow } from './writer';

/** Times in milliseconds. */
export interface MessengerTimes {
  /** WeCom lets a stream grow for 10 minutes, in some versions for 6. */
  readonly streamMs: number;
  readonly fetchTimeoutMs: number;
}

export const messengerTimes: MessengerTimes = { streamMs: 330_000, fetchTimeoutMs: 30_000 };

/** The way out through the connection that this process holds: replies as streams that grow, notices and files as messages. */
export function createMessenger(
  config: LongConnectionConfig,
  ports: Ports,
  links: Links,
  { streamMs, fetchTimeoutMs }: MessengerTimes,
): Messenger {
  const sending = createSending(config, links, ports);
  const open = (turn: TurnRef, to: ReplyRef['to'], progress: Desk['progress'], save: Save): Desk => {
    const replaced = links.claim(turn);
    return { sending, to, turn, progress, streamMs, replaced, keep: () => save(refOf(turn, to, progress)) };
  };
  return {
    beginReply: async (to, turn, view, saved, save) => {
      const progress = saved ? progressOf(saved) : newProgress(to);
      const desk = open(turn, to, progress, save);
      await grow(desk, () => view, 'first');
      return refOf(turn, to, progress);
    },
    updateReply: async ({ turn, to, data }, view, save) => {
      const progress = progressOf({ turn, to, data });
      await grow(open(turn, to, progress, save), view, 'frame');
      return refOf(turn, to, progress);
    },
    finishReply: async ({ turn, to, data }, view, save) => {
      const progress = progressOf({ turn, to, data });
      await finish(open(turn, to, progress, save), view);
      return refOf(turn, to, progress);
    },
    say: (to, text, key, again) =>
      once(ports.memory, memoryKey('said', key), { again: again !== undefined }, (isAgain) => {
        const { content } = composeNotice(isAgain ? `${again}\n\n${text}` : text);
        return sending.message(to, { msgtype: 'markdown', markdown: { content } }, 'first');
      }),
    fetchFile: (attachment, _from, maxBytes) => fetchFile(config, attachment, maxBytes, fetchTimeoutMs),
    // A file that may have arrived is sent again: better twice than never.
    sendFile: async (to, file, key) => {
      const kind = kindOf(file);
      await once(ports.memory, memoryKey('file', key), { again: true }, async () => {
        const media = { media_id: await sending.upload(kind, file.name, file.bytes) };
        await sending.message(to, kind === 'image' ? { msgtype: kind, image: media } : { msgtype: kind, file: media }, 'last');
      });
    },
  };
}

/** WeCom has no key for messages, so what went out under a key is remembered here, from before it goes. */
async function once(
  memory: Memory,
  key: string,
  { again }: { readonly again: boolean },
  send: (isAgain: boolean) => Promise<void>,
): Promise<void> {
  const known = await memory.get<'sending' | 'sent' | 'refused'>(key);
  if (known === 'sent' || (known === 'sending' && !again)) return;
  if (!(await memory.compareAndSet(key, known, 'sending'))) return;
  try {
    await send(known === 'sending');
  } catch (error) {
    if (isRefused(error)) await memory.put(key, 'refused');
    throw error;
  }
  await memory.put(key, 'sent');
}
