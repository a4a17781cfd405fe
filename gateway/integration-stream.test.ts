import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Integration } from '../store/integrations';
import type { Scope } from '../store/scope';
import { startGateway, type TestGateway } from '../tests/support/gateway';
import { createDesk, eventually } from '../tests/support/world';
import { MOST_STREAMS } from './integration-stream';

jest.setTimeout(60_000);

let gateway: TestGateway;
let key: string;
let integration: Integration;
const open = new Set<AbortController>();

beforeAll(async () => {
  gateway = await startGateway();
  key = await gateway.store.access.createKey('viewer', 'viewer', gateway.scope);
  ({ integration } = await createDesk(gateway));
});
afterEach(() => {
  for (const one of open) one.abort();
  open.clear();
});
afterAll(() => gateway?.close());

interface Told {
  readonly id: string | undefined;
  readonly event: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of many shapes
  readonly data: any;
  readonly at: number;
}

/** Opens the stream, and keeps what it tells. */
async function follow(headers: Readonly<Record<string, string>> = { authorization: `Bearer ${key}` }) {
  const stop = new AbortController();
  open.add(stop);
  const response = await fetch(`${gateway.url}/api/v1/integrations/stream`, { headers, signal: stop.signal });
  const told: Told[] = [];
  let ended = false;
  const reading = async (): Promise<void> => {
    const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { id, event, data } of events) told.push({ id, event, data: JSON.parse(data), at: Date.now() });
  };
  if (response.status === 200)
    void reading()
      .catch(() => undefined)
      .finally(() => {
        ended = true;
      });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    told,
    ended: () => ended,
    close: () => stop.abort(),
    first: () => eventually('the first event', () => told[0]),
    next: (event: string, check: (data: Told['data']) => boolean = () => true) =>
      eventually(event, () => told.find((one) => one.event === event && check(one.data))),
  };
}

/** The link comes up, as its holder writes it. */
async function connect(id: string): Promise<void> {
  const epoch = await gateway.store.connections.acquire(id, 'holder');
  await gateway.store.connections.connected(id, epoch!);
}

async function drop(id: string): Promise<void> {
  const { connections } = gateway.store;
  const error = { code: 'unreachable', message: 'The link was closed.', at: new Date().toISOString() };
  await connections.failed(id, (await connections.find(id))!.epoch, error, false);
}

async function elsewhere(): Promise<{ scope: Scope; id: string }> {
  const scope = await gateway.store.access.createTenant('Elsewhere');
  const desk = await createDesk({ store: gateway.store, scope });
  return { scope, id: desk.integration.id };
}

