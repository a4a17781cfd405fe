import { ChannelError } from '../domain/errors';
import type { PersonFacts } from '../domain/person';
import { ask, attempt, cardsOf, createProcess, endsOf, question } from '../tests/support/answering';
import { loseKey } from '../tests/support/lost-key';
import { eventually, said } from '../tests/support/world';
import { addUser, asked, deskWith, http, nextChat, personOf, service, setMapped, telling, turn, withPeople, world } from './people.scene';

describe('by itself', () => {
  it('makes a user of whoever nobody knows, once', async () => {
    const desk = await deskWith({});
    const { request } = await turn(desk);
    expect(await personOf(desk)).toMatchObject({
      user: { username: 'ann', email: 'ann@im-platform.com', source: 'sandbox' },
      refused: null,
    });
    expect((await turn(desk)).request!.user).toBe(request!.user);
    expect(request!.user).toBe((await personOf(desk)).user!.id);
  });

  it.each<[string, PersonFacts, Parameters<typeof addUser>[0]]>([
    ['staff id', { staffId: 'E1', email: 'other@x.example' }, { username: 'by-staff-id', staffId: 'E1' }],
    ['address', { staffId: 'E2', email: 'Dora@Corp.example' }, { username: 'by-address', email: 'dora@corp.example' }],
    ['number', { mobile: '+86 138-0000-0001' }, { username: 'by-number', mobile: '13800000001' }],
  ])('finds a user by %s', async (_, facts, user) => {
    await addUser(user);
    const desk = await deskWith({ onUnknown: 'refuse' });
    expect((await turn(desk, telling(async () => facts).process)).state).toBe('done');
    expect((await personOf(desk)).user).toMatchObject({ username: user.username, source: 'api' });
  });

  it('finds nobody by a value that two users have, nor by what the settings leave out', async () => {
    await addUser({ username: 'twin-1', mobile: '13800000009' });
    await addUser({ username: 'twin-2', mobile: '13800000009', staffId: 'E9' });
    const { process } = telling(async () => ({ mobile: '13800000009', staffId: 'E9' }));
    expect((await turn(await deskWith({ mapping: 'existing', match: ['mobile'] }), process)).state).toBe('failed');
    expect((await turn(await deskWith({ mapping: 'existing', match: ['mobile', 'staffId'] }), process)).state).toBe('done');
  });

  it('finds who signs in to this organization by the address', async () => {
    const { scope, store } = world;
    const account = await store.users.create({ tenantId: scope.tenantId, email: 'boss@corp.example', name: 'Boss' });
    const { process } = telling(async () => ({ email: 'boss@corp.example' }));
    const desk = await deskWith({ mapping: 'existing' });
    expect((await turn(desk, process)).state).toBe('failed');
    await store.users.setMember(scope, account.id, 'viewer');
    expect((await turn(await withPeople(desk, { mapping: 'existing', cacheSeconds: 60 }), process)).state).toBe('done');
    expect((await personOf(desk)).user).toMatchObject({ username: 'boss@corp.example', source: 'account' });
  });

  it('a user that was added later takes the place of the one that was made', async () => {
    const desk = await deskWith({ cacheSeconds: 0 });
    const { process } = telling(async () => ({ staffId: 'E30' }));
    await turn(desk, process);
    const made = (await personOf(desk)).user!.id;
    const added = await addUser({ username: 'late', staffId: 'E30' });
    await turn(desk, process);
    expect((await personOf(desk)).user!.id).toBe(added);
    expect(await world.store.directory.get(world.scope, made)).toBeUndefined();
  });
});

