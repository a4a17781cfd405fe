import type { Address } from '../../domain/event';
import { localPorts } from '../../tests/support/ports';
import type { Messenger, Ports, ReplyRef, TurnRef } from '../channel';
import { view } from '../contract';
import { type DingTalkEmulator, type DingTalkEmulatorOptions, type Said, startDingTalkEmulator } from './emulator';
import { message } from './inbound';
import { createDingTalk, type DingTalkConfig, type DingTalkTimes } from './index';

let turns = 0;

/** A question in a chat, and a messenger to answer it. */
export interface Scene {
  readonly emulator: DingTalkEmulator;
  readonly messenger: Messenger;
  readonly ports: ReturnType<typeof localPorts>;
  readonly to: Address;
  readonly turn: (epoch?: number) => TurnRef;
  readonly saves: ReplyRef[];
  readonly saved: () => ReplyRef;
  readonly save: (reply: ReplyRef) => Promise<void>;
  begin(text?: string): Promise<ReplyRef>;
  /** Another process, which has nothing but what was saved. */
  successor(): Messenger;
}

interface Setting {
  readonly times?: DingTalkTimes;
  readonly ports?: Partial<Ports>;
  readonly config?: Partial<DingTalkConfig>;
  readonly said?: Partial<Said>;
}

const emulators: DingTalkEmulator[] = [];
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.close();
});

/** Somebody asks in a group, or as `said` says. */
export async function scene(
  options: DingTalkEmulatorOptions = {},
  { times = {}, ports: own = {}, config = {}, said = {} }: Setting = {},
): Promise<Scene> {
  const emulator = await startDingTalkEmulator(options);
  emulators.push(emulator);
  const ports = { ...localPorts(), ...own };
  const settings = { ...emulator.config, ...config };
  const messenger = createDingTalk(times).messenger(settings, ports);
  const { event } = emulator.events.message({ chatId: 'cid1', text: 'why?', chatType: 'group', ...said });
  const to = message(event, { id: '', at: 0 })!.address;
  const id = `00000000-0000-4000-8000-${String(++turns).padStart(12, '0')}`;
  const turn = (epoch = 1): TurnRef => ({ id, epoch });
  const saves: ReplyRef[] = [];
  const save = async (reply: ReplyRef): Promise<void> => void saves.push(JSON.parse(JSON.stringify(reply)) as ReplyRef);
  return {
    ...{ emulator, messenger, ports, to, turn, saves, save },
    saved: () => saves.at(-1)!,
    begin: (text = '') => messenger.beginReply(to, turn(), view(text ? 'streaming' : 'thinking', text), undefined, save),
    successor: () => createDingTalk(times).messenger(settings, localPorts()),
  };
}

/** The same chat without the address for answers. */
export const noWebhook = ({ handles: { sessionWebhook: _, ...handles } = {}, ...to }: Address): Address => ({ ...to, handles });
