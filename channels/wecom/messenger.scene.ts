import type { ReplyView } from '../../domain/answer';
import type { InboundEvent } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import { connected } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import type { Messenger, Ports, ReplyRef } from '../channel';
import { view } from '../contract';
import { startWecomEmulator, type WecomEmulator, type WecomEmulatorOptions } from './emulator';
import { createWecom, type WecomTimes } from './index';

export const TIMES = { connectTimeoutMs: 500, ackTimeoutMs: 250, lateAckMs: 50, retryMs: 5 } satisfies WecomTimes;
export const TURN = '00000000-0000-4000-8000-000000000001';
/** Most bytes of one message. */
export const MOST = 20_480;

/** One process: a connection and a messenger that speaks through it. */
interface Holder {
  readonly messenger: Messenger;
  readonly heard: readonly InboundEvent[];
  leave(): Promise<void>;
}

/** A question in private, and a process that can answer it. */
export interface Scene {
  readonly emulator: WecomEmulator;
  readonly ports: ReturnType<typeof localPorts>;
  readonly holder: Holder;
  readonly question: InboundEvent;
  hold(): Promise<Holder>;
  /** Asks something; resolves with what was heard. */
  ask(text: string, chatId?: string): Promise<InboundEvent>;
  begin(text?: string): Promise<ReplyRef>;
  readonly save: (reply: ReplyRef) => Promise<void>;
  readonly saved: () => ReplyRef;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Somebody asks. */
export async function scene(options: WecomEmulatorOptions = {}, times: WecomTimes = {}, more: Partial<Ports> = {}): Promise<Scene> {
  const emulator = await startWecomEmulator(options);
  closing.push(() => emulator.close());
  const ports = { ...localPorts(), ...more };
  const hold = async (): Promise<Holder> => {
    const heard: InboundEvent[] = [];
    const end = new AbortController();
    const channel = createWecom({ ...TIMES, ...times });
    const deliver = async (event: InboundEvent) => {
      heard.push(event);
      return { fresh: true };
    };
    const { ready, done } = connected(channel, emulator.config, deliver, end.signal);
    await ready;
    const leave = async (): Promise<void> => {
      end.abort();
      await done.catch(() => undefined);
    };
    closing.push(leave);
    return { messenger: channel.messenger(emulator.config, ports), heard, leave };
  };
  const holder = await hold();
  const ask = async (text: string, chatId?: string): Promise<InboundEvent> => {
    const id = emulator.say({ text, ...(chatId ? { chatId } : {}) });
    await eventually(() => holder.heard.some((event) => event.id === id));
    return holder.heard.find((event) => event.id === id)!;
  };
  const question = await ask('why?');
  let kept: ReplyRef | undefined;
  const save = async (reply: ReplyRef): Promise<void> => {
    kept = JSON.parse(JSON.stringify(reply)) as ReplyRef;
  };
  const begin = (text = '') =>
    holder.messenger.beginReply(question.address, { id: TURN, epoch: 1 }, view(text ? 'streaming' : 'thinking', text), undefined, save);
  return { emulator, ports, holder, question, hold, ask, begin, save, saved: () => kept! };
}

export const done = (text: string, more: Partial<ReplyView> = {}): ReplyView => view('done', text, more);

/** What each message shows now. */
export const contents = (emulator: WecomEmulator): readonly string[] => emulator.messages().map(({ content }) => content);

/** Paragraphs of so many bytes or a little more. */
export const lines = (bytes: number): string => {
  const line = `${'长'.repeat(30)} and so on\n\n`;
  return line.repeat(Math.ceil(bytes / Buffer.byteLength(line)));
};
