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

interface Caller {
  readonly priority: Priority;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

/** The process's side of the shared allowance: callers wait here, the most urgent takes the next slot that was leased. */
export function createBudget(store: Store, integrationId: string): Budget {
  const queues = new Map<string, { callers: Caller[]; serving: boolean }>();

  async function serve(api: string, spacingMs: number): Promise<void> {
    const queue = queues.get(api)!;
    while (queue.callers.length > 0) {
      const count = Math.min(queue.callers.length, LEASE_AT_MOST);
      const wait = await store.budgets.lease(integrationId, api, count, spacingMs);
      const startedAt = performance.now();
      for (let slot = 0; slot < count; slot++) {
        await sleep(startedAt + wait + slot * spacingMs - performance.now());
        const index = mostUrgent(queue.callers);
        if (index === undefined) break;
        queue.callers.splice(index, 1)[0]!.go();
      }
    }
    queue.serving = false;
  }

  return {
    take(api, perSecond, priority, signal) {
      const queue = queues.get(api) ?? { callers: [], serving: false };
      queues.set(api, queue);
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        queue.callers.push({ priority, go: resolve, fail: reject });
        if (queue.serving) return;
        queue.serving = true;
        serve(api, 1000 / perSecond).catch((error) => {
          queue.serving = false;
          for (const caller of queue.callers.splice(0)) caller.fail(error);
        });
      });
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

const sleep = (ms: number): Promise<void> => (ms <= 1 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms)));
