import type { Client } from '@temporalio/client';
import type { AnyChannel, Deliver, DeliverResult } from '../channels/channel';
import { Refusal } from '../domain/errors';
import { INSTRUCTOR, type InboundEvent, type Instruction } from '../domain/event';
import type { Store } from '../store';
import type { NewEvent } from '../store/new-event';
import type { Route, RouteQuery } from '../store/routes';
import { undeliveredOf } from '../store/undelivered';
import { type Decided, outrun } from './card-actions';
import { type Decision, decide, withSettings } from './decide';
import { abilitiesFor, createDelivery } from './delivery';
import type { Log } from './log';
import type { React } from './react';
import { routed, routeQueryOf } from './routes';

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
  readonly observe: {
    dispatched(seconds: number): void;
    event(decision: string, kind: string): void;
    rated?(rating: 'good' | 'bad'): void;
  };
  /** Shows that a question was received. */
  readonly react?: React;
}

/** The one door from an event into its conversation: ledger first, then the signal; what fails after the ledger is the relay's. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { store, log, observe } = options;
  const delivery = createDelivery(options);
  const inLine = createLines();

  /** With several experts it counts who was asked just before, which was not written yet when the route was read. */
  const latest = async (route: Route, query: RouteQuery): Promise<Route> =>
    (route.routes?.length ?? 0) > 1 ? await routeOf(store, route.integrationId, query) : route;

  const decideFor = (route: Route, event: InboundEvent): Promise<Decision> =>
    decide(store, route, event, Date.now(), abilitiesFor(options.findChannel, route)?.owners === true);

  /** @param readAt by the process's own clock, in milliseconds */
  async function accept({ decided, weigh }: Decision, readAt: number): Promise<DeliverResult> {
    const { accepted, event: meant } = weigh
      ? await store.policies.insert(decided.route, weigh)
      : { accepted: await store.events.insert(decided), event: decided };
    const event: Decided = accepted?.outrun ? outrun(meant) : meant;
    const { toast, target, language } = event;
    observe.event(accepted ? event.decision : 'known', event.kind);
    if (accepted) acknowledge(options, event);
    const told = toast && {
      ...{ toast, refused: event.decision !== 'accepted' },
      // A press says nothing of its language; that of the turn it is about does.
      ...(target && { language }),
    };
    const result = { fresh: accepted !== undefined, ...(event.end && { over: true }), ...told };
    if (!accepted || event.end) return result;
    const { signalled, done } = delivery.begin(accepted.chatId, accepted.alone ? undeliveredOf(event, accepted) : undefined);
    signalled.then(
      () => observe.dispatched((performance.now() - readAt) / 1000),
      () => undefined,
    );
    done.catch((error: unknown) =>
      log.warn({ chatId: accepted.chatId, error: error instanceof Error ? error.name : 'unknown' }, 'left to the relay'),
    );
    return result;
  }

  return {
    deliver: (integrationId) => async (event) => {
      const readAt = performance.now();
      const query = routeQueryOf(event);
      const route = routeOf(store, integrationId, query);
      // Awaited only when its turn comes; its failure is told then.
      route.catch(() => undefined);
      return await inLine(`${integrationId}/${event.address.chatId}`, async () =>
        accept(await decideFor(await latest(await route, query), event), readAt),
      );
    },
    async instruct({ id, command, sessionId, by, integrationId, chatKey: key, chatKind, chat }) {
      const readAt = performance.now();
      const found = await routeOf(store, integrationId, { chatKeys: [key] });
      const event: InboundEvent = {
        ...{ kind: 'message', id: `api:${id}`, at: Date.now(), text: '', forBot: true, attachments: [] },
        ...{ address: { chatId: chat, kind: chatKind }, sender: { id: `${INSTRUCTOR}${by}` } },
      };
      const about = { route: withSettings(routed(found, event)), event, target: sessionId, chatKey: key };
      await accept({ decided: { ...about, kind: 'command', command, language: 'en', decision: 'accepted' } }, readAt);
    },
    deliverChat: (chatId) => delivery.begin(chatId).done,
    drained: delivery.drained,
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

async function routeOf(store: Store, integrationId: string, query: RouteQuery): Promise<Route> {
  const route = await store.events.route(integrationId, query);
  if (!route) throw new Refusal(404, 'not_found', 'There is no such integration.');
  return route;
}

/** What follows at once from what is in the ledger now: a sign on the question, a rating counted. */
function acknowledge({ react, observe }: DispatchOptions, { route, event, kind, asks, decision, end }: NewEvent): void {
  if (decision !== 'accepted') return;
  if (kind === 'message' || (kind === 'command' && asks)) react?.(route, event.address);
  if (end === 'done' && (event.action === 'good' || event.action === 'bad')) observe.rated?.(event.action);
}
