import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { findChannel } from '../channels';
import type { InboundEvent } from '../domain/event';
import { anyMatch, type RouteMatch } from '../domain/routing';
import { defaultTrigger, type TriggerSettings } from '../domain/trigger';
import { anyPort } from '../stack/ports';
import type { Store } from '../store';
import type { Accepted, NewEvent } from '../store/new-event';
import { createDesk, createWorld, said, silentLog, type World } from '../tests/support/world';
import { decide } from './decide';
import { createDispatch } from './dispatch';
import { routeQueryOf } from './routes';

let world: World;
let store: Store;

beforeAll(async () => {
  world = await createWorld();
  ({ store } = world);
}, 60_000);
afterAll(() => world?.close());

type Settings = Omit<Partial<TriggerSettings>, 'match'> & { readonly match?: Partial<RouteMatch> };

async function addExpert(integrationId: string, name: string, { match, ...settings }: Settings): Promise<string> {
  const { id } = await store.experts.create(world.scope, { name, backend: 'echo', config: {} });
  await store.triggers.create(world.scope, id, {
    ...{ integrationId, enabled: true },
    settings: { ...defaultTrigger, ...settings, match: { ...anyMatch, ...match } },
  });
  await store.experts.publish(world.scope, id);
  return id;
}

interface Taken {
  readonly event: NewEvent;
  readonly accepted: Accepted | undefined;
}

/** An integration with a general expert and one for finance, and what dispatch does with an event there. */
async function office(finance: Settings = { match: { keywords: ['invoice'] } }, general: Partial<TriggerSettings> = {}) {
  const { integration, expertId } = await createDesk(world, { settings: general });
  const financeId = await addExpert(integration.id, 'Finance', finance);
  const names = new Map([
    [expertId, 'general'],
    [financeId, 'finance'],
  ]);
  async function take(event: InboundEvent): Promise<Taken> {
    const route = (await store.events.route(integration.id, routeQueryOf(event)))!;
    const { decided, weigh } = await decide(store, route, event, Date.now());
    const { toast: _, ...plain } = decided;
    return weigh ? await store.policies.insert(plain.route, weigh) : { event: plain, accepted: await store.events.insert(plain) };
  }
  /** Who is asked, and whether that ends the session. */
  async function asked(event: InboundEvent): Promise<string> {
    const { event: taken } = await take(event);
    return `${names.get(taken.route.expertId ?? '') ?? 'nobody'}${taken.renews ? ', a new session' : ''}`;
  }
  /** Begins the turn of what was said, as the first of a session or in one. */
  async function answer({ accepted }: Taken, sessionId: string = randomUUID()) {
    const turn = { turnId: randomUUID(), sessionId, chatId: accepted!.chatId, runId: 'run', eventIds: [accepted!.id] };
    await store.turns.open(turn, 1);
    return turn;
  }
  return { integration, expertId, financeId, take, asked, answer };
}

