import { randomUUID } from 'node:crypto';
import { openStore } from '../../store';
import { row } from '../../store/database';
import type { Scope } from '../../store/scope';
import { type Answer, type ApiTester, createApiTester } from '../support/api';
import { type RefusingApi, startRefusingApi } from '../support/refusing-api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

let stack: RunningStack;
let api: ApiTester;
let refusing: RefusingApi;
let foreignKey: string;
let platformKey: string;
let routes: readonly Route[];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly hasBody: boolean;
  readonly right: string;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: object; readonly 'x-parley-right'?: string }>>>>;
}

beforeAll(async () => {
  [stack, refusing] = await Promise.all([startStack(), startRefusingApi()]);
  api = createApiTester(stack);
  const store = openStore({
    databaseUrl: stack.stack.databaseUrl,
    secretKey: Buffer.alloc(32).toString('base64'),
    maxConnections: 1,
  });
  platformKey = await store.access.createKey('tests', 'platform', undefined);
  await store.close();
  foreignKey = (await api.call('POST', 'tenants', { name: 'Elsewhere' }, platformKey)).body.apiKey;
  const document = (await api.call('GET', 'openapi.json', undefined, '')).body as unknown as Document;
  routes = Object.entries(document.paths)
    .filter(([path, item]) => !('servers' in item) && path !== '/session')
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, { requestBody, 'x-parley-right': right = '' }]) => ({
        method: method.toUpperCase(),
        path: path.slice(1),
        hasBody: requestBody !== undefined,
        right,
      })),
    );
});

afterAll(async () => {
  refusing?.close();
  await stack?.stop();
});

/** One line per route: what it answered, and whether that was a problem document. */
async function ask(chosen: readonly Route[], path: (route: Route) => string, key: string | undefined): Promise<string[]> {
  const answers: string[] = [];
  for (const route of chosen) {
    const { status, type, body } = await api.call(route.method, path(route), route.hasBody ? {} : undefined, key);
    answers.push(
      `${route.method} ${route.path}: ${status}${type.includes('application/problem+json') && body.status === status ? ' problem' : ''}`,
    );
  }
  return answers;
}

const all = (chosen: readonly Route[], status: number): string[] =>
  chosen.map(({ method, path }) => `${method} ${path}: ${status} problem`);
const withId = (): readonly Route[] => routes.filter(({ path, right }) => path.includes('{') && !['tenant', 'platform'].includes(right));
/** They name kinds, the same ones in every organization. */
const ofNobody = ({ path }: Route): boolean => /^(channels|plugins)\//.test(path);
const anyIds = ({ path }: Route): string => path.replace(/\{\w+\}/g, randomUUID());
const realIds =
  (ids: Readonly<Record<string, string>>) =>
  ({ path }: Route): string =>
    path
      .replace(/^([\w-]+)\/\{\w+\}/, (whole, noun: string) => (ids[noun] ? `${noun}/${ids[noun]}` : whole))
      .replace('{triggerId}', ids.triggers ?? '')
      .replace('{version}', '1');

test('every route asks for a key', async () => {
  expect(routes.length).toBeGreaterThan(30);
  expect(await ask(routes, anyIds, '')).toEqual(all(routes, 401));
  expect(await ask(routes.slice(0, 3), anyIds, 'parley_wrong')).toEqual(all(routes.slice(0, 3), 401));
});

test('no route knows an id that is unknown, or none at all', async () => {
  expect(await ask(withId(), anyIds, undefined)).toEqual(all(withId(), 404));
  expect(await ask(withId(), ({ path }) => path.replace(/\{\w+\}/g, "1'--"), undefined)).toEqual(all(withId(), 404));
});

/** Somebody who belongs to the demo organization and has signed in. */
async function member(): Promise<{ readonly members: string; readonly sessions: string }> {
  const { databaseUrl, sandbox } = stack.stack;
  const store = openStore({ databaseUrl, secretKey: Buffer.alloc(32).toString('base64'), maxConnections: 1 });
  try {
    const scope = (await row<Scope>(
      store.db,
      'SELECT tenant_id AS "tenantId", organization_id AS "organizationId" FROM integrations WHERE id = ?',
      [sandbox.integrationId],
    ))!;
    const user = await store.users.create({ tenantId: scope.tenantId, email: 'member@example.com', name: 'Member' });
    await store.users.setMember(scope, user.id, 'viewer');
    const how = { way: 'password', ip: '127.0.0.1', ua: 'test', now: new Date(), idleMs: 3_600_000, totalMs: 3_600_000 } as const;
    return { members: user.id, sessions: (await store.sessions.open(user, how)).id };
  } finally {
    await store.close();
  }
}

