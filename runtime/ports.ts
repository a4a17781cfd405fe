import type { AnyChannel, Budget, FileMemory, Memory, Messenger, Ports, Priority } from '../channels/channel';
import { ConfigError } from '../domain/errors';
import type { Store } from '../store';
import type { Files } from '../store/files';
import type { Integration } from '../store/integrations';
import type { Metrics } from './metrics';

type Integrated = Pick<Integration, 'id' | 'channel'>;

/** What channels get of ours: one per integration in a process, so that its allowance is shared. */
export function createPorts(store: Store, observe: Pick<Metrics['observe'], 'called'>, files?: Files): (integration: Integrated) => Ports {
  const ready = new Map<string, Ports>();
  return ({ id, channel }) => {
    const ports: Ports = ready.get(id) ?? {
      memory: memoryOf(store, id),
      budget: createBudget(store, id),
      called: (result) => observe.called(channel, result),
      ...(files && { files: filesOf(files, id) }),
    };
    ready.set(id, ports);
    return ports;
  };
}

/** By an administrator, which nobody hears of but by looking again. */
const MENDED_LATER = { retryable: true, retryAfterMs: 10_000 };

/** The ways out: one per integration and version in a process. */
export function createMessengers(findChannel: (name: string) => AnyChannel | undefined, portsFor: (integration: Integrated) => Ports) {
  const ready = new Map<string, { version: string; messenger: Messenger }>();
  return (integration: Integration): Messenger => {
    const version = `${integration.channel}/${integration.mode}/${integration.version}`;
    const found = ready.get(integration.id);
    if (found?.version === version) return found.messenger;
    const { unreadable } = integration;
    if (unreadable)
      throw new ConfigError('unreadable', `The settings of integration ${integration.id} cannot be read: ${unreadable}`, MENDED_LATER);
    const channel = findChannel(integration.channel);
    const config = channel?.modes.find(({ name }) => name === integration.mode)?.config.safeParse(integration.config);
    if (!channel || !config?.success)
      throw new ConfigError('bad_integration', `The settings of integration ${integration.id} do not fit its channel: save them again.`, {
        retryable: true,
      });
    const messenger = channel.messenger(config.data, portsFor(integration));
    ready.set(integration.id, { version, messenger });
    return messenger;
  };
}

const memoryOf = (store: Store, integrationId: string): Memory => ({
  get: (key) => store.memory.get(integrationId, key),
  put: (key, value) => store.memory.put(integrationId, key, value),
  compareAndSet: (key, expected, value) => store.memory.compareAndSet(integrationId, key, expected, value),
});

const filesOf = (files: Files, integrationId: string): FileMemory => ({
  put: (key, bytes) => files.put(`platform/${integrationId}/${key}`, bytes),
  get: (key) => files.get(`platform/${integrationId}/${key}`),
});

const ORDER: Readonly<Record<Priority, number>> = { last: 0, first: 1, frame: 2 };
/** Slots leased at once: enough that a busy process asks rarely, few enough that a quiet one holds back nobody. */
const LEASE_AT_MOST = 5;
/** Slots stand so much further apart than granted that whoever is late by this in all still keeps the allowance: the process, and its calls on their way. */
const SLACK_MS = 60;
/** The part of it that a process may be late by. Where a slot is longer than a second, so is the slack between two of them. */
const LATE_MS = 30;

interface Caller {
  readonly priority: Priority;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

interface Queue {
  readonly callers: Caller[];
  serving: boolean;
  /** What is granted now; it may change while callers wait. */
  perSecond: number;
  burst: number;
  /** Slots of the last lease that no call went out in. */
  unused: number;
  /** Nobody waits any more. */
  wake: () => void;
}

/** The process's side of the shared allowance: callers wait here, the most urgent takes the next slot that was leased. */
export function createBudget(store: Store, integrationId: string): Budget {
  const queues = new Map<string, Queue>();

  async function serve(queue: Queue, api: string): Promise<void> {
    while (queue.callers.length > 0) {
      const spacingMs = (1000 + SLACK_MS) / queue.perSecond;
      const lateMs = LATE_MS * Math.max(1, 1 / queue.perSecond);
      const count = Math.min(queue.callers.length, LEASE_AT_MOST);
      const missed = queue.burst - 1;
      const wait = await store.budgets.lease(integrationId, api, { count, spacingMs, missed, calls: count - queue.unused });
      const leasedAt = performance.now();
      queue.unused = count;
      for (let slot = 0; slot < count; slot++) {
        const due = leasedAt + Math.max(0, wait + slot * spacingMs);
        const isDue = await reach(due, queue);
        const index = mostUrgent(queue.callers);
        if (!isDue || index === undefined) break;
        const late = performance.now() - due;
        // A slot whose moment is over is forfeited: its place in time may be another process's by now. Those after it still are ours.
        if (late > lateMs) continue;
        queue.callers.splice(index, 1)[0]!.go();
        queue.unused -= 1;
      }
    }
    queue.serving = false;
    // There is a queue for each chat that has a limit of its own; what is owed to the count is kept.
    if (queue.unused === 0) queues.delete(api);
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
    async take(api, perSecond, priority, { burst = 1, signal } = {}) {
      signal?.throwIfAborted();
      const queue: Queue = queues.get(api) ?? { callers: [], serving: false, perSecond, burst, unused: 0, wake: () => undefined };
      queues.set(api, queue);
      Object.assign(queue, { perSecond, burst });
      const turn = wait(queue, priority, signal);
      if (!queue.serving) {
        queue.serving = true;
        serve(queue, api).catch((error) => {
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

/** Resolves true when a moment has come, false when nobody waits for it any more. */
function reach(due: number, queue: Queue): Promise<boolean> {
  const ms = due - performance.now();
  if (ms <= 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    // Rounded up: timers count whole milliseconds, and what goes out early comes too soon after the one before it.
    const timer = setTimeout(() => resolve(true), Math.ceil(ms));
    queue.wake = () => {
      clearTimeout(timer);
      resolve(false);
    };
  });
}
