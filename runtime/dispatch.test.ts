import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { findChannel } from '../channels';
import type { InboundEvent } from '../domain/event';
import { anyPort } from '../stack/ports';
import type { Store } from '../store';
import { startTemporal, toJson, toldTo } from '../tests/support/temporal';
import { createDesk, createWorld, type Desk, eventually, said, silentLog, type World } from '../tests/support/world';
import { conversationWorkflowId } from '../workflows/messages';
import { createDispatch, type Dispatch } from './dispatch';

let env: TestWorkflowEnvironment;
let world: World;
let desk: Desk;
let dispatch: Dispatch;
let away: Connection;
const seen: string[] = [];

const open = (client: Client, store: Store = world.store): Dispatch =>
  createDispatch({
    ...{ store, client, findChannel, consoleUrl: '', log: silentLog },
    observe: { dispatched: () => undefined, event: (decision, kind) => seen.push(`${kind} ${decision}`) },
  });

beforeAll(async () => {
  [env, world] = await Promise.all([startTemporal(), createWorld()]);
  desk = await createDesk(world);
  dispatch = open(env.client);
  away = Connection.lazy({ address: `127.0.0.1:${await anyPort()}`, connectTimeout: '200ms' });
}, 60_000);
afterAll(async () => {
  await dispatch?.drained();
  await away?.close();
  await world?.close();
  await env?.teardown();
}, 20_000);
beforeEach(() => seen.splice(0));

interface LedgerRow {
  readonly id: string;
  readonly chat_id: string;
  readonly kind: string;
  readonly text: string;
  readonly decision: string;
  readonly end: string | null;
  readonly delivered_at: Date | null;
}

async function ledger(chat: string): Promise<LedgerRow[]> {
  const { rows } = (await world.store.db.raw(
    `SELECT e.* FROM events e JOIN chats c ON c.id = e.chat_id WHERE c.platform_chat_id = ? ORDER BY e.number`,
    [chat],
  )) as { rows: LedgerRow[] };
  return rows;
}
const deliver = async (event: InboundEvent, to = desk, through = dispatch) => {
  const result = await through.deliver(to.integration.id)(event);
  await through.drained();
  return result;
};
const told = async (chat: string) => (await toldTo(env, (await ledger(chat))[0]!.chat_id)).flat();

it('writes an event down and tells its chat, by ids and facts alone', async () => {
  const event = said('a very private question', { chat: 'plain', sender: { id: 'ann', name: 'Ann Example' } });
  expect(await deliver(event)).toEqual({ fresh: true });
  const [row] = await ledger('plain');
  expect(row).toMatchObject({ text: 'a very private question', decision: 'accepted', end: null, delivered_at: expect.any(Date) });
  expect(await told('plain')).toMatchObject([{ id: row!.id, kind: 'message', shared: false, at: event.at }]);
  const handle = env.client.workflow.getHandle(conversationWorkflowId(row!.chat_id));
  const history = JSON.stringify(toJson(await handle.fetchHistory()));
  const readable = [...history.matchAll(/"data":"([^"]+)"/g)].map(([, data]) => Buffer.from(data!, 'base64').toString()).join();
  expect(history + readable).not.toMatch(/private question|Ann|"ann"/);
  expect((await handle.describe()).searchAttributes).toMatchObject({
    ...{ ParleyOrganization: [world.scope.organizationId], ParleyIntegration: [desk.integration.id] },
    ...{ ParleyPlatform: ['sandbox'], ParleyExpert: [desk.expertId], ParleyState: ['open'] },
  });
});

it('what it knows already changes nothing, however often and how many at once', async () => {
  const event = said('Hello', { chat: 'known' });
  const other = open(env.client, world.another());
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? dispatch : other).deliver(desk.integration.id)(event)));
  await Promise.all([dispatch.drained(), other.drained()]);
  expect(results.filter(({ fresh }) => fresh)).toHaveLength(1);
  expect(await deliver({ ...event, text: 'Changed' })).toEqual({ fresh: false });
  expect((await ledger('known')).map(({ text }) => text)).toEqual(['Hello']);
  expect(await told('known')).toHaveLength(1);
});

it('reads commands, and leaves /new its question', async () => {
  await deliver(said('/stop', { chat: 'commands' }));
  await deliver(said('/新会话 你好', { chat: 'commands' }));
  await deliver(said('/unknown', { chat: 'commands' }));
  expect((await ledger('commands')).map(({ kind, text }) => `${kind} ${text}`)).toEqual(['command ', 'command 你好', 'message /unknown']);
  expect((await told('commands')).map(({ command, asks }) => [command, asks])).toEqual([
    ['stop', undefined],
    ['new', true],
    [undefined, undefined],
  ]);
});