describe('the stream of links', () => {
  test('begins with all of them, and tells within a second what has changed', async () => {
    const stream = await follow();
    expect(stream).toMatchObject({ status: 200, type: 'text/event-stream' });
    expect(await stream.first()).toMatchObject({
      event: 'all',
      data: {
        items: [{ integrationId: integration.id, name: integration.name, channel: 'sandbox', state: 'connecting', lastIncidentId: null }],
      },
    });
    for (const [change, state] of [
      [connect, 'connected'],
      [drop, 'connecting'],
      [(id: string) => gateway.store.connections.setState(id, 'disabled'), 'disabled'],
    ] as const) {
      const before = Date.now();
      await change(integration.id);
      const { at, data } = await stream.next('status', (link) => link.state === state);
      expect(at - before).toBeLessThan(1000);
      expect(data.integrationId).toBe(integration.id);
    }
    await gateway.store.connections.addIncident(integration.id, 'disabled', { by: 'admin' });
    const { lastIncidentId } = (await stream.next('status', (link) => link.lastIncidentId !== null)).data;
    const { items } = (await gateway.program(key).call('GET', `integrations/${integration.id}/incidents`)).body;
    expect(items[0].id).toBe(lastIncidentId);
  });

  test('tells of a proof that grew old, of a new integration, of a new name, and of one that is gone', async () => {
    await connect(integration.id);
    const stream = await follow();
    expect((await stream.first()).data.items[0].state).toBe('connected');
    await gateway.store.db.raw('UPDATE connections SET proven_at = NULL WHERE integration_id = ?', [integration.id]);
    expect((await stream.next('status', ({ state }) => state === 'connecting')).data.reason).toMatch(/No process holds it/);
    const { integration: second } = await createDesk(gateway);
    await stream.next('status', ({ integrationId }) => integrationId === second.id);
    await gateway.store.integrations.save(gateway.scope, second.id, { ...second, name: 'Renamed' }, false);
    await stream.next('status', ({ name }) => name === 'Renamed');
    await gateway.store.integrations.remove(gateway.scope, second.id);
    await stream.next('gone', ({ integrationId }) => integrationId === second.id);
  });

  test('says why in the language of who reads, as the status, the last error and the incidents do', async () => {
    await connect(integration.id);
    const headers = { authorization: `Bearer ${key}`, 'accept-language': 'zh-CN' };
    const stream = await follow(headers);
    await stream.first();
    const { epoch } = (await gateway.store.connections.find(integration.id))!;
    const message = 'Lark refused token (code 10014, HTTP 200): the app secret is wrong.';
    await gateway.store.connections.failed(integration.id, epoch, { code: 'refused', message, at: new Date().toISOString() }, false);
    await gateway.store.connections.addIncident(integration.id, 'lost', { reason: message });
    const chinese = '飞书拒绝了 token（代码 10014，HTTP 200）：App Secret 错误。';
    const { data } = await stream.next('status', ({ lastError }) => lastError !== null);
    expect([data.reason, data.lastError.message]).toEqual([chinese, chinese]);
    const about = async (what: string, language: string) =>
      (await gateway.program(key, { 'accept-language': language }).call('GET', `integrations/${integration.id}/${what}`)).body;
    expect(await about('status', 'zh')).toMatchObject({ reason: chinese, lastError: { message: chinese } });
    expect(await about('status', 'en')).toMatchObject({ reason: message, lastError: { message } });
    const reasons = async (language: string) => (await about('incidents', language)).items[0].reason;
    expect([await reasons('zh'), await reasons('en')]).toEqual([chinese, message]);
  });

  test('tells nothing of other tenants', async () => {
    const { scope, id } = await elsewhere();
    const mine = await follow();
    const theirs = await follow({ authorization: `Bearer ${await gateway.store.access.createKey('theirs', 'viewer', scope)}` });
    expect((await theirs.first()).data.items.map((link: { integrationId: string }) => link.integrationId)).toEqual([id]);
    await mine.first();
    await connect(id);
    await theirs.next('status', ({ state }) => state === 'connected');
    await connect(integration.id);
    await mine.next('status', ({ state }) => state === 'connected');
    expect(JSON.stringify(mine.told)).not.toContain(id);
    expect(JSON.stringify(theirs.told)).not.toContain(integration.id);
  });

  test('spares a reader that comes back what it knows', async () => {
    const headers = { authorization: `Bearer ${key}` };
    await drop(integration.id);
    const { id } = await (await follow()).first();
    const again = await follow({ ...headers, 'last-event-id': id! });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(again.told).toEqual([]);
    await connect(integration.id);
    await again.next('status');
    expect(again.told.map(({ event }) => event)).not.toContain('all');
    expect((await (await follow({ ...headers, 'last-event-id': id! })).first()).event).toBe('all');
  });

  test('is for those who may read an organization, and for no more at once than is sensible', async () => {
    expect((await follow({})).status).toBe(401);
    const platform = await gateway.store.access.createKey('platform', 'platform', undefined);
    expect((await follow({ authorization: `Bearer ${platform}` })).status).toBe(403);
    const streams = await Promise.all(Array.from({ length: MOST_STREAMS }, () => follow()));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    expect((await follow()).status).toBe(429);
    const other = await gateway.store.access.createKey('another', 'viewer', gateway.scope);
    expect((await follow({ authorization: `Bearer ${other}` })).status).toBe(200);
    streams[0]!.close();
    await eventually('a place', async () => (await follow()).status === 200);
  });
});

describe('the stream ends', () => {
  const HOUR = 3_600_000;

  async function signedIn(limits = { idleMs: HOUR, totalMs: 2 * HOUR }) {
    const { store, scope, clock } = gateway;
    const user = await store.users.create({ tenantId: scope.tenantId, email: `${Math.random()}@example.com`, name: 'Ann' });
    await store.users.setMember(scope, user.id, 'viewer');
    const session = await store.sessions.open(user, { way: 'password', ip: '', ua: '', now: clock.now, ...limits });
    const stream = await follow({ cookie: `parley_user=${session.token}` });
    await stream.first();
    return { user, session, stream };
  }
  const end = (stream: { ended(): boolean }) => eventually('its end', stream.ended);

  test('with its session: signed out, or a member no more', async () => {
    const out = await signedIn();
    const gone = await signedIn();
    const stays = await signedIn();
    await gateway.store.sessions.revoke(out.user.id, out.session.id, gateway.clock.now);
    await gateway.store.users.removeMember(gateway.scope, gone.user.id);
    await Promise.all([end(out.stream), end(gone.stream)]);
    expect(stays.stream.ended()).toBe(false);
  });

  test('with its key', async () => {
    const made = await gateway.store.access.newKey('short', 'viewer', gateway.scope);
    const stream = await follow({ authorization: `Bearer ${made.key}` });
    await stream.first();
    await gateway.store.access.revokeKey(gateway.scope, made.id);
    await end(stream);
  });

  test('when nothing else uses the session for too long: to watch is no use', async () => {
    const { stream, session, user } = await signedIn();
    const [before] = await gateway.store.sessions.list(user.id, gateway.clock.now);
    gateway.clock.now = new Date(gateway.clock.now.getTime() + HOUR / 2);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(stream.ended()).toBe(false);
    expect(await gateway.store.sessions.list(user.id, gateway.clock.now)).toMatchObject([{ id: session.id, seenAt: before!.seenAt }]);
    gateway.clock.now = new Date(gateway.clock.now.getTime() + HOUR);
    await end(stream);
  });
});
