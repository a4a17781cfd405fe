import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { findChannel } from '../channels';
import { createDispatch, type Dispatch } from '../runtime/dispatch';
import { anyPort } from '../stack/ports';
import type { Store } from '../store';
import { startTemporal, toldTo } from '../tests/support/temporal';
import { createDesk, createWorld, type Desk, eventually, said, silentLog, type World } from '../tests/support/world';
import { runRelay } from './relay';

let env: TestWorkflowEnvironment;
let world: World;
let desk: Desk;
let away: Connection;
const stopping = new AbortController();
const relays: Promise<unknown>[] = [];

const open = (client: Client, store: Store): Dispatch =>
  createDispatch({
    ...{ store, client, findChannel, consoleUrl: '', log: silentLog },
    observe: { dispatched: () => undefined, event: () => undefined },
  });
const startRelay = (client: Client, olderThanMs = 0): void => {
  const store = world.another();
  const dispatch = open(client, store);
  relays.push(runRelay({ store, dispatch, log: silentLog, olderThanMs, everyMs: 50 }, stopping.signal).then(dispatch.drained));
};
const unreachable = () => new Client({ connection: away });

/** Events that the ledger has and no workflow was told, in the order of the ledger, by chat row. */
async function leave(chats: number, each: number): Promise<Map<string, string[]>> {
  const { store } = world;
  const route = (await store.events.route(desk.integration.id))!;
  const left = new Map<string, string[]>();
  for (let n = 0; n < each; n++)
    await Promise.all(
      Array.from({ length: chats }, async (_, index) => {
        const event = said(`m${n}`, { chat: `chat ${index}`, by: `person ${index}` });
        const chatKey = `private/${chats}-${index}`;
        const { id, chatId } = (await store.events.insert({
          route,
          event,
          kind: 'message',
          language: 'en',
          chatKey,
          decision: 'accepted',
        }))!;
        left.set(chatId, [...(left.get(chatId) ?? []), id]);
      }),
    );
  return left;
}
const isDelivered = async () => {
  const { rows } = (await world.store.db.raw('SELECT count(*)::int AS left FROM events WHERE delivered_at IS NULL')) as {
    rows: { left: number }[];
  };
  return rows[0]!.left === 0;
};

beforeAll(async () => {
  [env, world] = await Promise.all([startTemporal(), createWorld()]);
  desk = await createDesk(world);
  away = Connection.lazy({ address: `127.0.0.1:${await anyPort()}`, connectTimeout: '200ms' });
}, 60_000);
afterAll(async () => {
  stopping.abort();
  await Promise.all(relays);
  await away?.close();
  await world?.close();
  await env?.teardown();
}, 20_000);

it('leaves young events to dispatch', async () => {
  const left = await leave(1, 1);
  startRelay(env.client, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await expect(toldTo(env, [...left.keys()][0]!)).rejects.toThrow();
});

it('two relays, one of which sees no Temporal, tell every chat everything, in order', async () => {
  const left = await leave(5, 3);
  startRelay(unreachable());
  startRelay(env.client);
  // Less than a lease: the unreachable one gives back what it took.
  await eventually('delivery', isDelivered, 8000);
  for (const [chatId, ids] of left) expect((await toldTo(env, chatId)).flat().map(({ id }) => id)).toEqual(ids);
}, 40_000);

it('two relays deliver 200 events of 20 chats in order, and none twice', async () => {
  const left = await leave(20, 10);
  startRelay(env.client);
  await eventually('delivery', isDelivered, 20_000);
  for (const [chatId, ids] of left) expect((await toldTo(env, chatId)).flat().map(({ id }) => id)).toEqual(ids);
}, 40_000);