it('keeps the order in which a channel read a burst', async () => {
  const texts = Array.from({ length: 30 }, (_, n) => `m${n}`);
  await Promise.all(texts.map((text) => dispatch.deliver(desk.integration.id)(said(text, { chat: 'burst' }))));
  await dispatch.drained();
  const rows = await ledger('burst');
  expect(rows.map(({ text }) => text)).toEqual(texts);
  expect((await told('burst')).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
});

describe('policies', () => {
  it('without a published trigger the question is accepted: its card says what is missing', async () => {
    const empty = await createDesk(world, { backend: null });
    await deliver(said('Anybody?', { chat: 'no trigger' }), empty);
    expect(await ledger('no trigger')).toMatchObject([{ decision: 'accepted', end: null }]);
    expect(await told('no trigger')).toMatchObject([{ versionId: null }]);
  });

  it('what is not meant for the bot is written down, and nobody is told', async () => {
    await deliver(said('lunch?', { chat: 'group', address: { chatId: 'group', kind: 'group' }, forBot: false }));
    const [row] = await ledger('group');
    expect(row).toMatchObject({ decision: 'ignored', end: 'ignored' });
    await expect(toldTo(env, row!.chat_id)).rejects.toThrow();
  });

  it('a refusal that is told reaches its chat as a command that says so, one without a notice reaches nobody', async () => {
    const limited = await createDesk(world, { settings: { perPerson: { messages: 1, seconds: 60 } } });
    for (const text of ['One', 'Two', 'Three']) await deliver(said(text, { chat: 'limited' }), limited);
    const decided = (await ledger('limited')).map(({ kind, decision, end }) => [kind, decision, end]);
    expect(decided).toEqual([
      ['message', 'accepted', null],
      ['message', 'refused', null],
      ['message', 'refused', 'refused'],
    ]);
    const heard = (await told('limited')).map(({ kind, command }) => [kind, command]);
    expect(heard).toEqual([
      ['message', undefined],
      ['command', 'rateLimited'],
    ]);
    expect(seen).toEqual(['message accepted', 'message refused', 'message refused']);
  });

  it('a button that is pressed too late is not carried out, and whoever pressed it is told', async () => {
    const press = said('', { chat: 'late press', kind: 'action', action: 'stop', target: randomUUID(), at: Date.now() - 61_000 });
    expect(await deliver(press)).toMatchObject({ fresh: true, toast: { en: expect.stringMatching(/too late/) } });
    expect(await ledger('late press')).toMatchObject([{ decision: 'refused', end: 'expired' }]);
  });

  it('an integration that is off refuses, one that is unknown is not found', async () => {
    const off = await createDesk(world, { enabled: false });
    await deliver(said('Hello', { chat: 'off' }), off);
    expect(await ledger('off')).toMatchObject([{ decision: 'refused', end: 'refused' }]);
    await expect(dispatch.deliver(randomUUID())(said('Hello'))).rejects.toMatchObject({ status: 404 });
  });

  it('a publish takes effect with the next event', async () => {
    const changing = await createDesk(world, { settings: { gatherMs: 1 } });
    await deliver(said('One', { chat: 'publish' }), changing);
    const page = { afterTime: new Date(0), afterId: '00000000-0000-0000-0000-000000000000', limit: 1 };
    const [trigger] = await world.store.triggers.list(world.scope, changing.expertId, page);
    await world.store.triggers.save(world.scope, changing.expertId, trigger!.id, {
      ...trigger!,
      settings: { ...trigger!.settings, gatherMs: 2 },
    });
    await deliver(said('Two', { chat: 'publish' }), changing);
    await world.store.experts.publish(world.scope, changing.expertId);
    await deliver(said('Three', { chat: 'publish' }), changing);
    expect((await told('publish')).map(({ timings }) => timings.gatherMs)).toEqual([1, 1, 2]);
  });
});

describe('what is about something said before', () => {
  const about = (kind: 'recall' | 'edit', target: string, chat: string, text = ''): InboundEvent => said(text, { kind, target, chat });

  it('a recall is told under the id of the ledger, an unknown one is ignored', async () => {
    const event = said('Oops', { chat: 'recall' });
    await deliver(event);
    await deliver(about('recall', event.id, 'recall'));
    const [row] = await ledger('recall');
    expect((await told('recall'))[1]).toMatchObject({ kind: 'recall', target: row!.id });
    await deliver(about('recall', 'never heard', 'recall'));
    expect((await ledger('recall'))[2]).toMatchObject({ decision: 'ignored', end: 'ignored' });
  });

  it('an edit replaces what was said until it is asked, and nobody is told', async () => {
    const event = said('Befor', { chat: 'edit' });
    await deliver(event);
    await deliver(about('edit', event.id, 'edit', 'Before'));
    const [row, edit] = await ledger('edit');
    expect([row!.text, edit!.end]).toEqual(['Before', 'done']);
    const turnId = randomUUID();
    await world.store.turns.open({ turnId, sessionId: turnId, chatId: row!.chat_id, runId: 'run', eventIds: [row!.id] }, 1);
    await world.store.turns.reachedBackend(turnId);
    await deliver(about('edit', event.id, 'edit', 'After'));
    const rows = await ledger('edit');
    expect([rows[0]!.text, rows[2]!.end]).toEqual(['Before', 'ignored']);
    expect(await told('edit')).toHaveLength(1);
  });

  it('a button finds the chat of its card, wherever it was pressed, and says that it was understood', async () => {
    await deliver(said('Hello', { chat: 'button' }));
    const [row] = await ledger('button');
    const turnId = randomUUID();
    await world.store.turns.open({ turnId, sessionId: turnId, chatId: row!.chat_id, runId: 'run', eventIds: [row!.id] }, 1);
    const press = (target: string) => deliver(said('', { chat: 'elsewhere', kind: 'action', action: 'stop', target }));
    expect(await press(turnId)).toMatchObject({ fresh: true, toast: { en: expect.any(String), zh: expect.any(String) } });
    expect((await told('button'))[1]).toMatchObject({ kind: 'action', action: 'stop', target: turnId });
    await press('not-even-an-id');
    expect(seen.at(-1)).toBe('action ignored');
  });

  it('an instruction of the API is about one session, and the same one is taken once', async () => {
    await deliver(said('Hello', { chat: 'api' }));
    const instruction = { id: 'i1', command: 'stop', sessionId: 'the-session', by: 'key', integrationId: desk.integration.id } as const;
    for (let n = 0; n < 2; n++) await dispatch.instruct({ ...instruction, chatKey: 'private/api', chatKind: 'private', chat: 'api' });
    await dispatch.drained();
    expect((await told('api')).slice(1)).toMatchObject([{ kind: 'command', command: 'stop', target: 'the-session' }]);
  });
});

describe('a chat whose run was lost', () => {
  const askTwice = async (chat: string) => {
    for (const text of ['one', 'two']) await deliver(said(text, { chat }));
    return env.client.workflow.getHandle(conversationWorkflowId((await ledger(chat))[0]!.chat_id));
  };

  it('is told what that one left behind, then what is new', async () => {
    await (await askTwice('lost')).terminate('by hand');
    await deliver(said('three', { chat: 'lost' }));
    const ids = (await ledger('lost')).map(({ id }) => id);
    expect((await told('lost')).map(({ id, again }) => [id, again])).toEqual([
      [ids[0], true],
      [ids[1], true],
      [ids[2], undefined],
    ]);
  });

  it('is told nothing of what has its end', async () => {
    const run = await askTwice('ended');
    const ids = (await ledger('ended')).map(({ id }) => id);
    await world.store.events.end(ids, 'answered');
    await run.terminate('by hand');
    await deliver(said('three', { chat: 'ended' }));
    expect((await told('ended')).map(({ id }) => id)).toEqual([(await ledger('ended'))[2]!.id]);
  });

  it('is not one whose run is open, however long it works', async () => {
    await askTwice('busy');
    await deliver(said('three', { chat: 'busy' }));
    const ids = (await ledger('busy')).map(({ id }) => id);
    expect((await told('busy')).map(({ id, again }) => [id, again])).toEqual(ids.map((id) => [id, undefined]));
  });
});

describe('while Temporal is away', () => {
  it('an event is accepted all the same, and told in order once it is back', async () => {
    const alone = open(new Client({ connection: away }));
    for (const text of ['one', 'two', 'three']) expect(await deliver(said(text, { chat: 'away' }), desk, alone)).toEqual({ fresh: true });
    const rows = await ledger('away');
    expect(rows.map(({ delivered_at }) => delivered_at)).toEqual([null, null, null]);
    await deliver(said('four', { chat: 'away' }));
    await eventually('delivery', async () => (await ledger('away')).every(({ delivered_at }) => delivered_at));
    expect((await told('away')).map(({ id }) => id)).toEqual((await ledger('away')).map(({ id }) => id));
  }, 30_000);
});

it('while the ledger is away nothing is acknowledged', async () => {
  const gone = world.another();
  await gone.close();
  await expect(open(env.client, gone).deliver(desk.integration.id)(said('Hello'))).rejects.toThrow();
});
