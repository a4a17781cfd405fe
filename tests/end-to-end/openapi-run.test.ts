import fc from 'fast-check';
import { holds, type Role, roles } from '../../domain/roles';
import { createApp } from '../../gateway/app';
import type { Notifications } from '../../runtime/notifications';
import {
  bodiesOf,
  bodyOf,
  callsOf,
  encoded,
  hangUp,
  type PlannedCall,
  queryValues,
  type SentCall,
  sampleCall,
  send,
  unstorableCalls,
} from '../support/api-calls';
import { type ApiDocument, type DescribedOperation, type RawReply, readDocument } from '../support/api-document';
import { openThings, type Things } from '../support/api-things';
import { routesOf } from '../support/routes';

jest.setTimeout(180_000);

/** The same calls each time; another seed looks elsewhere. */
const seed = Number(process.env.PARLEY_SEED ?? 1);
const RUNS = 12;
/** Of what asks for nothing but a path, or is gone afterwards. */
const FEW_RUNS = 3;
/** So many operations at a time: those without Temporal mostly wait for it. */
const AT_ONCE = 16;

/** Without Temporal these do what they can, and say 503. */
const WITHOUT_TEMPORAL = [
  'DELETE /integrations/{id}',
  'POST /integrations/{id}/disable',
  'POST /integrations/{id}/enable',
  'POST /integrations/{id}/restart',
  'POST /organizations/{id}/delete',
  'POST /tenants/{id}/delete',
];
/** Beside the sample, what is refused before anything is done. */
const AT_ONCE_REFUSED: readonly PlannedCall['kind'][] = ['sample', 'damaged body', 'strange bytes', 'strange id'];
const MAY_NEED_TEMPORAL = [...WITHOUT_TEMPORAL, 'PATCH /integrations/{id}'];
/** Only a platform's own signature, or a mail server, would make them succeed. */
const ALWAYS_REFUSED = ['GET /webhooks/{integrationId}', 'POST /sign-in/forgotten', 'POST /webhooks/{integrationId}'];

let things: Things;
let document: ApiDocument;
let keys: Readonly<Record<Role | 'stranger', string>>;

beforeAll(async () => {
  things = await openThings();
  const { store, scope, url } = things.gateway;
  document = readDocument(await (await fetch(`${url}/api/v1/openapi.json`)).json());
  const keyOf = async (role: Role) => [role, await store.access.createKey(role, role, role === 'platform' ? undefined : scope)] as const;
  const stranger = await store.access.createKey('stranger', 'tenant_admin', await store.access.createTenant('Other'));
  keys = { ...(Object.fromEntries(await Promise.all(roles.map(keyOf))) as Record<Role, string>), stranger };
});

afterAll(async () => {
  hangUp();
  await things?.close();
});

