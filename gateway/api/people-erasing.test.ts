import { randomUUID } from 'node:crypto';
import { defaultTrigger } from '../../domain/trigger';
import { ask, attempt, createProcess } from '../../tests/support/answering';
import { openPeople } from '../../tests/support/people';
import { type Desk, said } from '../../tests/support/world';

jest.setTimeout(120_000);

let people: Awaited<ReturnType<typeof openPeople>>;

beforeAll(async () => {
  people = await openPeople();
});
afterAll(() => people?.close());

describe('erasing', () => {
  const SOWN = /vermilion/i;

  /** Every place in the database where the word stands. */
  async function traces(): Promise<string[]> {
    const { rows: columns } = (await people.gateway.store.db.raw(
      `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
       WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND data_type IN ('text', 'jsonb', 'json', 'character varying', 'tsvector', 'ARRAY')`,
    )) as { rows: { table: string; column: string }[] };
    const found: string[] = [];
    for (const { table, column } of columns) {
      const { rows } = (await people.gateway.store.db.raw(`SELECT ??::text AS value FROM ?? WHERE ??::text ILIKE '%vermilion%'`, [
        column,
        table,
        column,
      ])) as { rows: { value: string }[] };
      found.push(...rows.map(({ value }) => `${table}.${column}: ${value.slice(0, 200)}`));
    }
    return found;
  }

  async function upload({ integration }: Desk): Promise<string> {
    const response = await fetch(`${people.gateway.url}/api/v1/sandbox/${integration.id}/files?name=vermilion.txt`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await people.gateway.store.access.createKey('up', 'admin', people.gateway.scope)}`,
        'content-type': 'text/plain',
      },
      body: 'vermilion bytes',
    });
    return ((await response.json()) as { fileId: string }).fileId;
  }

  test('leaves no name and no word of a person anywhere, and what others said where it is', async () => {
    const groups = { ...defaultTrigger.groups, context: { messages: 5, windowSeconds: 3600 } };
    const desk = await people.deskOf({
      settings: { groups, perPerson: { messages: 50, seconds: 60 } },
    });
    const sender = 'Vermilion Person';
    const fileId = await upload(desk);
    const kept = await people.say(desk, 'vermilion question', { sender, chat: 'vermilion chat', attachments: [{ fileId }] });
    const team = { chat: 'team', group: true, mentions: ['bot'] };
    const session = randomUUID();
    await people.say(desk, 'words of bob', { ...team, sender: 'bob' }, session);
    await people.say(desk, 'vermilion talk', { chat: 'team', group: true, sender });
    await people.say(desk, 'after the talk', { ...team, sender: 'bob' }, session);
    await people.say(desk, 'vermilion question in a group', { ...team, sender }, session);
    const later = await people.say(
      desk,
      'later words of bob',
      { ...team, sender: 'bob', quote: { sender, text: 'vermilion quote' } },
      session,
    );
    await people.admin.call('POST', `sandbox/${desk.integration.id}/actions`, {
      body: { chat: 'team', sender, replyId: later.turnId, action: 'bad', detail: 'other: vermilion reason' },
    });
    const person = (await people.admin.call('GET', `people?integrationId=${desk.integration.id}`)).body.items[0];
    await people.gateway.store.db.raw('UPDATE people SET facts = ? WHERE id = ?', [
      JSON.stringify({ email: 'vermilion@corp.example' }),
      person.id,
    ]);
    const before = await traces();
    for (const place of [
      'people.name',
      'people.facts',
      'events.text',
      'turns.answer',
      'replies.view',
      'memory.value',
      'attachments.name',
      'events.quote',
      'directory_users.username',
      'policy_counts.subject',
      'events.detail',
    ])
      expect(before.some((one) => one.startsWith(`${place}:`)) ? place : `nothing in ${place}`).toBe(place);
    const keys = (await people.gateway.store.attachments.of({ eventIds: kept.eventIds })).map(({ key }) => key);
    expect(keys).not.toEqual([]);

    expect((await (await people.programAs('operator')).call('DELETE', `people/${person.id}`)).status).toBe(403);
    expect((await people.admin.call('DELETE', `people/${person.id}`)).status).toBe(204);
    expect(await traces()).toEqual([]);
    for (const key of [...keys, `platform/${desk.integration.id}/files/${fileId}`])
      expect(await people.gateway.deps.files.has(key)).toBe(false);
    const { body: conversation } = await people.admin.call('GET', `conversations/${session}`);
    expect(conversation.turns.map(({ question }: { question: { text: string }[] }) => question[0]!.text)).toEqual([
      'words of bob',
      'after the talk',
      '',
      'later words of bob',
    ]);
    expect(conversation.turns[0].reply.text).toMatch(/words of bob/);
    expect((await people.admin.call('GET', `conversations/${kept.sessionId}`)).body.turns).toMatchObject([
      { state: 'done', question: [{ text: '' }], reply: { text: '' } },
    ]);
    expect((await people.admin.call('GET', `people/${person.id}`)).body).toMatchObject({ state: 'erased', name: null, user: null });
    expect((await people.admin.call('GET', `audit?target=${person.id}`)).body.items).toMatchObject([{ action: 'person.erased' }]);
    expect(JSON.stringify((await people.admin.call('GET', 'audit')).body)).not.toMatch(SOWN);
    expect((await people.admin.call('DELETE', `people/${person.id}`)).status).toBe(204);
    expect((await people.admin.call('POST', `people/${person.id}/block`)).status).toBe(409);

    await people.say(desk, 'I am back', { sender: 'Somebody Else', chat: 'new chat' });
    expect((await people.admin.call('GET', `people?integrationId=${desk.integration.id}`)).body.items).toHaveLength(2);
  });

  test('reaches what others had asked again, and its files', async () => {
    const desk = await people.deskOf();
    const { gateway, admin } = people;
    const process = () => createProcess(gateway, { files: gateway.deps.files });
    const address = { chatId: 'gathered', kind: 'group' } as const;
    const file = { kind: 'file', ref: await upload(desk), name: 'vermilion.txt' } as const;
    const asked = [
      said('words of bob', { address, by: 'bob' }),
      said('vermilion words', { address, by: 'Vermilion', attachments: [file], quote: { text: 'vermilion quote' } }),
    ];
    let job = await ask(gateway, desk, asked);
    await attempt(process(), job).outcome;
    for (const number of [2, 3]) {
      const body = { chat: 'gathered', sender: 'bob', replyId: job.turnId, action: 'regenerate' };
      expect((await admin.call('POST', `sandbox/${desk.integration.id}/actions`, { body })).status).toBe(202);
      const { rows } = await gateway.store.db.raw<{ rows: { id: string }[] }>('SELECT id FROM events WHERE target = ?', [job.turnId]);
      job = { ...job, turnId: randomUUID(), eventIds: [rows[0]!.id], number };
      if (number === 2) await attempt(process(), job).outcome;
    }
    // Not searched for: what is looked for is recorded.
    const { items } = (await admin.call('GET', `people?integrationId=${desk.integration.id}`)).body;
    const { id } = items.find(({ name }: { name: string }) => name === 'Vermilion');
    expect(await admin.call('DELETE', `people/${id}`)).toMatchObject({ status: 409, body: { type: 'urn:parley:under_way' } });
    await attempt(process(), job).outcome;
    const keys = (await gateway.store.attachments.of({ eventIds: job.eventIds })).map(({ key }) => key);
    expect(keys).not.toEqual([]);

    expect((await admin.call('DELETE', `people/${id}`)).status).toBe(204);
    expect(await traces()).toEqual([]);
    for (const key of keys) expect(await gateway.deps.files.has(key)).toBe(false);
    const { body: conversation } = await admin.call('GET', `conversations/${job.sessionId}`);
    const questions = conversation.turns.map(({ question }: { question: { text: string }[] }) => question.map(({ text }) => text));
    expect(questions).toEqual([['words of bob', ''], [''], ['']]);
  });

  test('takes the files of later answers, which may repeat what was said', async () => {
    const desk = await people.deskOf();
    const first = await people.say(desk, 'Hello', { sender: 'eve', chat: 'later' });
    const later = await people.say(desk, 'send me a file', { sender: 'bob', chat: 'later' }, first.sessionId);
    const [file] = await people.gateway.store.attachments.of({ eventIds: later.eventIds });
    expect(await people.gateway.deps.files.has(file!.key)).toBe(true);
    expect((await people.admin.call('DELETE', `people/${(await people.personOf(desk, 'eve')).id}`)).status).toBe(204);
    expect(await people.gateway.deps.files.has(file!.key)).toBe(false);
    expect(await people.gateway.store.attachments.of({ eventIds: later.eventIds })).toEqual([]);
  });

  test('takes all identities of the user, unless one alone is meant or many people share it', async () => {
    const desk = await people.deskOf();
    for (const sender of ['one', 'two', 'three']) await people.say(desk, 'Hello', { sender });
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((sender) => people.personOf(desk, sender)));
    for (const { id } of [two, three]) await people.admin.call('POST', `people/${id}/merge`, { body: { into: one.id } });
    expect((await people.admin.call('DELETE', `people/${three.id}?identities=one`)).status).toBe(204);
    expect((await people.admin.call('GET', `people/${one.id}`)).body.identities).toHaveLength(2);
    expect((await people.admin.call('DELETE', `people/${two.id}`)).status).toBe(204);
    expect((await people.admin.call('GET', `people?integrationId=${desk.integration.id}`)).body.items).toEqual([]);
    expect((await people.admin.call('GET', `users/${one.user.id}`)).status).toBe(404);

    const { body: shared } = await people.admin.call('POST', 'users', { body: { username: 'everybody', email: 'all@corp.example' } });
    for (let n = 0; n < 11; n++) {
      await people.say(desk, 'Hello', { sender: `member ${n}` });
      await people.admin.call('POST', `people/${(await people.personOf(desk, `member ${n}`)).id}/merge`, {
        body: { userId: shared.id },
      });
    }
    const { id } = await people.personOf(desk, 'member 3');
    expect(await people.admin.call('DELETE', `people/${id}`)).toMatchObject({ status: 409, body: { type: 'urn:parley:shared_user' } });
  });

  test('waits for what is being answered', async () => {
    const desk = await people.deskOf();
    const body = { chat: 'waiting', sender: 'waiting', text: 'Hello', messageId: randomUUID() };
    await people.admin.call('POST', `sandbox/${desk.integration.id}/messages`, { body });
    expect(await people.admin.call('DELETE', `people/${(await people.personOf(desk, 'waiting')).id}`)).toMatchObject({
      status: 409,
      body: { type: 'urn:parley:under_way' },
    });
  });
});
