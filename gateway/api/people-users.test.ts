import { openPeople } from '../../tests/support/people';

jest.setTimeout(60_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
  for (const [username, name] of [
    ['wang.fang', '王芳'],
    ['Li.Na', '李娜'],
    ['wang.lei', '王雷'],
  ] as const)
    await people.admin.call('POST', 'users', {
      body: { username, name, email: `${username}@Corp.example`, staffId: `E-${username.length}` },
    });
});
afterAll(() => people?.close());

const named = async (query: string): Promise<string[]> =>
  (await people.admin.call('GET', `users?${query}`)).body.items.map(({ username }: { username: string }) => username);

test.each([
  ['part of a Chinese name', '芳', ['wang.fang']],
  ['a family name', '王', ['wang.fang', 'wang.lei']],
  ['an address in another case', 'LI.NA@corp', ['Li.Na']],
  ['a staff number', 'e-9', ['wang.fang']],
  ['nothing of anybody', '张', []],
  ['what a pattern would mean', '%', []],
])('users are found by %s', async (_, q, usernames) => {
  expect(await named(`q=${encodeURIComponent(q)}`)).toEqual(usernames);
});

test('users are found by the id of an identity on a platform, page by page', async () => {
  const desk = await people.deskOf();
  for (const sender of ['ou_7d8a6e6df7621556', 'ou_7d8a6e6df7629999']) {
    await people.say(desk, 'Hello', { sender });
    const { id } = await people.personOf(desk, sender);
    const userId = (await people.admin.call('GET', `users?q=${sender.endsWith('9999') ? 'wang.lei' : 'li.na'}`)).body.items[0].id;
    expect((await people.admin.call('POST', `people/${id}/merge`, { body: { userId } })).status).toBe(200);
  }
  expect(await named('q=OU_7D8A')).toEqual(['Li.Na', 'wang.lei']);
  const first = (await people.admin.call('GET', 'users?q=ou_7d8a&limit=1')).body;
  expect(first.items).toMatchObject([{ username: 'Li.Na' }]);
  expect(await named(`q=ou_7d8a&limit=1&cursor=${first.nextCursor}`)).toEqual(['wang.lei']);
});

test('nobody searches without the right to see names, or in another organization', async () => {
  expect((await (await people.programAs('viewer')).call('GET', 'users?q=wang')).status).toBe(403);
  const { store, program } = people.gateway;
  const stranger = program(await store.access.createKey('x', 'admin', await store.access.createTenant('Elsewhere')));
  expect((await stranger.call('GET', 'users?q=wang')).body.items).toEqual([]);
});
