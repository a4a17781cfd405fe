import { Agent, request } from 'node:http';
import fc from 'fast-check';
import type { ApiDocument, DescribedOperation, RawReply, Schema } from './api-document';
import { anyOfSchema, type Damage, damage, damaged, evil, unstorable, wholeOfSchema } from './api-values';

/** One call, as far as it is known before there is anything to name in it. */
export interface PlannedCall {
  readonly kind: 'sample' | 'fitting' | 'damaged body' | 'damaged query' | 'strange bytes' | 'strange id' | 'strange header';
  /** Path parameters that are not the ids of something real; percent-encoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  /** Of the schema; what stands in the operation's sample goes before it where `onSample`. */
  readonly body?: unknown;
  readonly onSample: boolean;
  readonly damage?: Damage;
  readonly bytes?: { readonly content: Buffer; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** What really goes out. */
export interface SentCall {
  readonly method: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: Buffer;
}

/** The plainest call: the sample alone. */
export const sampleCall: PlannedCall = { kind: 'sample', params: {}, query: [], body: {}, onSample: true };

const STRANGE_IDS = ['%00', '%ff', '%', '%ED%A0%80', '..%2f..', '0', '-1', '1e9', '%F0%9F%99%82', "'", 'x'.repeat(3000)];
const STRANGE_BYTES = [
  '',
  '{',
  '{"a":',
  'nul',
  '[1,',
  '"\\ud800"',
  '{"a":1}{"b":2}',
  '\u0000',
  '\ufeff{}',
  '[]',
  '1',
  'null',
  `${'['.repeat(50_000)}`,
];
const TYPES = [
  'application/json',
  'text/plain',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'multipart/form-data',
  'x',
];

/** Node refuses addresses of 16 KB itself. */
const MOST_IN_QUERY = 1000;

/** Calls of an operation that fit what is said about it, and calls that do not. @param bodies fitting ones */
export function callsOf(operation: DescribedOperation, bodies: fc.Arbitrary<unknown>): fc.Arbitrary<PlannedCall> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const common = { params: fc.constant({}), query: queryOf(operation), body: bodies, onSample: fc.boolean() };
  const of = (kind: PlannedCall['kind'], weight: number, more: object) => ({
    weight,
    arbitrary: fc.record({ ...common, kind: fc.constant(kind), ...more }) as unknown as fc.Arbitrary<PlannedCall>,
  });
  const hasQuery = Object.keys(operation.query).length > 0;
  const headers = operation.isOpen ? fc.constant({ accept: 'text/html' }) : strangeHeaders;
  return fc.oneof(
    of('fitting', 4, {}),
    of('damaged query', hasQuery ? 4 : 1, { query: damagedQuery(operation), onSample: fc.constant(true) }),
    ...(operation.body ? [of('damaged body', 6, { damage }), of('strange bytes', 1, { bytes })] : []),
    ...(names.length > 0 ? [of('strange id', 2, { params: strangeParams(names), onSample: fc.constant(true) })] : []),
    of('strange header', 1, { headers, onSample: fc.constant(true) }),
  );
}

/** Where an operation takes the settings of a channel or backend, those that the document has: the fields that name one, and its schema. */
function settingsOf({ method, path }: DescribedOperation, { schemas }: ApiDocument): readonly (readonly [object, Schema])[] {
  const noun = method === 'GET' ? undefined : /\/(integrations|experts)(\/\{id\})?$/.exec(path)?.[1];
  return Object.entries(schemas).flatMap(([name, schema]): [object, Schema][] => {
    const [settings, kind, mode] = name.split('.');
    if (settings !== 'Settings' || !noun || (noun === 'integrations') !== (mode !== undefined)) return [];
    return [[mode === undefined ? { backend: kind } : { channel: kind, mode }, schema]];
  });
}

/** Bodies that fit an operation. */
export function bodiesOf(operation: DescribedOperation, document: ApiDocument): fc.Arbitrary<unknown> {
  if (!operation.body) return fc.constant(undefined);
  const any = anyOfSchema(operation.body.schema);
  const special = settingsOf(operation, document).map(([named, schema]) =>
    fc.tuple(any, anyOfSchema(schema)).map(([rest, config]) => ({ ...(rest as object), ...named, config })),
  );
  return fc.oneof(any, ...special);
}

/** Addresses are described as text: any other would be refused before anything else is looked at. */
const withAddresses = (config: object): object =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, /url|base|domain/i.test(name) ? 'http://127.0.0.1:9' : value]));

/** Calls with text that nothing can store, in every field of the body in turn. */
export function unstorableCalls(
  operation: DescribedOperation,
  document: ApiDocument,
  sample: object,
  seed: number,
): readonly PlannedCall[] {
  if (!operation.body) return [];
  const one = (schema: Schema): object => fc.sample(wholeOfSchema(schema), { numRuns: 1, seed })[0] as object;
  const whole = { ...one(operation.body.schema), ...sample };
  const planned = (body: object): PlannedCall => ({ ...sampleCall, kind: 'damaged body', body, onSample: false });
  const settings = settingsOf(operation, document).flatMap(([named, schema]) => {
    const config = withAddresses(one(schema));
    return unstorable(config).map((wrong) => planned({ ...whole, ...named, config: damaged(config, wrong) }));
  });
  return [...unstorable(whole).map((wrong) => ({ ...planned(whole), damage: wrong })), ...settings];
}

