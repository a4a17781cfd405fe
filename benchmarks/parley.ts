import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import pino from 'pino';
import { findChannel } from '../channels';
import type { FeedCard } from '../channels/sandbox/feed';
import { toMessage } from '../channels/sandbox/inbound';
import { defaultTrigger } from '../domain/trigger';
import { createDispatch, type Dispatch } from '../runtime/dispatch';
import { listenForNotifications } from '../runtime/notifications';
import type { BareStack } from '../tests/support/bare-stack';

/** The sandbox of one organization, and what its cards do, watched from outside. */
export interface Bench {
  readonly dispatch: Dispatch;
  readonly integrationId: string;
  say(chat: string, text: string): Promise<void>;
  /** Resolves when `count` more cards than before have reached a state; with the time of each. */
  cardsReach(count: number, state: FeedCard['state'], work: () => Promise<unknown>, withinMs: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function openBench({ store, databaseUrl }: BareStack, client: Client): Promise<Bench> {
  const log = pino({ level: 'silent' });
  const scope = await store.access.createTenant('Benchmark');
  const { id: integrationId } = await store.integrations.create(scope, {
    name: 'Sandbox',
    channel: 'sandbox',
    mode: 'local',
    config: {},
    appearance: {},
    enabled: true,
  });
  const expert = await store.experts.create(scope, { name: 'Echo', backend: 'echo', config: { chunkMs: 50 } });
  await store.triggers.create(scope, expert.id, { integrationId, enabled: true, settings: { ...defaultTrigger, gatherMs: 0 } });
  await store.experts.publish(scope, expert.id);
  const observe = { dispatched: () => undefined, event: () => undefined };
  const dispatch = createDispatch({ store, client, findChannel, consoleUrl: '', log, observe });
  const notifications = listenForNotifications(databaseUrl, 'memory', log);

  return {
    dispatch,
    integrationId,
    async say(chat, text) {
      await dispatch.deliver(integrationId)(
        toMessage({ chat, sender: 'ann', text, messageId: randomUUID(), group: false, mentions: [] }, Date.now()),
      );
    },
    async cardsReach(count, state, work, withinMs) {
      const times: number[] = [];
      const seen = new Set<string>();
      let enough: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (enough = resolve));
      const unsubscribe = notifications.subscribe((payload) => {
        const key = payload?.slice(integrationId.length + 1);
        if (!key?.includes('/card/') || seen.has(key)) return;
        const at = performance.now();
        store.memory.get<FeedCard>(integrationId, key).then(
          (card) => {
            if (!card || seen.has(key) || (state === 'done' ? card.state !== 'done' : false)) return;
            seen.add(key);
            times.push(at);
            if (times.length === count) enough();
          },
          () => undefined,
        );
      });
      await work();
      const late = new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error(`Only ${times.length} of ${count} cards were ${state} in time.`)), withinMs).unref(),
      );
      await Promise.race([reached, late]).finally(unsubscribe);
      return times;
    },
    close: () => notifications.close(),
  };
}