test('every route hides what belongs to another organization, and leaves it alone', async () => {
  const talk = await api.newTalk({ backend: 'openai', config: { baseUrl: `${refusing.url}/v1`, model: 'm', apiKey: 'k' } });
  await api.say(talk.integrationId, 'hello');
  const { id, turns } = await api.answered(talk.integrationId);
  const reference = turns[0]!.error.reference;
  const limit = { name: 'A day', measure: 'tokens', amount: 1000, period: 'day' };
  const hook = { name: 'hook', channel: 'webhook', config: { url: 'http://127.0.0.1:9/', secret: 'a secret of the hook' } };
  const path = realIds({
    ...(await member()),
    'spending-limits': (await api.make('spending-limits', limit)).id,
    alerts: (await api.make('alerts', hook)).id,
    users: (await api.make('users', { username: randomUUID(), email: 'ann@example.com' })).id,
    invitations: (await api.make('invitations', { email: 'new@example.com', role: 'viewer' })).id,
    keys: (await api.make('keys', { name: 'Key', role: 'viewer' })).id,
    people: (await api.call('GET', `people?integrationId=${talk.integrationId}`)).body.items[0]!.id,
    integrations: talk.integrationId,
    sandbox: talk.integrationId,
    experts: talk.expertId,
    triggers: talk.triggerId,
    conversations: id,
    references: reference,
  });
  const known = withId().filter((route) => !ofNobody(route));
  // What a new route names has to be made above. Of files alone there is none: the sandbox around them is foreign already.
  expect(known.map(path).filter((one) => one.includes('{') && !one.endsWith('{fileId}'))).toEqual([]);
  const readable = known.filter(({ method, path: one }) => method === 'GET' && !/stream$|\{fileId\}$/.test(one));
  expect(await ask(readable, path, undefined)).toEqual(readable.map((route) => `GET ${route.path}: 200`));

  expect(await ask(known, path, foreignKey)).toEqual(all(known, 404));
  for (const list of ['integrations', 'experts', 'conversations', 'events?state=unended']) {
    expect((await api.call('GET', list, undefined, foreignKey)).body).toEqual({ items: [], nextCursor: null });
  }

  expect(await ask(readable, path, undefined)).toEqual(readable.map((route) => `GET ${route.path}: 200`));
  const resolved = { reference, code: 'bad_credentials', conversationId: id, turnId: turns[0]!.id };
  expect((await api.call('GET', `references/${reference}`)).body).toMatchObject(resolved);
  expect((await api.call('GET', `integrations/${talk.integrationId}`)).body).toMatchObject({ enabled: true });
  const left = { state: 'open', turns: [{ state: 'failed', error: { reference, reason: expect.any(String) } }] };
  expect((await api.call('GET', `conversations/${id}`)).body).toMatchObject(left);
});

test('a foreign integration cannot be bound', async () => {
  const { id } = (await api.call('POST', 'experts', { name: 'Foreign', backend: 'echo' }, foreignKey)).body;
  const body = { integrationId: stack.stack.sandbox.integrationId };
  expect(await api.call('POST', `experts/${id}/triggers`, body, foreignKey)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'integrationId' }] },
  });
});

test('what is not JSON, too large or unfit is refused, and no refusal names what it is made of', async () => {
  const answers: Answer[] = [
    await api.call('POST', 'experts', '{"name":'),
    await api.call('POST', 'experts', { name: 'x'.repeat(1_100_000) }),
    await api.call('POST', 'experts', { name: ' ', backend: 'oracle', extra: 1 }),
    await api.call('POST', 'experts', []),
    await api.call('POST', 'experts', '"text"'),
    await api.call('POST', 'experts'),
    await api.call('POST', 'experts', { name: 'a\0b', backend: 'echo' }),
    await api.call('GET', 'experts?limit=0&cursor=x'),
    await api.call('GET', 'experts?cursor=bm9uc2Vuc2U'),
    await api.call('GET', 'conversations?q=%00'),
    await api.call('GET', 'conversations?state=lost&from=yesterday&integrationId=1'),
    await api.call('GET', 'integrations/%E0%A4%A'),
    await api.call('GET', 'nowhere'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 413, ...Array<number>(9).fill(422), 404, 404]);
  expect(answers[2]?.body.errors.map(({ path }) => path).sort()).toEqual(['extra', 'name']);
  for (const { type, body, headers } of answers) {
    expect(type).toContain('application/problem+json');
    expect(body).toMatchObject({ type: expect.stringMatching(/^urn:parley:/), title: expect.any(String) });
    expect(`${JSON.stringify(body)} ${[...headers].join()}`).not.toMatch(/express|zod|node_modules|postgres/i);
  }
});

test('the platform key creates tenants and sees nothing else; no other key creates any', async () => {
  const others = routes.filter(({ right }) => !['platform', 'audit', 'self'].includes(right));
  const refused = (await ask(others, anyIds, platformKey)).filter((answer) => !answer.endsWith(': 403 problem'));
  expect(refused).toEqual([]);
  expect(await api.call('POST', 'tenants', { name: 'Mine' })).toMatchObject({ status: 403 });
  expect(await api.call('POST', 'tenants', { name: '' }, platformKey)).toMatchObject({ status: 422 });
});

it('the metrics tell the state of every connection and that nothing lacks an end', async () => {
  const metrics = async () => (await fetch(new URL('/metrics', stack.stack.apiUrl))).text();
  const { integrationId } = stack.stack.sandbox;
  for (let left = 100; left > 0 && !(await metrics()).includes(`{integration="${integrationId}",state="connected"} 1`); left--) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await metrics()).toContain(`parley_connection_state{integration="${integrationId}",state="connected"} 1`);
  expect(await metrics()).toMatch(/^parley_unended_events 0$/m);
});
