import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget, Memory, Ports } from '../../channels/channel';

/** Ports that live in this process: they wait as the real ones do, and share nothing. */
export function localPorts(): Ports & { readonly results: string[] } {
  const results: string[] = [];
  return { memory: localMemory(), budget: localBudget(), called: (result) => void results.push(result), results };
}

function localMemory(): Memory {
  const values = new Map<string, string>();
  const read = (key: string): unknown => (values.has(key) ? JSON.parse(values.get(key)!) : undefined);
  return {
    get: async <T>(key: string) => read(key) as T | undefined,
    put: async (key, value) => void values.set(key, JSON.stringify(value)),
    compareAndSet: async (key, expected, value) => {
      if (JSON.stringify(read(key)) !== JSON.stringify(expected)) return false;
      values.set(key, JSON.stringify(value));
      return true;
    },
  };
}

function localBudget(): Budget {
  const taken = new Map<string, number[]>();
  const pausedUntil = new Map<string, number>();
  return {
    take: async (api, perSecond, _, { burst = 1 } = {}) => {
      for (;;) {
        const now = Date.now();
        const recent = (taken.get(api) ?? []).filter((at) => now - at < 1000);
        taken.set(api, recent);
        const most = Math.max(burst, Math.floor(perSecond));
        const wait = Math.max((pausedUntil.get(api) ?? 0) - now, recent.length >= most ? recent[0]! + 1000 - now : 0);
        if (wait <= 0) return void recent.push(now);
        await sleep(wait);
      }
    },
    pause: async (api, ms) => void pausedUntil.set(api, Date.now() + ms),
  };
}