const bytes = fc.record({
  content: fc.oneof(
    fc.constantFrom(...STRANGE_BYTES).map((text) => Buffer.from(text)),
    fc.constantFrom(Buffer.from([0xff, 0xfe, 0x22]), Buffer.from('{"name":"\ud83d"}', 'utf16le'), Buffer.alloc(1_100_000, ' ')),
  ),
  type: fc.constantFrom(...TYPES),
});

const strangeParams = (names: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc
    .tuple(fc.nat(names.length - 1), fc.oneof(fc.uuid(), fc.constantFrom(...STRANGE_IDS)))
    .map(([place, value]) => ({ [names[place] ?? '']: value }));

const strangeHeaders = fc.oneof(
  fc.oneof(fc.uuid(), fc.constantFrom('', 'x', "'", '\u00ff')).map((value) => ({ 'x-parley-organization': value })),
  fc
    .constantFrom('%', '%00', '%ED%A0%80', encodeURIComponent(`${'x'.repeat(499)}🙂`), 'x'.repeat(3000), '\u00e9')
    .map((value) => ({ 'x-parley-reason': value })),
  fc.constantFrom('Bearer ', 'Bearer x', 'Basic eDp5', 'x', 'Bearer \u00e9').map((value) => ({ authorization: value })),
);

/** Cursors of the right form that no list has given. */
const cursors = fc
  .constantFrom<unknown>(
    ...[
      ['2026-02-28T12:00:00.000000Z', '6f2d8f0e-3c0f-4a43-9d6f-0a8f7f3b7a11'],
      ['0000-01-01T00:00:00.000000Z', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ],
    ...[[0], [1], [2 ** 31], [Number.MAX_SAFE_INTEGER], [1, 'key'], [Number.MAX_SAFE_INTEGER, 'a\0b'], [1, '\ud800'], [null], [], {}, 'x'],
    ...[[2_147_483_647, '0000-01-01T00:00:00.000000Z', '6f2d8f0e-3c0f-4a43-9d6f-0a8f7f3b7a11']],
  )
  .map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));

function queryOf({ query }: DescribedOperation): fc.Arbitrary<[string, string][]> {
  const fields = Object.entries(query).map(([name, schema]) =>
    fc
      .option(name === 'cursor' ? fc.oneof(cursors, anyOfSchema(schema)) : anyOfSchema(schema), { freq: 2, nil: undefined })
      .map((value): [string, string][] => (value === undefined ? [] : [[name, String(value)]])),
  );
  return fc.tuple(...fields).map((given) => given.flat());
}

function damagedQuery(operation: DescribedOperation): fc.Arbitrary<[string, string][]> {
  const names = Object.keys(operation.query);
  const values = evil.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MOST_IN_QUERY));
  return fc
    .tuple(queryOf(operation), fc.constantFrom(...names, 'unheardOf', '__proto__', 'a[b]'), values, fc.boolean())
    .map(([query, name, value, twice]) => [...query.filter(([one]) => twice || one !== name), [name, value]]);
}

/** The body that a plan stands for; undefined where the operation takes none. */
export function bodyOf({ body, onSample, damage: wrong }: PlannedCall, sample: object): unknown {
  const whole = body === undefined ? undefined : onSample ? { ...(body as object), ...sample } : body;
  return wrong ? damaged(whole, wrong) : whole;
}

/** Repeated names become lists, as a reader of the address sees them. */
export function queryValues(query: PlannedCall['query']): Record<string, unknown> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of query) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(values);
}

/** Percent-encoded byte by byte: also what no well-formed text is. */
export const encoded = (text: string): string =>
  [...text].map((one) => (/\p{Surrogate}/u.test(one) ? '%ED%A0%80' : encodeURIComponent(one))).join('');

const agent = new Agent({ keepAlive: true, maxSockets: 48 });

/** Sends bytes as they are. Of a stream of events only the beginning is waited for. */
export const send = (origin: string, { method, path, headers, content }: SentCall): Promise<RawReply> =>
  new Promise((resolve, reject) => {
    const call = request(`${origin}${path}`, {
      method,
      agent,
      headers: { ...headers, ...(content && { 'content-length': content.length }) },
    });
    call.on('error', (error) => reject(new Error(`${method} ${path.slice(0, 400)} got no answer: ${error.message}`, { cause: error })));
    call.on('response', (response) => {
      const type = (response.headers['content-type'] ?? '').split(';')[0]!.trim();
      const status = response.statusCode ?? 0;
      if (type === 'text/event-stream') {
        response.on('error', () => undefined);
        call.destroy();
        return resolve({ status, type, text: '' });
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status, type, text: Buffer.concat(chunks).toString('utf8') }));
    });
    call.end(content);
  });

/** Lets go of what is kept open. */
export const hangUp = (): void => agent.destroy();
