import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import pino from 'pino';
import { findChannel } from '../channels';
import { feedPrefix } from '../channels/sandbox/feed';
import { toMessage } from '../channels/sandbox/inbound';
import { defaultTrigger } from '../domain/trigger';
import { createDispatch, type Dispatch } from '../runtime/dispatch';
import { listenForNotifications } from '../runtime/notifications';
import type { BareStack } from '../tests/support/bare-stack';
import { THINK_MS } from './figures';

/** The sandbox of one organization, and what its cards do, watched from outside. */
export interface Bench {
  readonly dispatch: Dispatch;
  readonly integrationId: string;
  say(chat: string, text: string): Promise<void>;
  /** How long it took from reading each event until Temporal had its signal, in milliseconds; oldest first. */
  readonly dispatched: readonly number[];
  /** Resolves when something of `count` cards was shown; with the time of each. */
  cardsShow(count: number, work: () => Promise<unknown>, withinMs: number): Promise<readonly number[]>;
  /** Says `turns` messages in each chat, the next one soon after the one before is answered. Resolves when all are. */
  talk(chats: readonly string[], turns: number, text?: string): Promise<void>;
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
  const dispatched: number[] = [];
  const observe = { dispatched: (seconds: number) => void dispatched.push(seconds * 1000), event: () => undefined };
  const dispatch = createDispatch({ store, client, findChannel, consoleUrl: '', log, observe });
  const notifications = listenForNotifications(databaseUrl, 'memory', log);
  const say = (chat: string, text: string) =>
    dispatch.deliver(integrationId)(
      toMessage({ chat, sender: 'ann', text, messageId: randomUUID(), group: false, mentions: [] }, Date.now()),
    );
  /** Tells of each change of a card. */
  const watch = (changed: (key: string) => void) =>
    notifications.subscribe((payload) => {
      const key = payload?.slice(integrationId.length + 1);
      if (key?.includes('/card/')) changed(key);
    });

  return {
    dispatch,
    dispatched,
    integrationId,
    say: async (chat, text) => void (await say(chat, text)),
    async cardsShow(count, work, withinMs) {
      const seen = new Map<string, number>();
      const unsubscribe = watch((key) => seen.has(key) || seen.set(key, performance.now()));
      await work();
      await until(
        () => seen.size >= count,
        withinMs,
        () => `Only ${seen.size} of ${count} cards were shown in time.`,
      ).finally(unsubscribe);
      return [...seen.values()];
    },
    async talk(chats, turns, text = 'echo: hello') {
      const left = new Map(chats.map((chat) => [feedPrefix(chat), { chat, turns }]));
      const changed = new Set<string>();
      const unsubscribe = watch((key) => changed.add(key));
      const next = (prefix: string) => {
        const talking = left.get(prefix);
        if (!talking) return;
        if (talking.turns-- > 0) return sleep(talking.turns === turns - 1 ? 0 : THINK_MS).then(() => say(talking.chat, text));
        left.delete(prefix);
      };
      await Promise.all([...left.keys()].map(next));
      // One look for all cards that changed: looking at each would be work that the bare floor does not have.
      const look = async () => {
        const keys = [...changed];
        if (keys.length === 0) return;
        changed.clear();
        const { rows } = await store.db.raw<{ rows: { key: string }[] }>(DONE, [integrationId, keys]);
        for (const { key } of rows) void next(key.slice(0, key.indexOf('card/')));
      };
      const answered = () => left.size === 0;
      await until(answered, 120_000, () => `${left.size} chats wait for an answer.`, look).finally(unsubscribe);
    },
    close: () => notifications.close(),
  };
}

const DONE = `SELECT key FROM memory WHERE integration_id = ? AND key = ANY(?) AND value->>'state' = 'done'`;

async function until(holds: () => boolean, withinMs: number, otherwise: () => string, look?: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + withinMs; !holds(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() > deadline) throw new Error(otherwise());
    await look?.();
  }
}
