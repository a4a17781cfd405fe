import type { Client } from '@temporalio/client';
import type { AnyChannel, Deliver, DeliverResult } from '../channels/channel';
import { parseCommand } from '../domain/command';
import { Refusal } from '../domain/errors';
import type { InboundEvent, Instruction } from '../domain/event';
import { languageOf } from '../domain/language';
import { admit, chatKey, defaultTrigger } from '../domain/trigger';
import type { Store } from '../store';
import type { NewEvent, Route, Undelivered } from '../store/events';
import { type ConversationInput, conversationWorkflowId, heardSignal, searchAttributes, taskQueues } from '../workflows/messages';
import type { Log } from './log';

export interface Dispatch {
  /** For one integration: what a channel calls with each event it reads. Resolves when the ledger has committed. */
  deliver(integrationId: string): Deliver;
  /** Stop or end from our own API, about one session. */
  instruct(
    instruction: Instruction & {
      readonly integrationId: string;
      readonly chatKey: string;
      readonly chatKind: 'private' | 'group';
      readonly chat: string;
    },
  ): Promise<void>;
  /** Signals everything of a chat that nobody has signalled, oldest first. Rejects when Temporal is away. */
  deliverChat(chatId: string): Promise<void>;
  /** Resolves when no signal is under way any more. */
  drained(): Promise<void>;
}

export interface DispatchOptions {
  readonly store: Store;
  readonly client: Client;
  readonly findChannel: (name: string) => AnyChannel | undefined;
  readonly consoleUrl: string;
  readonly log: Log;
  readonly observe: { dispatched(seconds: number): void; event(decision: string, kind: string): void };
}

const SIGNAL_DEADLINE_MS = 2500;
const EVENTS_IN_A_SIGNAL = 100;

/** The one door from an event into its conversation: ledger first, then the signal; what fails after the ledger is the relay's. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { store, log, observe } = options;
  const underWay = new Map<string, { again: boolean; done: Promise<void> }>();
  const inLine = createLines();

  /** One delivery at a time and chat; what was written meanwhile goes with the next one. Each takes all from the oldest on, so order holds whoever delivers. */
  function deliverChat(chatId: string): Promise<void> {
    const running = underWay.get(chatId);
    if (running) {
      running.again = true;
      return running.done;
    }
    const entry = { again: false, done: Promise.resolve() };
    entry.done = (async () => {
      try {
        do {
          entry.again = false;
          await signalChat(options, chatId);
        } while (entry.again);
      } finally {
        underWay.delete(chatId);
      }
    })();
    underWay.set(chatId, entry);
    return entry.done;
  }

  async function accept(event: NewEvent): Promise<boolean> {
    const startedAt = performance.now();
    const accepted = await store.events.insert(event);
    observe.event(accepted ? event.decision : 'known', event.kind);
    if (!accepted || event.end) return accepted !== undefined;
    deliverChat(accepted.chatId).then(
      () => observe.dispatched((performance.now() - startedAt) / 1000),
      (error: unknown) =>
        log.warn({ chatId: accepted.chatId, error: error instanceof Error ? error.name : 'unknown' }, 'left to the relay'),
    );
    return true;
  }

  return {
    deliver: (integrationId) => async (event) => {
      const route = routeOf(store, integrationId);
      // Awaited only when its turn comes; its failure is told then.
      route.catch(() => undefined);
      const fresh = await inLine(`${integrationId}/${event.address.chatId}`, async () => accept(await decide(store, await route, event)));
      return withToast({ fresh }, event);
    },
    async instruct({ id, command, sessionId, by, integrationId, chatKey: key, chatKind, chat }) {
      const route = await routeOf(store, integrationId);
      const event: InboundEvent = {
        ...{ kind: 'message', id: `api:${id}`, at: Date.now(), text: '', forBot: true, attachments: [] },
        ...{ address: { chatId: chat, kind: chatKind }, sender: { id: `api:${by}` } },
      };
      await accept({
        route: withDefaults(route),
        event,
        kind: 'command',
        command,
        target: sessionId,
        language: 'en',
        chatKey: key,
        decision: 'accepted',
      });
    },
    deliverChat,
    drained: async () => void (await Promise.allSettled([...underWay.values()].map(({ done }) => done))),
  };
}

