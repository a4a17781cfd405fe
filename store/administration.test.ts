import { randomBytes, randomUUID } from 'node:crypto';
import { Refusal } from '../domain/errors';
import { defaultTrigger } from '../domain/trigger';
import { createDesk, createWorld, said, type World } from '../tests/support/world';
import { openStore, type Store } from '.';
import type { Scope } from './scope';
import { createSecrets } from './secrets';

let world: World;
let store: Store;
let scope: Scope;

beforeAll(async () => {
  world = await createWorld();
  ({ store, scope } = world);
}, 60_000);
afterAll(() => world?.close());

const page = { afterTime: new Date(0), afterId: '00000000-0000-0000-0000-000000000000', limit: 100 };
const beginning = { time: new Date(Date.now() + 3_600_000), id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

describe('secrets', () => {
  const [old, current] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

  it('are opened with any key of the ring and sealed with the first', () => {
    const before = createSecrets(old).seal({ secret: 'x' });
    const rotated = createSecrets(`${current}, ${old}`);
    expect(rotated.open(before)).toEqual({ secret: 'x' });
    const after = rotated.seal({ secret: 'y' });
    expect(createSecrets(current).open(after)).toEqual({ secret: 'y' });
    expect(() => createSecrets(old).open(after)).toThrow(/PARLEY_SECRET_KEY no longer holds/);
  });

  it('never look the same twice, never show what they hold, and are not opened when they were changed', () => {
    const { seal, open } = createSecrets(old);
    const sealed = seal({ secret: 'visible?' });
    expect(seal({ secret: 'visible?' })).not.toBe(sealed);
    expect(Buffer.from(sealed.split('.')[2]!, 'base64').toString('latin1')).not.toContain('visible');
    const [version, id, body] = sealed.split('.');
    const changed = Buffer.from(body!, 'base64');
    changed[changed.length - 1]! ^= 1;
    expect(() => open([version, id, changed.toString('base64')].join('.'))).toThrow('Sealed settings were changed');
  });

  it('need keys of 32 bytes', () => {
    expect(() => createSecrets('c2hvcnQ=')).toThrow('must be 32 bytes');
  });

  it('lie in the database sealed, and are not read with another key', async () => {
    const { integration } = await createDesk(world, { config: {} });
    await store.integrations.save(scope, integration.id, { ...integration, config: { secret: 'visible?' } }, true);
    const { rows } = (await store.db.raw('SELECT config FROM integrations WHERE id = ?', [integration.id])) as {
      rows: { config: string }[];
    };
    expect(rows[0]!.config).not.toContain('visible');
    const stranger = openStore({ databaseUrl: world.databaseUrl, secretKey: randomBytes(32).toString('base64') });
    const found = await stranger.integrations.find(integration.id);
    expect(found).toMatchObject({ id: integration.id, config: {}, unreadable: expect.stringMatching(/PARLEY_SECRET_KEY no longer holds/) });
    await stranger.close();
  });
});

describe('publishing', () => {
  it('makes versions that never change, with the settings dispatch reads', async () => {
    const { integration, expertId } = await createDesk(world, { settings: { gatherMs: 5 } });
    const first = (await store.events.route(integration.id))!;
    await store.experts.save(scope, expertId, { name: 'renamed', backend: 'openai', config: { model: 'm' } });
    expect(await store.experts.publish(scope, expertId)).toBe(2);
    const second = (await store.events.route(integration.id))!;
    expect(second.versionId).not.toBe(first.versionId);
    expect(second.settings?.gatherMs).toBe(5);
    const versions = await store.experts.versions(scope, expertId, 99, 10);
    expect(versions.map(({ id, version, backend }) => [id, version, backend])).toEqual([
      [second.versionId, 2, 'openai'],
      [first.versionId, 1, 'echo'],
    ]);
  });

  it('on an integration that another expert serves is refused, and changes nothing at all', async () => {
    const { integration } = await createDesk(world);
    const { integration: free, expertId } = await createDesk(world, { backend: null });
    await store.triggers.create(scope, expertId, { integrationId: integration.id, enabled: true, settings: defaultTrigger });
    const before = await store.events.route(integration.id);
    const refused = await store.experts.publish(scope, expertId).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ status: 409, code: 'integration_taken' });
    expect(await store.events.route(integration.id)).toEqual(before);
    expect((await store.events.route(free.id))?.versionId).toBeNull();
    expect(await store.experts.versions(scope, expertId, 99, 10)).toEqual([]);
    expect((await store.experts.get(scope, expertId))?.publishedVersion).toBeNull();
  });

  it('at the same time by many numbers each version once', async () => {
    const { expertId } = await createDesk(world);
    const versions = await Promise.all(Array.from({ length: 5 }, () => store.experts.publish(scope, expertId)));
    expect(versions.sort()).toEqual([2, 3, 4, 5, 6]);
  });

  it('without a trigger, or after removal, leaves the integration without an expert', async () => {
    const { integration, expertId } = await createDesk(world);
    const [trigger] = await store.triggers.list(scope, expertId, page);
    await store.triggers.save(scope, expertId, trigger!.id, { ...trigger!, enabled: false });
    expect((await store.events.route(integration.id))?.versionId).not.toBeNull();
    await store.experts.publish(scope, expertId);
    expect((await store.events.route(integration.id))?.versionId).toBeNull();
    await expect(store.experts.publish(scope, randomUUID())).rejects.toMatchObject({ status: 404 });
  });
});

