import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import { findChannel } from '../channels';
import type { CardAction, InboundEvent } from '../domain/event';
import { anyPort } from '../stack/ports';
import type { Store } from '../store';
import { ask, attempt, createProcess } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, said, silentLog, type World } from '../tests/support/world';
import { createDispatch, type Dispatch } from './dispatch';

export let world: World;
export let desk: Desk;
export let service: OpenAiEmulator;
let away: Connection;
export let dispatch: Dispatch;
export const rated: string[] = [];

// Nobody needs to be told here: what counts is what the ledger says and what whoever pressed is told.
export const open = (store: Store): Dispatch =>
  createDispatch({
    ...{ store, client: new Client({ connection: away }), findChannel, consoleUrl: '', log: silentLog },
    observe: { dispatched: () => undefined, event: () => undefined, rated: (rating) => rated.push(rating) },
  });

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  desk = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  away = Connection.lazy({ address: `127.0.0.1:${await anyPort()}`, connectTimeout: '100ms' });
  dispatch = open(world.store);
}, 60_000);
afterAll(async () => {
  await dispatch?.drained();
  await away?.close();
  await service?.close();
  await world?.close();
}, 20_000);
beforeEach(() => {
  service.script(() => ({ chunks: ['an answer'] }));
  rated.splice(0);
});

export const inGroup = { chatId: 'team', kind: 'group' } as const;
export const press = (action: CardAction, target: string, more: Partial<InboundEvent> = {}, by = 'ann'): InboundEvent =>
  said('', { kind: 'action', action, target, by, chat: 'elsewhere', ...more });
export const deliver = (event: InboundEvent, through = dispatch) => through.deliver(desk.integration.id)(event);

/** A turn that was answered, in a chat of its own unless told otherwise. */
export async function answered(events = [said('What is it?', { chat: randomUUID() })], more: { sessionId?: string; number?: number } = {}) {
  const job = await ask(world, desk, events, more);
  const { state } = await attempt(createProcess(world), job).outcome;
  return { ...job, state };
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly command: string | null;
  readonly action: string | null;
  readonly text: string;
  readonly asks: boolean;
  readonly decision: string;
  readonly end: string | null;
  readonly detail: string | null;
  readonly chat_id: string;
  readonly address: Readonly<Record<string, unknown>>;
}
/** What the ledger says of the presses on one card, in order. */
export const presses = async (turnId: string): Promise<Row[]> =>
  ((await world.store.db.raw('SELECT * FROM events WHERE target = ? ORDER BY number', [turnId])) as { rows: Row[] }).rows;

/** The same in short. */
export const ends = async (turnId: string) => (await presses(turnId)).map(({ action, decision, end }) => `${action} ${decision} ${end}`);

/** Does something while a chat's row is locked, so that whoever has decided waits to write it down. */
export const whileHeld = (chatId: string, work: () => Promise<void>): Promise<void> =>
  world.store.db.transaction(async (tx) => {
    await tx.raw('SELECT 1 FROM chats WHERE id = ? FOR UPDATE', [chatId]);
    await work();
  });

/** How many wait for a row. */
export async function waiting(): Promise<number> {
  const { rows } = (await world.store.db.raw(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  )) as { rows: { count: number }[] };
  return rows[0]!.count;
}
