import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities';
import type { AnswerJob, AnswerOutcome } from '../../activities/answer';
import type { NoticeJob } from '../../activities/notices';
import type { EndTurnJob, WaitingTurn } from '../../activities/turn-ends';
import type { Heard } from '../../domain/conversation';
import { defaultTrigger, type Timings } from '../../domain/trigger';
import { ROOT } from '../../stack/root';
import {
  conversationQuery,
  conversationWorkflowId,
  heardSignal,
  searchAttributes,
  taskQueues,
  type WayOut,
} from '../../workflows/messages';
import { toJson } from './temporal';
import { eventually } from './world';

export const HISTORIES = join(ROOT, 'workflows', 'histories');

/** For a machine that does something else as well. */
const PATIENCE_MS = 25_000;

/** How an answer goes: resolves when the expert has said everything; rejects as the activity would. Cancelled, it is over. */
type Course = (job: AnswerJob) => Promise<AnswerOutcome | undefined>;

/** What the workflows are given instead of the world: every step is written down. */
export interface Stage {
  readonly activities: Pick<
    Activities,
    'answer' | 'endTurn' | 'notify' | 'isOwner' | 'showWaiting' | 'closeReply' | 'expireTurn' | 'settle' | 'endSession'
  >;
  chat(policy?: Partial<Timings>): StagedChat;
}

export interface StagedChat {
  readonly id: string;
  readonly handle: WorkflowHandle;
  readonly answers: AnswerJob[];
  readonly ended: EndTurnJob[];
  readonly notices: NoticeJob[];
  readonly shown: (readonly WaitingTurn[])[];
  readonly closings: string[];
  /** Turns that nobody could answer in their time. */
  readonly expired: string[];
  /** How replies leave, told with each event. */
  way: WayOut;
  readonly settled: { readonly eventIds: readonly string[]; readonly end: string }[];
  /** How answers go from now on; undefined is `done`, at once. */
  course: Course | undefined;
  closing: (() => Promise<void>) | undefined;
  /** How queued cards are shown; undefined is at once. */
  showing: (() => Promise<void>) | undefined;
  /** While this goes on, the end of a session is being written down. */
  ending: (() => Promise<void>) | undefined;
  /** Before a notice stands in the chat. */
  telling: (() => Promise<void>) | undefined;
  /** Events of whom the platform was asked whether they own the group. */
  readonly ownersAsked: string[];
  /** What the platform says of that; undefined is no, at once. */
  owning: (() => Promise<boolean>) | undefined;
  /** Makes an event; ids begin with the chat's. */
  make(id: string, more?: Partial<Heard>): Heard;
  tell(...events: Heard[]): Promise<void>;
  say(id: string, more?: Partial<Heard>): Promise<void>;
  command(name: NonNullable<Heard['command']>, more?: Partial<Heard>): Promise<void>;
  /** The messages of each answer, in order, without the chat's id. */
  asked(): string[];
  /** How often each event was given an end. */
  ends(): Map<string, number>;
  answered(turns: number): Promise<void>;
  /** Waits until nothing runs any more. */
  quiet(): Promise<void>;
}

const timings: Timings = {
  gatherMs: 0,
  gatherMaxMs: 5000,
  gatherMaxMessages: defaultTrigger.gatherMaxMessages,
  sessionTimeoutSeconds: 3600,
  onBusy: 'queue',
  queueMax: 5,
};

type Draft = StagedChat & { sessions: Set<string> };