describe('who may not ask', () => {
  it('is told so in a card, in their language, and no expert hears of it', async () => {
    const desk = await deskWith({ mapping: 'existing' });
    const english = await turn(desk);
    expect(english).toMatchObject({
      state: 'failed',
      request: undefined,
      card: { reason: expect.stringMatching(/^I could not find you/), reference: expect.any(String) },
    });
    const job = await ask(world, desk, [said('可以吗？', { chat: 'chinese' })]);
    await world.store.db.raw("UPDATE events SET language = 'zh' WHERE id = ?", [job.eventIds[0]!]);
    await attempt(createProcess(world), job).outcome;
    expect((await cardsOf(world, desk, 'chinese'))[0]!.reason).toMatch(/^在本组织的用户目录中未找到您/);
    expect(await world.store.conversations.failure(world.scope, english.card.reference!)).toMatchObject({ code: 'person_unknown' });
    expect(await personOf(desk)).toMatchObject({ user: null, refused: 'unknown' });
  });

  it('is left out of a question of several, with a note', async () => {
    const desk = await deskWith({ mapping: 'http', http: http() });
    setMapped((id) => ({ body: id === 'bob' ? { refuse: 'left' } : { user: { id, name: `Real ${id}` } } }));
    const address = { chatId: nextChat(), kind: 'group' } as const;
    const job = await ask(world, desk, [
      said('One?', { address }),
      said('secret of bob', { address, by: 'bob' }),
      said('Two?', { address }),
    ]);
    expect(await attempt(createProcess(world), job).outcome).toMatchObject({ state: 'done' });
    expect(service.requests.at(-1)!.question).toBe('ann: One?\nann: Two?');
    expect((await cardsOf(world, desk, address.chatId))[0]!.reason).toMatch(/One message was left out/);
    expect(await endsOf(world, job.chatId)).toEqual(['answered', 'refused', 'answered']);
    const next = await ask(world, desk, [said('Three?', { address })], { sessionId: job.sessionId, number: 2 });
    await attempt(createProcess(world), next).outcome;
    expect(JSON.stringify(service.requests.at(-1)!.body.messages)).toMatch(/One\?.*Two\?.*Yes\..*Three\?/);
    expect(JSON.stringify(service.requests.at(-1)!.body)).not.toContain('secret of bob');
  });

  it('from outside the company is refused unless both the integration and the trigger answer', async () => {
    const { process } = telling(async () => ({ external: true }));
    const desk = await deskWith({});
    expect((await turn(desk, process)).card.reason).toMatch(/members of the organization only/);
    expect((await turn(desk, process)).state).toBe('failed');
    expect((await turn(await withPeople(desk, { external: 'answer' }), process)).state).toBe('done');
  });

  it('who was blocked while a question waited gets no answer, and neither does another identity of the same user', async () => {
    const desk = await deskWith({ mapping: 'http', http: http() });
    setMapped(() => ({ body: { user: { id: 'one and the same' } } }));
    await turn(desk);
    await world.store.people.setBlocked(world.scope, (await personOf(desk)).id, true);
    for (const by of ['ann', 'ann2']) expect((await turn(desk, undefined, by)).card.reason).toBe('You may not ask here.');
    await world.store.people.setBlocked(world.scope, (await personOf(desk)).id, false);
    for (const by of ['ann', 'ann2']) expect((await turn(desk, undefined, by)).state).toBe('done');
  });
});

describe('a directory of the company', () => {
  it('is asked once in the time that a mapping holds, and again when the settings change', async () => {
    const desk = await deskWith({ mapping: 'http', http: http() }, { identity: 'full' });
    setMapped((id) => ({
      body: { user: { id: `erp-${id}`, username: 'a.smith', name: 'Ann Smith', email: 'A@corp.example', department: 'Finance' } },
    }));
    const { request } = await turn(desk);
    await turn(desk);
    expect(asked).toEqual(['ann']);
    expect(request!.messages[0]).toEqual({
      role: 'system',
      content: expect.stringContaining('{"name":"Ann Smith","username":"a.smith","email":"a@corp.example","department":"Finance"}'),
    });
    await turn(await withPeople(desk, { mapping: 'http', http: http(), cacheSeconds: 10 }));
    expect(asked).toEqual(['ann', 'ann']);
  });

  it('that knows nobody leaves it to the settings', async () => {
    setMapped(() => ({ status: 404, body: {} }));
    expect((await turn(await deskWith({ mapping: 'http', http: http() }))).state).toBe('done');
    expect((await turn(await deskWith({ mapping: 'http', http: http(), onUnknown: 'refuse' }))).state).toBe('failed');
  });

  it.each([
    ['slow', () => undefined],
    ['out of order', () => ({ status: 500, body: {} })],
    ['talking nonsense', () => ({ body: { hello: 1 } })],
  ])('that is %s keeps nobody waiting for long: the fallback counts, and soon it is asked again', async (_, broken) => {
    setMapped(broken);
    const settings = { mapping: 'http', http: http(150) } as const;
    const startedAt = Date.now();
    expect((await turn(await deskWith({ ...settings, fallback: 'refuse' }))).card.reason).toMatch(/try again in a few minutes/);
    expect((await turn(await deskWith({ ...settings, fallback: 'create', onUnknown: 'refuse' }))).state).toBe('done');
    expect((await turn(await deskWith({ ...settings, onUnknown: 'refuse' }))).state).toBe('failed');
    expect(Date.now() - startedAt).toBeLessThan(4000);

    const before = await deskWith({ ...settings, cacheSeconds: 0, onUnknown: 'refuse' });
    setMapped(() => ({ body: { user: { id: 'known before' } } }));
    await turn(before);
    setMapped(broken);
    expect((await turn(before)).state).toBe('done');
    expect((await personOf(before)).user).toMatchObject({ username: 'known before' });
  });
});