describe('changes at the same time', () => {
  it('do not undo each other', async () => {
    const { integration } = await createDesk(world);
    const keys = Array.from({ length: 8 }, (_, n) => `key${n}`);
    const stores = [store, world.another()];
    await Promise.all(
      keys.map((key, n) =>
        stores[n % 2]!.integrations.change(scope, integration.id, (current) => ({
          fields: { ...current, appearance: { ...current.appearance, [key]: true } },
          reconnect: true,
        })),
      ),
    );
    const after = (await store.integrations.get(scope, integration.id))!;
    expect([Object.keys(after.appearance).sort(), after.version]).toEqual([keys, 9]);
  });
});

it('what one organization has, another cannot see, change or remove', async () => {
  const stranger = await store.access.createTenant('Stranger');
  const { integration, expertId } = await createDesk(world);
  const [trigger] = await store.triggers.list(scope, expertId, page);
  await store.connections.addIncident(integration.id, 'lost');
  const route = (await store.events.route(integration.id))!;
  const { id, chatId } = (await store.events.insert({
    ...{ route, event: said('Hello'), kind: 'message', language: 'en', chatKey: 'private/chat', decision: 'accepted' },
  }))!;
  const sessionId = randomUUID();
  await store.turns.open({ turnId: randomUUID(), sessionId, chatId, runId: 'run', eventIds: [id] }, 1);

  const looks: Readonly<Record<string, (who: Scope) => Promise<unknown>>> = {
    integration: (who) => store.integrations.get(who, integration.id),
    integrations: (who) => store.integrations.list(who, page),
    expert: (who) => store.experts.get(who, expertId),
    experts: (who) => store.experts.list(who, page),
    versions: (who) => store.experts.versions(who, expertId, 99, 10),
    trigger: (who) => store.triggers.get(who, expertId, trigger!.id),
    triggers: (who) => store.triggers.list(who, expertId, page),
    incidents: (who) => store.connections.incidents(who.organizationId, integration.id, beginning, 10),
    conversation: (who) => store.conversations.get(who, sessionId),
    conversations: (who) => store.conversations.list(who, {}, beginning, 10),
    turns: (who) => store.conversations.turns(who, sessionId),
    open: (who) => store.conversations.openOf(who, integration.id, 10),
    unended: (who) => store.conversations.unendedEvents(who, 0, 10),
  };
  const isNothing = (seen: unknown) => seen === undefined || (Array.isArray(seen) && seen.length === 0);
  for (const [what, look] of Object.entries(looks)) {
    expect([what, isNothing(await look(scope))]).toEqual([what, false]);
    expect([what, isNothing(await look(stranger))]).toEqual([what, true]);
  }

  await store.integrations.save(stranger, integration.id, { ...integration, name: 'stolen' }, true);
  await store.integrations.setEnabled(stranger, integration.id, false);
  await store.integrations.remove(stranger, integration.id);
  await store.experts.save(stranger, expertId, { name: 'stolen', backend: 'echo', config: {} });
  await store.experts.remove(stranger, expertId);
  await store.triggers.save(stranger, expertId, trigger!.id, { ...trigger!, enabled: false });
  await store.triggers.remove(stranger, expertId, trigger!.id);
  await expect(store.experts.publish(stranger, expertId)).rejects.toMatchObject({ status: 404 });
  expect(await store.integrations.get(scope, integration.id)).toEqual(integration);
  expect((await store.experts.get(scope, expertId))?.name).toBe('expert');
  expect((await store.triggers.get(scope, expertId, trigger!.id))?.enabled).toBe(true);
  expect((await store.events.route(integration.id))?.versionId).toBe(route.versionId);
});

