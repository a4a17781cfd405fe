import { createBudget } from '../../runtime/ports';
import { openPeople } from '../../tests/support/people';

jest.setTimeout(60_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
});
afterAll(() => people?.close());

describe('the traffic of an integration', () => {
  test('is what came in and what was answered, hour by hour', async () => {
    const desk = await people.deskOf();
    const quiet = await people.deskOf();
    await people.say(desk, 'Hello');
    const { turnId } = await people.say(desk, 'Hello again');
    const { db } = people.gateway.store;
    await db.raw("UPDATE turns SET ended_at = ended_at - interval '2 hours' WHERE id = ?", [turnId]);
    await db.raw("UPDATE events SET received_at = received_at - interval '2 hours' WHERE turn_id = ?", [turnId]);
    await db.raw('UPDATE replies SET undeliverable = true WHERE id = ?', [turnId]);
    people.gateway.clock.now = new Date();

    const { body } = await people.admin.call('GET', `integrations/${desk.integration.id}/traffic?hours=5`);
    expect(body).toMatchObject({ messages: 2, answers: { done: 2, failed: 0, stopped: 0, expired: 0, undeliverable: 1 } });
    expect(body.series).toHaveLength(5);
    expect(body.series.map(({ messages, done }: { messages: number; done: number }) => [messages, done])).toEqual(
      expect.arrayContaining([
        [1, 1],
        [0, 0],
      ]),
    );
    expect(body.series.every(({ at }: { at: string }) => new Date(at).getUTCMinutes() === 0)).toBe(true);
    expect((await people.admin.call('GET', `integrations/${quiet.integration.id}/traffic`)).body).toMatchObject({
      messages: 0,
      answers: { done: 0, undeliverable: 0 },
      allowance: { limits: 0, usedUp: 0, longestWaitMs: 0, callsThisHour: 0, callsLastHour: 0 },
    });
  });

  test('tells which limits of the platform are used up, without naming chats', async () => {
    const { integration } = await people.deskOf();
    const { budgets } = people.gateway.store;
    await budgets.lease(integration.id, 'send', { count: 1, spacingMs: 20 });
    await budgets.pause(integration.id, 'chat planted-chat', 30_000);
    const { body } = await people.admin.call('GET', `integrations/${integration.id}/traffic`);
    expect(body.allowance).toMatchObject({ limits: 2, usedUp: 1 });
    expect(body.allowance.longestWaitMs).toBeGreaterThan(25_000);
    expect(JSON.stringify(body)).not.toContain('planted-chat');
  });

  test('tells how many calls were made in this hour and the one before, over all limits and processes', async () => {
    const { integration } = await people.deskOf();
    const { db } = people.gateway.store;
    const asked = async () => (await people.admin.call('GET', `integrations/${integration.id}/traffic`)).body.allowance;
    const budgets = [createBudget(people.gateway.store, integration.id), createBudget(people.gateway.another(), integration.id)];
    await Promise.all(Array.from({ length: 30 }, (_, n) => budgets[n % 2]!.take(n % 3 ? 'send' : 'chat 1', 500, 'first')));
    // What a process leased and did not use is taken off with its next lease.
    const counted = await asked();
    expect(counted.callsThisHour).toBeGreaterThanOrEqual(30);
    expect(counted.callsLastHour).toBe(0);
    const earlier = (hours: number) =>
      db.raw("UPDATE budgets SET counted_hour = counted_hour - ? * interval '1 hour' WHERE integration_id = ?", [hours, integration.id]);
    await earlier(1);
    expect(await asked()).toMatchObject({ callsThisHour: 0, callsLastHour: counted.callsThisHour });
    await people.gateway.store.budgets.lease(integration.id, 'send', { count: 2, spacingMs: 1 });
    await people.gateway.store.budgets.lease(integration.id, 'chat 1', { count: 3, spacingMs: 1 });
    // A limit of the chat beside the API's: the same call.
    await people.gateway.store.budgets.lease(integration.id, 'chat/1', { count: 2, spacingMs: 1 });
    expect(await asked()).toMatchObject({ callsThisHour: 5, callsLastHour: counted.callsThisHour });
    await earlier(2);
    expect(await asked()).toMatchObject({ callsThisHour: 0, callsLastHour: 0 });
  });

  test('is nothing to other tenants, and no more than a week', async () => {
    const { integration } = await people.deskOf();
    const { store, program } = people.gateway;
    const stranger = program(await store.access.createKey('x', 'admin', await store.access.createTenant('Elsewhere')));
    expect((await stranger.call('GET', `integrations/${integration.id}/traffic`)).status).toBe(404);
    expect((await people.admin.call('GET', `integrations/${integration.id}/traffic?hours=169`)).status).toBe(422);
  });
});
