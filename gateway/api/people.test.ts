import { randomUUID } from 'node:crypto';
import { openPeople } from '../../tests/support/people';

jest.setTimeout(120_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
});
afterAll(() => people?.close());

test('people are listed page by page, found by name, user and platform id, and told apart from other organizations’', async () => {
  const desk = await people.deskOf();
  for (const sender of ['Zhang Wei', 'zhang-2', 'li']) await people.say(desk, 'Hello', { sender });
  const path = `people?integrationId=${desk.integration.id}`;
  const first = (await people.admin.call('GET', `${path}&limit=2`)).body;
  const second = (await people.admin.call('GET', `${path}&limit=2&cursor=${first.nextCursor}`)).body;
  expect([...first.items, ...second.items].map(({ platformId }: { platformId: string }) => platformId)).toEqual([
    'Zhang Wei',
    'zhang-2',
    'li',
  ]);
  expect((await people.admin.call('GET', `${path}&q=ZHANG`)).body.items).toHaveLength(2);
  const [found] = (await people.admin.call('GET', `${path}&q=li@im-platform`)).body.items;
  expect(found).toMatchObject({
    state: 'mapped',
    channel: 'sandbox',
    user: { username: 'li', email: 'li@im-platform.com', source: 'sandbox' },
  });
  expect((await people.admin.call('GET', `${path}&userId=${found.user.id}`)).body.items).toEqual([found]);
  const stranger = await people.gateway.store.access.createTenant('Elsewhere');
  const other = people.gateway.program(await people.gateway.store.access.createKey('other', 'admin', stranger));
  expect((await other.call('GET', `people/${found.id}`)).status).toBe(404);
  expect((await other.call('GET', 'people')).body.items).toEqual([]);
  expect((await other.call('DELETE', `people/${found.id}`)).status).toBe(404);
  expect((await other.call('GET', `users/${found.user.id}`)).status).toBe(404);
});

test('who stops or ends a session from the console is none of the people', async () => {
  const desk = await people.deskOf();
  const { sessionId } = await people.say(desk, 'Hello', { sender: 'li' });
  expect((await people.admin.call('POST', `conversations/${sessionId}/end`)).status).toBe(202);
  const { items } = (await people.admin.call('GET', `people?integrationId=${desk.integration.id}`)).body;
  expect(items.map(({ platformId }: { platformId: string }) => platformId)).toEqual(['li']);
});

test('roles without content see that somebody is there, and no name, number or search', async () => {
  const desk = await people.deskOf();
  await people.say(desk, 'Hello', { sender: 'Planted Name' });
  const viewer = await people.programAs('viewer');
  const { body } = await viewer.call('GET', `people?integrationId=${desk.integration.id}`);
  expect(body.items).toMatchObject([{ state: 'mapped', user: { source: 'sandbox' } }]);
  const shown = [body, (await viewer.call('GET', `people/${body.items[0].id}`)).body, (await viewer.call('GET', 'users')).body];
  expect(JSON.stringify(shown)).not.toMatch(/planted/i);
  expect((await viewer.call('GET', 'people?q=planted')).status).toBe(403);
});

test('two identities become one user, for good', async () => {
  const [lark, work] = [await people.deskOf(), await people.deskOf()];
  await people.say(lark, 'Hello', { sender: 'ou_ann' });
  await people.say(work, 'Hello', { sender: 'ann.smith' });
  const [one, other] = [await people.personOf(lark, 'ou_ann'), await people.personOf(work, 'ann.smith')];
  const merged = await people.admin.call('POST', `people/${one.id}/merge`, { body: { into: other.id } });
  expect(merged.body).toMatchObject({ joined: true, user: { id: other.user.id }, identities: [{ id: one.id }, { id: other.id }] });
  expect((await people.admin.call('GET', `users/${one.user.id}`)).status).toBe(404);
  await people.gateway.store.db.raw("UPDATE people SET mapped_until = now() - interval '1 hour'");
  await people.say(lark, 'Again', { sender: 'ou_ann' });
  expect((await people.personOf(lark, 'ou_ann')).user.id).toBe(other.user.id);
  for (const body of [{}, { into: one.id }, { into: randomUUID() }, { userId: randomUUID() }, { into: other.id, userId: other.user.id }])
    expect((await people.admin.call('POST', `people/${one.id}/merge`, { body })).status).toBe(422);

  const { body: user } = await people.admin.call('POST', 'users', {
    body: { username: 'a.smith', email: 'A.Smith@corp.example', staffId: 'E7' },
  });
  expect((await people.admin.call('POST', `people/${one.id}/merge`, { body: { userId: user.id } })).body).toMatchObject({
    user: { id: user.id, email: 'a.smith@corp.example' },
    identities: [{ id: one.id }, { id: other.id }],
  });
});

test('who is blocked is ignored on every platform, and leaves no words', async () => {
  const [lark, work] = [await people.deskOf(), await people.deskOf()];
  await people.say(lark, 'Hello', { sender: 'troll' });
  await people.say(work, 'Hello', { sender: 'troll2' });
  const [one, other] = [await people.personOf(lark, 'troll'), await people.personOf(work, 'troll2')];
  await people.admin.call('POST', `people/${one.id}/merge`, { body: { into: other.id } });
  const operator = await people.programAs('operator');
  expect((await operator.call('POST', `people/${one.id}/block`)).body).toMatchObject({ state: 'blocked' });
  expect((await people.admin.call('GET', 'people?blocked=true')).body.items).toHaveLength(2);
  for (const [desk, sender] of [
    [lark, 'troll'],
    [work, 'troll2'],
  ] as const)
    expect(await people.say(desk, 'planted insult', { sender })).toMatchObject({ decided: 'ignored' });
  const { rows } = (await people.gateway.store.db.raw("SELECT 1 FROM events WHERE text LIKE '%planted insult%'")) as { rows: unknown[] };
  expect(rows).toEqual([]);
  expect((await operator.call('POST', `people/${other.id}/unblock`)).body).toMatchObject({ state: 'mapped' });
  for (const [desk, sender] of [
    [lark, 'troll'],
    [work, 'troll2'],
  ] as const)
    expect(await people.say(desk, 'Sorry', { sender })).toMatchObject({ decided: null });
  expect((await people.admin.call('GET', `audit?target=${one.id}`)).body.items[0]).toMatchObject({ action: 'person.blocked' });
});
