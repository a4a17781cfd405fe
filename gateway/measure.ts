import { connectionStatus } from '../domain/connection';
import type { GatewayDeps } from './deps';

const STATES = ['connected', 'connecting', 'disconnected', 'disabled'] as const;

/** Brings the gauges up to date: what has no end, and the state of every connection. */
export async function measure({ store, channels, metrics }: Pick<GatewayDeps, 'store' | 'channels' | 'metrics'>): Promise<void> {
  metrics.unended.set(await store.events.countUnended());
  metrics.connectionState.reset();
  for (const { integrationId, channel, mode, ...record } of await store.connections.all()) {
    const way = channels.find(({ name }) => name === channel)?.modes.find(({ name }) => name === mode)?.way ?? 'receive';
    const { state } = connectionStatus(record, way);
    for (const one of STATES) metrics.connectionState.set({ integration: integrationId, state: one }, one === state ? 1 : 0);
  }
}