describe('the expert of a chat', () => {
  it('stays the same until another one is named, also before the first answer has begun', async () => {
    const { asked, take, answer } = await office();
    expect(await asked(said('Hello'))).toBe('general');
    expect(await asked(said('An invoice!'))).toBe('finance, a new session');
    const { event, accepted } = await take(said('And the next one?'));
    expect([event.route.settings?.match, event.goesOn]).toEqual([anyMatch, true]);
    await answer({ event, accepted });
    expect(await asked(said('And another?'))).toBe('finance');
    expect(await asked(said('In another chat', { chat: 'other' }))).toBe('general');
  });

  it('is chosen anew once the session has ended', async () => {
    const { asked, take, answer } = await office();
    const { sessionId } = await answer(await take(said('An invoice!')));
    expect(await asked(said('Go on'))).toBe('finance');
    await store.conversations.end(sessionId, 'timeout');
    expect(await asked(said('Hello'))).toBe('general');
  });

  it('is chosen anew after /new, and by the question that comes with it', async () => {
    const { asked, take } = await office();
    expect(await asked(said('An invoice!'))).toBe('finance');
    await take(said('/new'));
    expect(await asked(said('Hello'))).toBe('general');
    expect(await asked(said('/new invoice'))).toBe('finance');
    expect(await asked(said('Go on'))).toBe('finance');
    expect(await asked(said('/new Something else'))).toBe('general');
  });

  it('is not changed by a message that the platform delivers again', async () => {
    const { asked, take } = await office();
    const first = said('An invoice!');
    await take(first);
    await take(said('/new'));
    expect(await asked(said('Hello'))).toBe('general');
    expect((await take(first)).accepted).toBeUndefined();
    expect(await asked(said('Go on'))).toBe('general');
  });

  it('is the one of the answer that a button is about, wherever it was pressed', async () => {
    const { take, answer, financeId } = await office();
    const { turnId } = await answer(await take(said('An invoice!')));
    const pressed = { ...said('', { chat: 'unknown' }), kind: 'action' as const, action: 'regenerate' as const, target: turnId };
    expect((await take(pressed)).event.route.expertId).toBe(financeId);
  });

  it('is that of the message just before it, though both come at once', async () => {
    const { integration, expertId, financeId } = await office();
    const away = Connection.lazy({ address: `127.0.0.1:${await anyPort()}`, connectTimeout: '100ms' });
    const dispatch = createDispatch({
      ...{ store, client: new Client({ connection: away }), findChannel, consoleUrl: '', log: silentLog },
      observe: { dispatched: () => undefined, event: () => undefined },
    });
    const deliver = dispatch.deliver(integration.id);
    await Promise.all(['Hello', 'An invoice!', 'And the next one?'].map((text) => deliver(said(text))));
    await dispatch.drained();
    await away.close();
    const { rows } = (await store.db.raw('SELECT expert_id, renews FROM events WHERE integration_id = ? ORDER BY number', [
      integration.id,
    ])) as {
      rows: { expert_id: string; renews: boolean }[];
    };
    expect(rows.map((one) => [one.expert_id, one.renews])).toEqual([
      [expertId, false],
      [financeId, true],
      [financeId, false],
    ]);
  });

  it('is another one when theirs serves no more, in a new session', async () => {
    const { asked, take, answer, financeId } = await office();
    await answer(await take(said('An invoice!')));
    await store.experts.remove(world.scope, financeId);
    expect(await asked(said('Go on'))).toBe('general, a new session');
  });

  it('decides by its own policies', async () => {
    const { asked, take } = await office({ match: { keywords: ['invoice'] }, people: { allow: ['eve'], block: [] } });
    expect((await take(said('An invoice!'))).event.decision).toBe('ignored');
    expect(await asked(said('Hello'))).toBe('general');
    expect(await asked(said('An invoice!', { by: 'eve', chat: 'eve' }))).toBe('finance');
  });

  it('may differ in groups that are told apart by member', async () => {
    const { asked } = await office({ match: { groups: ['g1'] } }, { groups: { ...defaultTrigger.groups, conversation: 'member' } });
    const inGroup = (chatId: string) => said('Hello', { address: { chatId, kind: 'group' } });
    expect(await asked(inGroup('g1'))).toBe('finance');
    expect(await asked(inGroup('g2'))).toBe('general');
  });

  it('is nobody where nothing fits and there is no default route: the card says so', async () => {
    const { integration, expertId } = await createDesk(world, { settings: { match: { ...anyMatch, keywords: ['tax'] } } });
    const route = (await store.events.route(integration.id))!;
    expect(route.expertId).toBe(expertId);
    const { decided } = await decide(store, route, said('Hello'), Date.now());
    expect([decided.decision, decided.route.expertId]).toEqual(['accepted', null]);
  });
});

describe('a paused expert', () => {
  const notice = { en: 'Back on Monday.', zh: '周一回来。' };
  const paused = { notice, at: new Date().toISOString(), by: 'admin' };

  it('refuses questions with its notice, and nothing else', async () => {
    const { take, financeId } = await office();
    await store.experts.pause(world.scope, financeId, paused);
    const { event } = await take(said('An invoice!'));
    expect([event.decision, event.notice, event.end, event.route.settings?.paused]).toEqual(['refused', 'paused', undefined, notice]);
    expect((await take(said('/new invoice'))).event.notice).toBe('paused');
    expect((await take(said('An invoice!', { sender: { id: 'bot', bot: true } }))).event).toMatchObject({ decision: 'ignored' });
    expect((await take(said('Hello', { chat: 'c2' }))).event.decision).toBe('accepted');
    await store.experts.pause(world.scope, financeId, null);
    expect((await take(said('An invoice!', { chat: 'c3' }))).event.decision).toBe('accepted');
  });

  it('still hears commands, and keeps a session where it was', async () => {
    const { take, asked, financeId } = await office();
    expect(await asked(said('An invoice!'))).toBe('finance');
    await store.experts.pause(world.scope, financeId, paused);
    expect((await take(said('/stop'))).event.decision).toBe('accepted');
    expect((await take(said('Go on'))).event.notice).toBe('paused');
    await store.experts.pause(world.scope, financeId, null);
    expect(await asked(said('Go on'))).toBe('finance');
  });
});