export function createStage(env: TestWorkflowEnvironment): Stage {
  const chats = new Map<string, Draft>();
  const chatOf = (eventId: string): Draft => chats.get(eventId.split(':')[0]!)!;
  return {
    activities: {
      async answer(job) {
        const chat = chats.get(job.chatId)!;
        chat.answers.push(job);
        const context = Context.current();
        const pulse = setInterval(() => context.heartbeat(), 50);
        try {
          return (await Promise.race([chat.course?.(job), context.cancelled])) ?? { state: 'done', closed: true };
        } catch (error) {
          if (context.cancellationDetails?.cancelRequested) return { state: 'stopped', closed: true };
          throw error;
        } finally {
          clearInterval(pulse);
        }
      },
      async endTurn(job) {
        chats.get(job.chatId)!.ended.push(job);
        return { closed: true };
      },
      async notify(job) {
        const chat = chatOf(job.eventId);
        await chat.telling?.();
        chat.notices.push(job);
      },
      async isOwner({ eventId }) {
        const chat = chatOf(eventId);
        chat.ownersAsked.push(eventId);
        return (await chat.owning?.()) ?? false;
      },
      async showWaiting({ waiting }) {
        const chat = chats.get(waiting[0]!.chatId)!;
        chat.shown.push(waiting);
        await chat.showing?.();
      },
      async closeReply({ turnId }) {
        const chat = [...chats.values()].find(({ answers }) => answers.some((job) => job.turnId === turnId))!;
        chat.closings.push(turnId);
        await chat.closing?.();
        return { state: 'done' };
      },
      async expireTurn({ chatId, turnId }) {
        chats.get(chatId)!.expired.push(turnId);
      },
      async settle(job) {
        chatOf(job.eventIds[0]!).settled.push(job);
      },
      async endSession({ sessionId }) {
        await [...chats.values()].find(({ answers }) => answers.some((job) => job.sessionId === sessionId))?.ending?.();
      },
    },
    chat(policy = {}) {
      const chat = createChat(env, policy);
      chats.set(chat.id, chat);
      return chat;
    },
  };
}

function createChat(env: TestWorkflowEnvironment, policy: Partial<Timings>): Draft {
  const id = randomUUID();
  let number = 0;
  const handle = env.client.workflow.getHandle(conversationWorkflowId(id));
  const chat: Draft = {
    ...{ id, handle, answers: [], ended: [], notices: [], shown: [], closings: [], expired: [], settled: [], ownersAsked: [] },
    way: {},
    sessions: new Set(),
    course: undefined,
    closing: undefined,
    showing: undefined,
    ending: undefined,
    telling: undefined,
    owning: undefined,
    make(name, more = {}) {
      number += 1;
      return {
        ...{ id: `${id}:${name}`, number, kind: 'message', at: Date.now(), personId: 'person', shared: false, versionId: 'version' },
        timings: { ...timings, ...policy },
        ...more,
      };
    },
    async tell(...events) {
      await env.client.workflow.signalWithStart('conversation', {
        workflowId: conversationWorkflowId(id),
        taskQueue: taskQueues.conversations,
        args: [{ chatId: id, integrationId: 'integration', consoleUrl: 'http://localhost:3000/', ...chat.way }],
        signal: heardSignal,
        signalArgs: [events, chat.way],
        typedSearchAttributes: [{ key: searchAttributes.state, value: 'open' }],
      });
    },
    say: (name, more) => chat.tell(chat.make(name, more)),
    command: (name, more) => chat.tell(chat.make(`${name}-${number}`, { kind: 'command', command: name, ...more })),
    asked: () => chat.answers.map(({ eventIds }) => eventIds.map((eventId) => eventId.split(':')[1]).join('+')),
    ends() {
      const turns = new Map([...chat.answers, ...chat.ended].map(({ turnId, eventIds }) => [turnId, eventIds]));
      const ids = [
        ...turns.values(),
        ...chat.notices.map(({ eventId }) => [eventId]),
        ...chat.settled.map(({ eventIds }) => eventIds),
      ].flat();
      const counts = new Map<string, number>();
      for (const eventId of ids) counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
      return counts;
    },
    answered: async (turns) => void (await eventually(`${turns} answers`, () => chat.answers.length >= turns, PATIENCE_MS)),
    quiet: async () =>
      void (await eventually(
        'rest',
        async () => {
          const { state, events } = await handle.query(conversationQuery);
          return state === 'idle' && events.length === 0;
        },
        PATIENCE_MS,
      )),
  };
  return chat;
}

/** Keeps a history for the replay test, when `UPDATE_HISTORIES` is set. */
export async function keepHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (!process.env.UPDATE_HISTORIES) return;
  const json = JSON.stringify(toJson(await handle.fetchHistory()), undefined, 1);
  mkdirSync(HISTORIES, { recursive: true });
  // Whoever recorded it and where is nobody's business.
  writeFileSync(
    join(HISTORIES, `${name}.json`),
    `${json
      .replaceAll(`${process.cwd()}/`, '')
      .replaceAll(hostname(), 'host')
      .replaceAll(/\b\d+@host/g, '1@host')}\n`,
  );
}
