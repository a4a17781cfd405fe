import type { Client } from '@temporalio/client';
import { type Abilities, type AnyChannel, abilitiesOf } from '../channels/channel';
import type { Store } from '../store';
import type { Route } from '../store/routes';
import type { Undelivered } from '../store/undelivered';
import { workflowTaskTimeout } from '../workflows/limits';
import {
  type ConversationInput,
  conversationWorkflowId,
  heardSignal,
  repliesQueue,
  searchAttributes,
  taskQueues,
  type WayOut,
} from '../workflows/messages';
import { createBatches } from './batches';
import { hasOpenRun } from './temporal';

export interface DeliveryOptions {
  readonly store: Pick<Store, 'events'>;
  readonly client: Client;
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly consoleUrl: string;
}

/** One chat's events on their way. */
interface Delivery {
  /** Temporal has the first of them. */
  readonly signalled: Promise<void>;
  /** It has them all, and the ledger knows. */
  readonly done: Promise<void>;
}

const SIGNAL_DEADLINE_MS = 2500;
const EVENTS_IN_A_SIGNAL = 100;

/** From the ledger to the workflows of chats, by signals. */
export function createDelivery(options: DeliveryOptions) {
  const underWay = new Map<string, Delivery & { again: boolean }>();
  const markDelivered = createBatches<string>((ids) => options.store.events.markDelivered(ids));

  /**
   * One delivery at a time and chat; what was written meanwhile goes with the next one. Each takes all from the oldest on, so order holds whoever delivers.
   * @param known all there is to tell; undefined where the ledger has to be asked
   */
  function begin(chatId: string, known?: Undelivered): Delivery {
    const running = underWay.get(chatId);
    if (running) {
      running.again = true;
      return { signalled: running.done, done: running.done };
    }
    let signalled: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (signalled = resolve));
    const entry = { again: false, signalled: first, done: Promise.resolve() };
    entry.done = (async () => {
      try {
        for (let left = known; ; left = undefined) {
          entry.again = false;
          await signalChat(options, chatId, left, signalled, markDelivered);
          if (!entry.again) return;
        }
      } finally {
        underWay.delete(chatId);
      }
    })();
    entry.signalled = Promise.race([first, entry.done]);
    entry.signalled.catch(() => undefined);
    underWay.set(chatId, entry);
    return entry;
  }

  return {
    begin,
    /** Resolves when no signal is under way any more. */
    drained: async (): Promise<void> => void (await Promise.allSettled([...underWay.values()].map(({ done }) => done))),
  };
}

export function abilitiesFor(
  findChannel: DeliveryOptions['findChannel'],
  { channel, mode }: Pick<Route, 'channel' | 'mode'>,
): Abilities | undefined {
  const speaks = findChannel(channel);
  return speaks && abilitiesOf(speaks, mode);
}

async function signalChat(
  options: DeliveryOptions,
  chatId: string,
  known: Undelivered | undefined,
  signalled: () => void,
  markDelivered: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let first = known; ; first = undefined) {
    const found = first ?? (await options.store.events.undelivered(chatId, EVENTS_IN_A_SIGNAL));
    if (!found) return;
    if (found.isBehind && (await takesBack(options, found))) continue;
    await signal(options, found);
    signalled();
    await markDelivered(found.heard.map(({ id }) => id));
    if (found.heard.length < EVENTS_IN_A_SIGNAL) return;
  }
}

/** What a lost run left behind is told before what came later. The sentinel finds it too, but only in a minute. */
async function takesBack({ store, client }: DeliveryOptions, { chatId, heard }: Undelivered): Promise<boolean> {
  return !(await hasOpenRun(client, chatId)) && (await store.events.orphanBefore(chatId, heard[0]!.number)) > 0;
}

/** Search attributes and summary are used only when the signal starts a run: they cost nothing after that. */
async function signal(options: DeliveryOptions, { chatId, route, heard }: Undelivered): Promise<void> {
  const { client, consoleUrl } = options;
  const { integrationId, channel } = route;
  const way: WayOut = abilitiesFor(options.findChannel, route)?.repliesThroughConnection
    ? { repliesQueue: repliesQueue(integrationId) }
    : {};
  const input: ConversationInput = {
    chatId,
    integrationId,
    consoleUrl,
    ...way,
  };
  await client.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
    client.workflow.signalWithStart('conversation', {
      workflowId: conversationWorkflowId(chatId),
      taskQueue: taskQueues.conversations,
      workflowTaskTimeout,
      args: [input],
      signal: heardSignal,
      signalArgs: [heard, way],
      staticSummary: `${channel} · ${heard[0]?.shared ? 'group' : 'chat'}`,
      typedSearchAttributes: [
        { key: searchAttributes.tenant, value: route.tenantId },
        { key: searchAttributes.organization, value: route.organizationId },
        { key: searchAttributes.integration, value: integrationId },
        { key: searchAttributes.platform, value: channel },
        ...(route.expertId ? [{ key: searchAttributes.expert, value: route.expertId }] : []),
        { key: searchAttributes.state, value: 'open' },
      ],
    }),
  );
}
