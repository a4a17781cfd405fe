import { type Ear, keep, listenOn } from '../../tests/support/ear';
import type { Deliver } from '../channel';
import { type DingTalkEmulator, type DingTalkEmulatorOptions, startDingTalkEmulator } from './emulator';
import { createDingTalk, type DingTalkTimes } from './index';

/** What a person says in these tests. */
export const said = { chatId: 'cid1', text: 'hello' };

/** Listens on an emulator that delivers again soon. */
export async function listening(
  options: DingTalkEmulatorOptions = {},
  times: DingTalkTimes = {},
  deliver: Deliver = keep,
  prepare?: (emulator: DingTalkEmulator) => void,
): Promise<Ear<DingTalkEmulator>> {
  const emulator = await startDingTalkEmulator({ redeliverMs: [40, 40, 40], ...options });
  prepare?.(emulator);
  return listenOn(emulator, createDingTalk({ retryMs: 10, ...times }), deliver);
}