describe('keys of the API', () => {
  it('open what they were made for until they are revoked', async () => {
    const key = await store.access.createKey('script', 'admin', scope);
    expect(await store.access.caller(key)).toMatchObject({ name: 'script', role: 'admin', ...scope });
    expect(await store.access.caller(`${key}x`)).toBeUndefined();
    await store.db.raw("UPDATE api_keys SET revoked_at = now() WHERE name = 'script'");
    expect(await store.access.caller(key)).toBeUndefined();
  });

  it('under a fixed name replace each other', async () => {
    await store.access.ensureKey('first', 'embedded', 'admin', scope);
    await store.access.ensureKey('second', 'embedded', 'admin', scope);
    await store.access.ensureKey('second', 'embedded', 'admin', scope);
    expect([(await store.access.caller('first')) === undefined, (await store.access.caller('second'))?.role]).toEqual([true, 'admin']);
  });
});

describe('memory', () => {
  it('is set by one of many who saw the same', async () => {
    const id = randomUUID();
    const stores = [store, world.another(), world.another()];
    const first = await Promise.all(stores.map((one, n) => one.memory.compareAndSet(id, 'key', undefined, { n })));
    expect(first.filter(Boolean)).toHaveLength(1);
    const seen = await store.memory.get(id, 'key');
    const second = await Promise.all(stores.map((one, n) => one.memory.compareAndSet(id, 'key', seen, { n, again: true })));
    expect(second.filter(Boolean)).toHaveLength(1);
    expect(await store.memory.compareAndSet(id, 'key', seen, 'old')).toBe(false);
    expect(await store.memory.compareAndSet(id, 'absent', 'something', 'else')).toBe(false);
    expect(await store.memory.get(id, 'absent')).toBeUndefined();
  });

  it('tells what changed, in order, under a prefix that is taken literally', async () => {
    const id = randomUUID();
    await store.memory.put(id, 'a%/1', 1);
    await store.memory.put(id, 'ab/1', 2);
    await store.memory.put(id, 'a%/2', 3);
    const all = await store.memory.changed(id, 'a%/', 0, 10);
    expect(all.map(({ key }) => key)).toEqual(['a%/1', 'a%/2']);
    await store.memory.put(id, 'a%/1', 4);
    expect((await store.memory.changed(id, 'a%/', all[1]!.version, 10)).map(({ key, value }) => [key, value])).toEqual([['a%/1', 4]]);
    expect((await store.memory.newest(id, 'a%/', 1)).map(({ key }) => key)).toEqual(['a%/1']);
    expect(await store.memory.changed(randomUUID(), 'a%/', 0, 10)).toEqual([]);
  });
});
