import type { Role } from '../../domain/roles';
import { row } from '../../store/database';
import { hangUp, type SentCall, send } from '../support/api-calls';
import { type ApiDocument, type DescribedOperation, readDocument } from '../support/api-document';
import { openThings, type Things } from '../support/api-things';

jest.setTimeout(180_000);

/** What changes nothing that administrators are answerable for, or could not succeed here; and why. */
const UNRECORDED: Readonly<Record<string, string>> = {
  'POST /sign-in/links/look': 'only reads; the token is no part of an address',
  'PATCH /session': 'chooses where later calls act, and each of their records names its organization',
  'POST /sign-in/forgotten': 'is refused without a mail server; with one, gateway/sign-in-mail.test.ts looks at the record',
  'POST /channels/{name}/register': 'makes nothing until a code was scanned; gateway/channel-register.test.ts looks at the record',
  'POST /sandbox/{integrationId}/messages': 'speaks in a chat: that is in the ledger',
  'POST /sandbox/{integrationId}/files': 'as above',
  'POST /sandbox/{integrationId}/actions': 'as above',
  'POST /webhooks/{integrationId}': 'a platform speaks: that is in the ledger',
};

let things: Things;
let document: ApiDocument;
let keys: Readonly<Record<'tenant_admin' | 'platform' | 'stranger', string>>;

beforeAll(async () => {
  things = await openThings();
  const { store, scope, url } = things.gateway;
  document = readDocument(await (await fetch(`${url}/api/v1/openapi.json`)).json());
  const keyOf = (role: Role, of = role === 'platform' ? undefined : scope) => store.access.createKey(role, role, of);
  const other = await store.access.createTenant('Other');
  keys = {
    ...{ tenant_admin: await keyOf('tenant_admin'), platform: await keyOf('platform') },
    stranger: await keyOf('tenant_admin', other),
  };
});

afterAll(async () => {
  hangUp();
  await things?.close();
});

const shortName = ({ method, path }: DescribedOperation): string => `${method} ${path.replace('/api/v1', '')}`;

async function credentials({ right, isOpen, path }: DescribedOperation): Promise<Readonly<Record<string, string>>> {
  if (isOpen) return {};
  if (path.startsWith('/api/v1/session')) return await things.session(path.includes('/sessions') ? 'known' : 'new');
  // The names of what the other calls make stand in the way of an export.
  const role = path.endsWith('/configuration/export') ? 'stranger' : right === 'platform' ? 'platform' : 'tenant_admin';
  return { authorization: `Bearer ${keys[role]}` };
}

const newestRecord = async (): Promise<number> =>
  (await row<{ seq: number }>(things.gateway.store.db, 'SELECT COALESCE(max(seq), 0) AS seq FROM audit', []))!.seq;

/** The plainest call that succeeds. What it names is made now, which leaves records too. */
async function plan(operation: DescribedOperation): Promise<SentCall> {
  const names = operation.path.includes('{') ? await things.named(operation.path, true) : {};
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'absent');
  const sample = operation.body && ((await things.samples[shortName(operation)]?.()) ?? {});
  const headers = { ...operation.headers, ...(await credentials(operation)), ...(sample && { 'content-type': 'application/json' }) };
  return { method: operation.method, path, headers, ...(sample && { content: Buffer.from(JSON.stringify(sample)) }) };
}

test('every operation that changes something leaves a record, or is known to need none', async () => {
  const changing = document.operations.filter(({ method }) => method !== 'GET');
  expect(Object.keys(UNRECORDED).filter((name) => !changing.some((one) => shortName(one) === name))).toEqual([]);
  const complaints: string[] = [];
  for (const operation of changing.filter((one) => !(shortName(one) in UNRECORDED))) {
    const planned = await plan(operation);
    const before = await newestRecord();
    const { status } = await send(things.gateway.url, planned);
    // Temporal is away here: what it would have to be told of is recorded, and that it was not.
    if (status >= 400 && status !== 503) complaints.push(`${shortName(operation)} answered ${status}`);
    if ((await newestRecord()) === before) complaints.push(`${shortName(operation)} left no record`);
  }
  expect(complaints).toEqual([]);
});
