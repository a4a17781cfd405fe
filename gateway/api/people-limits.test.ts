import { openPeople } from '../../tests/support/people';
import type { Desk } from '../../tests/support/world';

jest.setTimeout(120_000);

let people: Awaited<ReturnType<typeof openPeople>>;
let desk: Desk;

beforeAll(async () => {
  people = await openPeople();
  desk = await people.deskOf();
});
afterAll(() => people?.close());

/** Somebody who has spoken, and a limit for the user they were found as. */
async function limited(sender: string) {
  await people.say(desk, 'Hello', { sender });
  const person = await people.personOf(desk, sender);
  return { person, limit: await limitFor(person.user.id) };
}

async function limitFor(personId: string): Promise<string> {
  const body = { name: 'A day', measure: 'answers', amount: 10, period: 'day', personId };
  const made = await people.admin.call('POST', 'spending-limits', { body });
  expect(made.status).toBe(201);
  return made.body.id;
}

const shown = async (limit: string) => (await people.admin.call('GET', `spending-limits/${limit}`)).body;
const newUser = async (username: string): Promise<string> =>
  (await people.admin.call('POST', 'users', { body: { username, email: `${username}@corp.example` } })).body.id;

/** What a look-up found, at some later time. */
const found = (personId: string, userId: string | null) =>
  people.gateway.store.people.remember(personId, { userId, refused: userId ? null : 'unknown', facts: {}, by: 'test', until: new Date() });

test('a limit for somebody who is merged into another user is for that user from now on, and counts anew', async () => {
  const { person, limit } = await limited('merged');
  const { person: into } = await limited('goal');
  expect((await shown(limit)).state.used).toBe(1);
  expect((await people.admin.call('POST', `people/${person.id}/merge`, { body: { into: into.id } })).status).toBe(200);
  expect(await shown(limit)).toMatchObject({ personId: into.user.id, person: 'goal', state: { used: 2 } });
});

test('a limit follows somebody who is found as another user, or as nobody', async () => {
  const { person, limit } = await limited('found');
  const userId = await newUser('found.again');
  await found(person.id, userId);
  expect(await shown(limit)).toMatchObject({ personId: userId, state: { used: 1 } });
  const lost = await limited('lost');
  await found(lost.person.id, null);
  expect(await shown(lost.limit)).toMatchObject({ personId: lost.person.id, person: 'lost', state: { used: 1 } });
});

test('a limit for a user who is taken away stays with the person, and goes where there is none', async () => {
  const { person, limit } = await limited('stays');
  expect((await people.admin.call('DELETE', `users/${person.user.id}`)).status).toBe(204);
  expect(await shown(limit)).toMatchObject({ personId: person.id, person: 'stays' });
  const nobody = await newUser('nobody');
  const useless = await limitFor(nobody);
  expect((await people.admin.call('DELETE', `users/${nobody}`)).status).toBe(204);
  expect((await people.admin.call('GET', `spending-limits/${useless}`)).status).toBe(404);
  expect((await people.admin.call('GET', `audit?target=${useless}`)).body.items[0]).toMatchObject({ action: 'config.deleted' });
});

test('a limit goes with whoever is erased, which is recorded; one for the user stays as long as another identity of the user does', async () => {
  const { person: first, limit: ofUser } = await limited('erased');
  const { person: second } = await limited('second');
  await people.admin.call('POST', `people/${second.id}/merge`, { body: { into: first.id } });
  const [ofFirst, ofSecond] = [await limitFor(first.id), await limitFor(second.id)];
  const left = async () => {
    const { items } = (await people.admin.call('GET', 'spending-limits?limit=200')).body;
    return [ofUser, ofFirst, ofSecond].filter((id) => items.some((one: { id: string }) => one.id === id));
  };
  expect(await left()).toEqual([ofUser, ofFirst, ofSecond]);
  expect((await people.admin.call('DELETE', `people/${first.id}?identities=one`)).status).toBe(204);
  expect(await left()).toEqual([ofUser, ofSecond]);
  expect((await people.admin.call('DELETE', `people/${second.id}`)).status).toBe(204);
  expect(await left()).toEqual([]);
  for (const id of [ofUser, ofFirst, ofSecond]) {
    const [record] = (await people.admin.call('GET', `audit?target=${id}`)).body.items;
    expect(record).toMatchObject({
      ...{ action: 'config.deleted', targets: [{ type: 'spending-limit', id, name: 'A day' }] },
      change: { before: { amount: 10 }, after: null },
    });
    expect(JSON.stringify(record)).not.toMatch(/erased|second/);
  }
});
