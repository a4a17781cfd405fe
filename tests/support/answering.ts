import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities';
import type { AnswerJob, AnswerOutcome } from '../../activities/answer';
import { type Deps, defaultLimits, type Limits } from '../../activities/deps';
import { findBackend } from '../../agents';
import { findChannel } from '../../channels';
import type { Messenger } from '../../channels/channel';
import { type FeedCard, type FeedEntry, feedPrefix } from '../../channels/sandbox/feed';
import type { InboundEvent } from '../../domain/event';
import { chatKey, defaultTrigger } from '../../domain/trigger';
import { createIdentify } from '../../runtime/identity';
import { createMessengers, createPorts } from '../../runtime/ports';
import type { Store } from '../../store';
import { type Files, openFiles } from '../../store/files';
import { type Desk, said, silentLog, type World } from './world';

/** Where a process dies: at the n-th call of one of its ways to the world, before it is made or after it was. */
export interface Death {
  readonly at:
    | `turns.${'open' | 'reachedBackend' | 'touch' | 'decide' | 'finish'}`
    | `messenger.${'beginReply' | 'updateReply' | 'finishReply' | 'say'}`;
  readonly when: 'before' | 'after';
}

export interface Process {
  readonly deps: Deps;
  readonly activities: Activities;
  isDead(): boolean;
}

export interface ProcessOptions {
  readonly limits?: Partial<Limits>;
  readonly death?: Death;
  readonly openRunKnows?: Deps['openRunKnows'];
  /** Changes the way out, or the store. */
  readonly messenger?: (real: Messenger) => Messenger;
  readonly turns?: (real: Store['turns']) => Partial<Store['turns']>;
  readonly files?: Files;
  readonly attachments?: Partial<Deps['attachments']>;
}

/** One worker process over a real store, the sandbox channel and real backends. Once it died, nothing it calls gets through. */
export function createProcess(world: World, options: ProcessOptions = {}): Process {
  const { limits = {}, death, openRunKnows, messenger, turns } = options;
  const real = world.another();
  let dead = false;
  const mortal = <T extends object>(what: 'turns' | 'messenger' | 'events', target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const call: unknown = Reflect.get(target, name);
        if (typeof call !== 'function') return call;
        return async (...args: unknown[]) => {
          const here = death?.at === `${what}.${String(name)}`;
          if (here && death?.when === 'before') dead = true;
          if (dead) throw new Error('This process is dead.');
          const result: unknown = await (call as (...given: unknown[]) => unknown).apply(target, args);
          if (here) dead = true;
          if (dead) throw new Error('This process is dead.');
          return result;
        };
      },
    });
  const store: Store = {
    ...real,
    events: mortal('events', real.events),
    turns: mortal('turns', { ...real.turns, ...turns?.(real.turns) }),
  };
  const files = options.files ?? openFiles({ kind: 'folder', path: join(tmpdir(), `parley-test-attachments-${process.pid}`) });
  const portsFor = createPorts(real, { called: () => undefined }, files);
  const messengers = createMessengers(findChannel, portsFor);
  const wayOf: Deps['messengerFor'] = (integration) => {
    const way = messengers(integration);
    return messenger?.(way) ?? way;
  };
  const deps: Deps = {
    store,
    findChannel,
    findBackend,
    portsFor,
    messengerFor: (integration) => mortal('messenger', wayOf(integration)),
    serveReplies: () => ({ failed: new Promise<never>(() => undefined), stop: async () => undefined }),
    deliver: () => async () => ({ fresh: true }),
    openRunKnows: openRunKnows ?? (async () => undefined),
    processName: 'test',
    observe: { firstFrame: () => undefined, replied: () => undefined },
    limits: { ...defaultLimits, closingMs: 300, ...limits },
    files,
    identify: createIdentify({ store: real, messengerFor: wayOf, log: silentLog, lookUpMs: 300, uncertainMs: 200 }),
    attachments: {
      ...{ maxFileBytes: 20 * 2 ** 20, maxTurnBytes: 50 * 2 ** 20, maxTurnFiles: 10, types: ['*/*'], fetchMs: 5000, pauseMs: 10 },
      ...options.attachments,
    },
  };
  return { deps, activities: createActivities(deps), isDead: () => dead };
}

/** An attempt at an activity: `cancel` is what the conversation does to stop it. */
export function attempt(
  { activities }: Process,
  job: AnswerJob,
): { readonly outcome: Promise<AnswerOutcome>; readonly cancel: () => void } {
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const outcome = env.run(activities.answer, job) as Promise<AnswerOutcome>;
  outcome.catch(() => undefined);
  return { outcome, cancel: () => env.cancel() };
}

/** Somebody asks: the ledger has it, and this is what the workflow would ask for. */
export async function ask(
  { store }: World,
  { integration }: Desk,
  events: readonly InboundEvent[],
  more: Partial<AnswerJob> = {},
): Promise<AnswerJob> {
  const eventIds: string[] = [];
  let chatId = '';
  for (const event of events) {
    const route = (await store.events.route(integration.id))!;
    const settings = { ...defaultTrigger, ...route.settings };
    const heard = (await store.events.insert({
      ...{ route: { ...route, settings }, event, kind: 'message', language: 'en', chatKey: chatKey(settings, event), decision: 'accepted' },
    }))!;
    eventIds.push(heard.id);
    chatId = heard.chatId;
  }
  await store.events.markDelivered(eventIds);
  return { turnId: randomUUID(), sessionId: randomUUID(), chatId, runId: 'run', eventIds, number: 1, ...more };
}

export const question = (text: string, chat: string): InboundEvent => said(text, { chat });

/** What the chat shows. */
export async function feedOf({ store }: World, { integration }: Desk, chat: string): Promise<FeedEntry[]> {
  const entries = await store.memory.newest(integration.id, feedPrefix(chat), 50);
  return entries.map(({ value }) => value as FeedEntry);
}

export const cardsOf = async (world: World, desk: Desk, chat: string): Promise<FeedCard[]> =>
  (await feedOf(world, desk, chat)).filter((entry) => entry.type === 'card');

/** How the events of a chat ended. */
export async function endsOf({ store }: World, chatId: string): Promise<(string | null)[]> {
  const { rows } = (await store.db.raw('SELECT "end" FROM events WHERE chat_id = ? ORDER BY number', [chatId])) as {
    rows: { end: string | null }[];
  };
  return rows.map(({ end }) => end);
}
