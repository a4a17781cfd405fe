import { openPeople } from '../../tests/support/people';

jest.setTimeout(60_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
});
afterAll(() => people?.close());

test.each([
  ['operator', false],
  ['auditor', true],
] as const)('by its id, the role %s knows and finds whose private chat it is: %s; groups it does', async (role, maySee) => {
  const desk = await people.deskOf();
  const { sessionId } = await people.say(desk, 'Hello', { sender: 'planted', chat: 'planted' });
  await people.say(desk, 'Hello', { sender: 'planted', chat: 'team', group: true, mentions: ['bot'] });
  await people.gateway.store.db.raw('UPDATE events SET "end" = NULL WHERE integration_id = ?', [desk.integration.id]);
  const program = await people.programAs(role);
  const chats = async (path: string): Promise<readonly (string | undefined)[]> => {
    const { items } = (await program.call('GET', path)).body as { items: { integrationId: string; chat?: string }[] };
    return items.filter(({ integrationId }) => integrationId === desk.integration.id).map(({ chat }) => chat);
  };
  expect(await chats('conversations')).toEqual(['team', maySee ? 'planted' : undefined]);
  expect(await chats('events')).toEqual([maySee ? 'planted' : undefined, 'team']);
  expect(await chats('conversations?chat=planted')).toEqual(maySee ? ['planted'] : []);
  expect(await chats('conversations?chat=team')).toEqual(['team']);
  expect((await program.call('GET', `conversations/${sessionId}`)).body.chat).toBe(maySee ? 'planted' : undefined);
});