/** As samples and makers name it: without the base, which not every path has. */
const shortName = ({ method, path }: DescribedOperation): string => `${method} ${path.replace('/api/v1', '')}`;
const isDestructive = ({ method, path }: DescribedOperation): boolean => method === 'DELETE' || path.endsWith('/delete');
const isPlain = ({ body, query }: DescribedOperation): boolean => !body && Object.keys(query).length === 0;
/** The calls of an operation do not depend on which others there are. */
const seedOf = ({ name }: DescribedOperation): number => [...name].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) | 0, seed);
const bearer = (key: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${key}` });
const sampleOf = async (operation: DescribedOperation): Promise<object> => (await things.samples[shortName(operation)]?.()) ?? {};

/** Of somebody who may do this. */
async function credentials({ right, isOpen, path }: DescribedOperation): Promise<Readonly<Record<string, string>>> {
  if (isOpen) return {};
  if (path.startsWith('/api/v1/session')) return await things.session(path.includes('/sessions') ? 'known' : 'new');
  // What is said of a tenant disturbs all others; an export is disturbed by their names.
  const isApart = /^\/api\/v1\/(tenant|configuration\/export)\b/.test(path);
  return bearer(keys[right === 'platform' ? 'platform' : isApart ? 'stranger' : 'tenant_admin']);
}

/** What a sample asks in its address. */
const QUERIES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'GET /usage': [['by', 'expert']],
  'GET /exports/usage': [['by', 'expert']],
  'GET /sign-in/ways': [['email', 'ann@example.com']],
  'GET /sandbox/{integrationId}/stream': [['chat', 'c']],
  'POST /sandbox/{integrationId}/files': [['name', 'a.txt']],
};

interface Made {
  readonly sent: SentCall;
  readonly query: PlannedCall['query'];
  readonly body: unknown;
}

/** The call itself: real ids where the plan names no others. */
async function make(operation: DescribedOperation, plan: PlannedCall, by: Readonly<Record<string, string>>): Promise<Made> {
  const { method, path, body: takes } = operation;
  const names = path.includes('{') ? await things.named(path, isDestructive(operation) && Object.keys(plan.params).length === 0) : {};
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => plan.params[name] ?? names[name] ?? 'absent');
  const query = plan.kind === 'sample' ? (QUERIES[shortName(operation)] ?? []) : plan.query;
  const asked = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  const body = takes && !plan.bytes ? bodyOf(plan, plan.onSample ? await sampleOf(operation) : {}) : undefined;
  const content = plan.bytes?.content ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  const type = { ...(content && { 'content-type': plan.bytes?.type ?? 'application/json' }) };
  const headers = { ...operation.headers, ...type, ...by, ...plan.headers };
  return { query, body, sent: { method, path: asked ? `${place}?${asked}` : place, headers, ...(content && { content }) } };
}

/** Each complaint once for each operation, with the first call that led to it. */
function createComplaints() {
  const found = new Map<string, string>();
  return {
    add(
      complaint: string,
      { name }: DescribedOperation,
      { kind }: PlannedCall,
      { method, path, content, headers }: SentCall,
      { status, text }: RawReply,
    ) {
      const call = `${kind}: ${method} ${path.slice(0, 400)} ${content?.toString().slice(0, 400) ?? ''} ${JSON.stringify(headers).slice(0, 200)}`;
      const key = `${name}: ${complaint}`;
      if (!found.has(key)) found.set(key, `${key}\n  ${call}\n  → ${status} ${text.slice(0, 300)}`);
    },
    list: () => [...found.values()],
  };
}

async function forEach(operations: readonly DescribedOperation[], work: (operation: DescribedOperation) => Promise<void>): Promise<void> {
  // What waits for Temporal begins first.
  const queue = [...operations].sort(
    (a, b) => Number(WITHOUT_TEMPORAL.includes(shortName(b))) - Number(WITHOUT_TEMPORAL.includes(shortName(a))),
  );
  const worker = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test('every route is in openapi.json, and every operation of it is a route', async () => {
  const silence: Notifications = { subscribe: () => () => undefined, close: async () => undefined };
  const routes = routesOf(await createApp(things.gateway.deps, { memory: silence, status: silence }));
  const described = document.operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
  // Every process answers these, in front of all routes.
  const health = ['GET /healthz', 'GET /readyz', 'GET /metrics'];
  expect([...routes, ...health].sort()).toEqual([...described].sort());
});

describe(`every operation of openapi.json (PARLEY_SEED=${seed})`, () => {
  test('answers fitting and unfitting calls as the document says', async () => {
    const complaints = createComplaints();
    const [failed, away] = [new Set(document.operations.map(shortName)), new Set<string>()];
    await forEach(document.operations, async (operation) => {
      const runs = isDestructive(operation) || isPlain(operation) ? FEW_RUNS : RUNS;
      const own = seedOf(operation);
      const plans = [
        sampleCall,
        ...fc.sample(callsOf(operation, bodiesOf(operation, document)), { numRuns: runs, seed: own }),
        ...unstorableCalls(operation, document, await sampleOf(operation), own),
      ];
      // Each call that Temporal would have to answer takes seconds.
      const waits = WITHOUT_TEMPORAL.includes(shortName(operation));
      const queue = plans.filter(({ kind }) => !waits || AT_ONCE_REFUSED.includes(kind));
      const sender = async () => {
        for (let plan = queue.shift(); plan; plan = queue.shift()) {
          const { sent, query, body } = await make(operation, plan, await credentials(operation));
          const reply = await send(things.gateway.url, sent);
          for (const one of operation.complaints(reply)) complaints.add(one, operation, plan, sent, reply);
          const fits = plan.bytes !== undefined || operation.fits(queryValues(query), body);
          if (reply.status < 400 && !fits) complaints.add('what does not fit was accepted', operation, plan, sent, reply);
          if (reply.status < 400) failed.delete(shortName(operation));
          if (reply.status === 503) away.add(shortName(operation));
        }
      };
      await Promise.all([sender(), sender(), sender()]);
    });
    expect(complaints.list()).toEqual([]);
    expect([...away].filter((one) => !MAY_NEED_TEMPORAL.includes(one))).toEqual([]);
    expect([...failed].sort()).toEqual([...WITHOUT_TEMPORAL, ...ALWAYS_REFUSED].sort());
  });

  test('is refused to callers without a key, without the right, and of another tenant', async () => {
    const complaints = createComplaints();
    await forEach(
      document.operations.filter(({ isOpen }) => !isOpen),
      async (operation) => {
        const { right, path } = operation;
        const expected = async (by: Readonly<Record<string, string>>, status: number) => {
          const { sent } = await make(operation, sampleCall, by);
          const reply = await send(things.gateway.url, sent);
          for (const one of operation.complaints(reply)) complaints.add(one, operation, sampleCall, sent, reply);
          if (reply.status !== status) complaints.add(`${status} was expected`, operation, sampleCall, sent, reply);
        };
        await expected({}, 401);
        await expected(bearer('parley_of_nobody'), 401);
        if (right) for (const role of roles) if (!holds(role, right)) await expected(bearer(keys[role]), 403);
        if (/\{\w*id\}/i.test(path) && right !== 'platform') await expected(bearer(keys.stranger), 404);
      },
    );
    expect(complaints.list()).toEqual([]);
  });

  test('shows those who only read no more than the document says', async () => {
    const complaints = createComplaints();
    const reading = document.operations.filter(
      ({ method, right, path }) => method === 'GET' && (right === 'read' || right === 'audit') && !path.includes('{version}'),
    );
    for (const role of ['viewer', 'auditor', 'operator', 'platform'] as const)
      await forEach(reading, async (operation) => {
        if (!operation.right || !holds(role, operation.right)) return;
        const { sent } = await make(operation, sampleCall, bearer(keys[role]));
        const reply = await send(things.gateway.url, sent);
        for (const one of operation.complaints(reply)) complaints.add(one, operation, sampleCall, sent, reply);
        if (reply.status >= 400) complaints.add(`refused to the role ${role}`, operation, sampleCall, sent, reply);
      });
    expect(complaints.list()).toEqual([]);
  });
});
