import type { AnyChannel, Budget, Memory, Messenger, Ports, Priority } from '../channels/channel';
import { ConfigError } from '../domain/errors';
import type { Store } from '../store';
import type { Integration } from '../store/integrations';
import type { Metrics } from './metrics';

/** What channels get of ours, and messengers made with it: one per integration and version in a process. */
export function createMessengers(
  store: Store,
  findChannel: (name: string) => AnyChannel | undefined,
  observe: Pick<Metrics['observe'], 'called'>,
) {
  const ready = new Map<string, { version: string; messenger: Messenger }>();
  return (integration: Integration): Messenger => {
    const version = `${integration.channel}/${integration.mode}/${integration.version}`;
    const found = ready.get(integration.id);
    if (found?.version === version) return found.messenger;
    const channel = findChannel(integration.channel);
    const config = channel?.modes.find(({ name }) => name === integration.mode)?.config.safeParse(integration.config);
    if (!channel || !config?.success)
      throw new ConfigError('bad_integration', `The settings of integration ${integration.id} do not fit its channel: save them again.`, {
        retryable: true,
      });
    const ports: Ports = {
      memory: memoryOf(store, integration.id),
      budget: createBudget(store, integration.id),
      called: (result) => observe.called(integration.channel, result),
    };
    const messenger = channel.messenger(config.data, ports);
    ready.set(integration.id, { version, messenger });
    return messenger;
  };
}

const memoryOf = (store: Store, integrationId: string): Memory => ({
  get: (key) => store.memory.get(integrationId, key),
  put: (key, value) => store.memory.put(integrationId, key, value),
  compareAndSet: (key, expected, value) => store.memory.compareAndSet(integrationId, key, expected, value),
});

const ORDER: Readonly<Record<Priority, number>> = { last: 0, first: 1, frame: 2 };
/** Slots leased at once: enough that a busy process asks rarely, few enough that a quiet one holds back nobody. */
const LEASE_AT_MOST = 5;
/** Slots stand a little further apart than granted, so that processes may be late by this much and still keep the allowance together. */
const LATE_MS = 60;

interface Caller {
  readonly priority: Priority;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

interface Queue {
  readonly callers: Caller[];
  serving: boolean;
  /** Nobody waits any more. */
  wake: () => void;
}

/** The process's side of the shared allowance: callers wait here, the most urgent takes the next slot that was leased. */
export function createBudget(store: Store, integrationId: string): Budget {
  const queues = new Map<string, Queue>();

  async function serve(queue: Queue, api: string, spacingMs: number): Promise<void> {
    while (queue.callers.length > 0) {
      const count = Math.min(queue.callers.length, LEASE_AT_MOST);
      const first = (await store.budgets.lease(integrationId, api, count, spacingMs)) + performance.now();
      for (let slot = 0; slot < count; slot++) {
        await restUntil(first + slot * spacingMs, queue);
        const late = performance.now() - (first + slot * spacingMs);
        const index = mostUrgent(queue.callers);
        // A slot whose moment is over is forfeited: its place in time may be another process's by now.
        if (index === undefined || late < -1 || late > LATE_MS) break;
        queue.callers.splice(index, 1)[0]!.go();
      }
    }
    queue.serving = false;
  }

  function wait(queue: Queue, priority: Priority, signal: AbortSignal | undefined): Promise<void> {
    let giveUp: () => void = () => undefined;
    return new Promise<void>((resolve, reject) => {
      const caller: Caller = { priority, go: resolve, fail: reject };
      giveUp = () => {
        queue.callers.splice(queue.callers.indexOf(caller), 1);
        reject(signal?.reason as Error);
        if (queue.callers.length === 0) queue.wake();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      queue.callers.push(caller);
    }).finally(() => signal?.removeEventListener('abort', giveUp));
  }

  return {
    async take(api, perSecond, priority, signal) {
      signal?.throwIfAborted();
      const queue: Queue = queues.get(api) ?? { callers: [], serving: false, wake: () => undefined };
      queues.set(api, queue);
      const turn = wait(queue, priority, signal);
      if (!queue.serving) {
        queue.serving = true;
        serve(queue, api, (1000 + LATE_MS) / perSecond).catch((error) => {
          queue.serving = false;
          for (const caller of queue.callers.splice(0)) caller.fail(error);
        });
      }
      await turn;
    },
    pause: (api, ms) => store.budgets.pause(integrationId, api, ms),
  };
}

function mostUrgent(callers: readonly Caller[]): number | undefined {
  let best: number | undefined;
  callers.forEach(({ priority }, index) => {
    if (best === undefined || ORDER[priority] < ORDER[callers[best]!.priority]) best = index;
  });
  return best;
}

function restUntil(due: number, queue: Queue): Promise<void> {
  const ms = due - performance.now();
  if (ms <= 1) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    queue.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
