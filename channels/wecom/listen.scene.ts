import type { InboundEvent } from '../../domain/event';
import { connected } from '../../tests/support/link';
import type { Deliver, LinkReport } from '../channel';
import { startWecomEmulator, type WecomEmulator } from './emulator';
import { createWecom, type WecomConfig, type WecomTimes } from './index';

export const TIMES = { connectTimeoutMs: 300, retryMs: 5, answerWithinMs: 100, drainMs: 50 } satisfies WecomTimes;

export let emulator: WecomEmulator;
export let end: AbortController;
beforeEach(async () => {
  emulator = await startWecomEmulator();
  end = new AbortController();
});
afterEach(async () => {
  end.abort();
  await emulator.close();
});

interface Listening {
  readonly heard: readonly InboundEvent[];
  readonly done: Promise<void>;
  readonly channel: ReturnType<typeof createWecom>;
}

interface Options {
  readonly deliver?: Deliver;
  readonly link?: Partial<LinkReport>;
  readonly config?: Partial<WecomConfig>;
  readonly times?: WecomTimes;
  readonly signal?: AbortSignal;
}

/** Connected, until the test is over or `end` aborts. */
export async function listening({ deliver, link, config = {}, times, signal = end.signal }: Options = {}): Promise<Listening> {
  const heard: InboundEvent[] = [];
  const keep: Deliver = async (event) => {
    const result = await (deliver?.(event) ?? { fresh: true });
    heard.push(event);
    return result;
  };
  const channel = createWecom({ ...TIMES, ...times });
  const { ready, done } = connected(channel, { ...emulator.config, ...config } as WecomConfig, keep, signal, link);
  await ready;
  return { heard, done, channel };
}