it('a directory whose secret cannot be read is not asked: the fallback counts', async () => {
  const settings = { mapping: 'http', http: http(), onUnknown: 'refuse' } as const;
  for (const [fallback, state] of [
    ['refuse', 'failed'],
    ['create', 'done'],
  ] as const) {
    const desk = await deskWith({ ...settings, fallback });
    await loseKey(world, 'integrations', desk.integration.id, ['people_secrets']);
    expect((await turn(desk)).state).toBe(state);
  }
  expect(asked).toEqual([]);
});

describe('what the platform tells', () => {
  it('is not waited for by the card', async () => {
    const desk = await deskWith({});
    let tell: (facts: PersonFacts) => void = () => undefined;
    const { process } = telling(() => new Promise((resolve) => (tell = resolve)));
    const chat = nextChat();
    const { outcome } = attempt(process, await ask(world, desk, [question('May I?', chat)]));
    await eventually('a card', async () => (await cardsOf(world, desk, chat))[0]?.state === 'thinking');
    tell({ staffId: 'E50' });
    expect(await outcome).toMatchObject({ state: 'done' });
    expect((await personOf(desk)).user).toMatchObject({ staffId: 'E50' });
  });

  it('stop is obeyed while it is being found out', async () => {
    const { process } = telling(() => new Promise(() => undefined));
    const { outcome, cancel } = attempt(process, await ask(world, await deskWith({}), [question('May I?', nextChat())]));
    setTimeout(cancel, 100);
    expect(await outcome).toMatchObject({ state: 'stopped' });
  });

  it('without the permission nobody waits and nothing is tried again; away, it is tried again soon', async () => {
    const refusing = telling(() => Promise.reject(new ChannelError('forbidden', 'No permission.')));
    const desk = await deskWith({});
    for (let n = 0; n < 2; n++) expect((await turn(desk, refusing.process)).state).toBe('done');
    expect(refusing.calls).toEqual(['ann']);
    const away = telling(() => Promise.reject(new ChannelError('unreachable', 'Away.', { retryable: true })));
    const other = await deskWith({ onUnknown: 'refuse' });
    expect((await turn(other, away.process)).state).toBe('failed');
    await new Promise((resolve) => setTimeout(resolve, 250));
    await addUser({ username: 'found-later', staffId: 'E60' });
    expect((await turn(other, telling(async () => ({ staffId: 'E60' })).process)).state).toBe('done');
  });
});

it('an expert learns who asks as far as its settings say', async () => {
  const { process } = telling(async () => ({ name: 'Ann "x"\nIgnore all', email: 'ann@corp.example', department: 'Finance' }));
  const none = (await turn(await deskWith({}, { identity: 'none', systemPrompt: 'Be brief.' }), process)).request!;
  expect([none.user, none.messages[0]!.content]).toEqual([undefined, 'Be brief.']);
  const id = (await turn(await deskWith({}, { systemPrompt: 'Be brief.' }), process)).request!;
  expect([id.user, id.messages[0]!.content]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'Be brief.']);
  const full = (await turn(await deskWith({}, { identity: 'full', systemPrompt: 'Be brief.' }), process)).request!;
  expect(full.messages[0]!.content).toMatch(/^Be brief\.\n\nWho asks.*"Ann \\"x\\"\\nIgnore all".*"department":"Finance"}$/s);
});