/** Runs what has the same key one after the other: events of a chat enter the ledger in the order in which they were read, though its connections race. */
function createLines(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    const leave = () => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(leave, leave);
    return mine;
  };
}

async function routeOf(store: Store, integrationId: string): Promise<Route> {
  const route = await store.events.route(integrationId);
  if (!route) throw new Refusal(404, 'not_found', 'There is no such integration.');
  return route;
}

/** Without a published expert the question is accepted all the same: its card says what is missing. */
const withDefaults = (route: Route): Route => ({ ...route, settings: { ...defaultTrigger, ...route.settings } });

/** Applies the trigger's policies and reads commands. */
async function decide(store: Store, found: Route, event: InboundEvent): Promise<NewEvent> {
  const route = withDefaults(found);
  const settings = route.settings ?? defaultTrigger;
  const base = { route, event, language: languageOf(event.text), chatKey: chatKey(settings, event) };
  if (!route.enabled) return { ...base, kind: event.kind, decision: 'refused', end: 'refused' };
  if (event.kind === 'recall' || event.kind === 'edit') return await decideAbout(store, base, event);
  if (event.kind === 'action') {
    const turn = event.target ? await store.turns.chatOf(route.integrationId, event.target) : undefined;
    if (!turn) return { ...base, kind: 'action', decision: 'ignored', end: 'ignored' };
    return { ...base, kind: 'action', chatKey: turn.chatKey, target: event.target!, decision: 'accepted' };
  }
  if (admit(settings, event) === 'ignored') return { ...base, kind: 'message', decision: 'ignored', end: 'ignored' };
  const command = parseCommand(event.text);
  if (!command) return { ...base, kind: 'message', decision: 'accepted' };
  const rest = { ...event, text: command.rest };
  return { ...base, event: rest, kind: 'command', command: command.name, asks: command.rest !== '', decision: 'accepted' };
}

/** A recall is about an event of the ledger; an edit changes it there while nobody has asked it, so it needs no signal. */
async function decideAbout(store: Store, base: Omit<NewEvent, 'kind' | 'decision'>, event: InboundEvent): Promise<NewEvent> {
  const target = event.target ? await store.events.find(base.route.integrationId, event.target) : undefined;
  if (!target) return { ...base, kind: event.kind, decision: 'ignored', end: 'ignored' };
  const about = { ...base, kind: event.kind, chatKey: target.chatKey, target: target.id };
  if (event.kind === 'recall') return { ...about, decision: 'accepted' };
  const done = await store.events.edit(target.id, event.text);
  return { ...about, decision: done ? 'accepted' : 'ignored', end: done ? 'done' : 'ignored' };
}

const withToast = (result: DeliverResult, event: InboundEvent): DeliverResult =>
  event.kind === 'action' && event.action === 'stop' ? { ...result, toast: { en: 'Stopping …', zh: '正在停止…' } } : result;

async function signalChat(options: DispatchOptions, chatId: string): Promise<void> {
  for (;;) {
    const found = await options.store.events.undelivered(chatId, EVENTS_IN_A_SIGNAL);
    if (!found) return;
    await signal(options, found);
    await options.store.events.markDelivered(found.heard.map(({ id }) => id));
    if (found.heard.length < EVENTS_IN_A_SIGNAL) return;
  }
}

/** Search attributes and summary are used only when the signal starts a run: they cost nothing after that. */
async function signal({ client, consoleUrl, findChannel }: DispatchOptions, { chatId, route, heard }: Undelivered): Promise<void> {
  const { integrationId, channel } = route;
  const throughConnection = findChannel(channel)?.abilities.repliesThroughConnection === true;
  const input: ConversationInput = {
    chatId,
    integrationId,
    consoleUrl,
    ...(throughConnection && { repliesQueue: `replies/${integrationId}` }),
  };
  await client.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
    client.workflow.signalWithStart('conversation', {
      workflowId: conversationWorkflowId(chatId),
      taskQueue: taskQueues.conversations,
      args: [input],
      signal: heardSignal,
      signalArgs: [heard],
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
