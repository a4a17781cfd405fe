import type { Channel, Deliver } from '../../channels/channel';
import type { InboundEvent } from '../../domain/event';
import { connected } from './link';

/** A channel that listens on its platform's emulator until the test is over. */
export interface Ear<Emulator> {
  readonly emulator: Emulator;
  readonly heard: readonly InboundEvent[];
  readonly proofs: () => number;
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
  readonly end: AbortController;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export const keep: Deliver = async () => ({ fresh: true });

export function listenOn<Config, Emulator extends { readonly config: Config; close(): Promise<void> }>(
  emulator: Emulator,
  channel: Channel<Config>,
  deliver: Deliver,
): Ear<Emulator> {
  const heard: InboundEvent[] = [];
  let proofs = 0;
  const end = new AbortController();
  const hear: Deliver = async (event) => {
    heard.push(event);
    return deliver(event);
  };
  const link = { proven: () => void proofs++ };
  const ear = { emulator, heard, proofs: () => proofs, end, ...connected(channel, emulator.config, hear, end.signal, link) };
  closing.push(async () => {
    end.abort();
    await ear.done.catch(() => undefined);
    await emulator.close();
  });
  return ear;
}
