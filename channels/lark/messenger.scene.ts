import { localPorts } from '../../tests/support/ports';
import type { Messenger, Ports, ReplyRef, TurnRef } from '../channel';
import { view } from '../contract';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';
import { createLark, type LarkTimes } from './index';

let turns = 0;

/** A question in a group, and a messenger to answer it. */
export interface Scene {
  readonly emulator: LarkEmulator;
  readonly messenger: Messenger;
  readonly ports: ReturnType<typeof localPorts>;
  readonly turn: (epoch?: number) => TurnRef;
  readonly question: string;
  readonly saved: () => ReplyRef;
  readonly save: (reply: ReplyRef) => Promise<void>;
  begin(text?: string): Promise<ReplyRef>;
  /** Another process, with what was saved. */
  takeOver(epoch: number): { readonly messenger: Messenger; readonly saved: ReplyRef; readonly turn: TurnRef };
}

const scenes: Scene[] = [];
afterEach(async () => {
  for (const { emulator } of scenes.splice(0)) await emulator.close();
});

/** Somebody asks in a group. */
export async function scene(options: LarkEmulatorOptions = {}, times: LarkTimes = {}, more: Partial<Ports> = {}): Promise<Scene> {
  const emulator = await startLarkEmulator(options);
  const ports = { ...localPorts(), ...more };
  const messenger = createLark(times).messenger(emulator.config, ports);
  const question = emulator.say({ chatId: 'oc_chat', text: 'why?', chatType: 'group', redeliver: false });
  const id = `00000000-0000-4000-8000-${String(++turns).padStart(12, '0')}`;
  const turn = (epoch = 1): TurnRef => ({ id, epoch });
  let kept: ReplyRef | undefined;
  const save = async (reply: ReplyRef): Promise<void> => {
    kept = JSON.parse(JSON.stringify(reply)) as ReplyRef;
  };
  const to = { chatId: 'oc_chat', kind: 'group', replyTo: question } as const;
  const made: Scene = {
    emulator,
    messenger,
    ports,
    turn,
    question,
    save,
    saved: () => kept!,
    begin: (text = '') => messenger.beginReply(to, turn(), view(text ? 'streaming' : 'thinking', text), undefined, save),
    takeOver: (epoch) => ({ messenger: createLark(times).messenger(emulator.config, localPorts()), saved: kept!, turn: turn(epoch) }),
  };
  scenes.push(made);
  return made;
}
