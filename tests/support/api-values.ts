import fc from 'fast-check';
import type { Schema } from './api-document';

/** One character more, and the 80th or 500th unit is half of one. */
const CUT = [80, 500].map((most) => `${'x'.repeat(most - 1)}🙂`);
/** Text as people write it, and as nobody should. */
const WORDS = [
  ...CUT,
  'a',
  '会话',
  '🙂🙂',
  'e\u0301',
  'שלום',
  "O'Hara; DROP TABLE events",
  '<b>x</b>',
  '../../etc/passwd',
  '***',
  '__proto__',
];
const DATES = [
  '2026-02-28T12:00:00Z',
  '2026-02-28T12:00:00.123456+08:00',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
];

/** Values that hardly any field takes. */
export const evil: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, -2_147_483_649, 0.5, 2 ** 31, 2 ** 53, 1e308, -1e308],
  ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udc00b', '\uffff\ufffe', '\u202e', '0', '1e3', 'null', 'x'.repeat(201), 'ü'.repeat(250_000)],
  ...['2026-02-30T00:00:00Z', '0000-00-00T00:00:00Z', '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59-23:59', 'yesterday'],
  ...['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'http://169.254.169.254/', 'javascript:alert(1)'],
  ...[[], [null], [[[]]], {}, { constructor: 1 }, JSON.parse('{"__proto__": {"admin": true}}'), Array(2000).fill('x'), deep(3000)],
);

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

const text: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 30 }));

/** Any value of a schema. What is said in words only, such as which settings a channel knows, it cannot know. */
export function anyOfSchema(schema: Schema): fc.Arbitrary<unknown> {
  const { type, anyOf, oneOf } = schema;
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (anyOf ?? oneOf) return fc.oneof(...(anyOf ?? oneOf ?? []).map(anyOfSchema));
  if (Array.isArray(type)) return fc.oneof(...type.map((one: string) => anyOfSchema({ ...schema, type: one })));
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return integerOf(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listOf(schema);
    case 'object':
      return objectOf(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function textOf({ format, pattern, minLength = 0, maxLength = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.constantFrom(...DATES);
  if (format === 'email') return fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `${name}@example.com`);
  if (format === 'base64') return fc.base64String({ maxLength: 40 });
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  const most = [...'x'.repeat(Math.min(maxLength, 2000))].join('');
  return fc.oneof(
    { weight: 5, arbitrary: text.map((given) => fitted(given, minLength, maxLength)) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(minLength), most) },
  );
}

const fitted = (given: string, least: number, most: number): string => {
  const points = [...given];
  return points.length < least ? given + 'y'.repeat(least - points.length) : points.slice(0, most).join('');
};

function integerOf({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Math.max(minimum, Number.MIN_SAFE_INTEGER), Math.min(maximum, Number.MAX_SAFE_INTEGER)];
  return fc.oneof(fc.integer({ min, max: Math.min(max, min + 100) }), fc.constantFrom(min, max));
}

const listOf = ({ items = {}, minItems = 0, maxItems = 3 }: Schema): fc.Arbitrary<unknown[]> =>
  fc.array(anyOfSchema(items), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });

function objectOf({ properties = {}, required = [], additionalProperties, propertyNames = {} }: Schema): fc.Arbitrary<object> {
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, anyOfSchema(one)])), {
    requiredKeys: required.filter((name) => name in properties),
    noNullPrototype: true,
  });
  if (typeof additionalProperties !== 'object' || Object.keys(properties).length > 0) return known;
  const names = propertyNames.maxLength === undefined ? text : textOf(propertyNames);
  return fc.dictionary(names, anyOfSchema(additionalProperties), { maxKeys: 3, noNullPrototype: true });
}

/** A value with every field that the schema has. */
export const wholeOfSchema = (schema: Schema): fc.Arbitrary<unknown> => anyOfSchema(whole(schema));

function whole(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(properties && {
      required: Object.keys(properties),
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, whole(one)])),
    }),
    ...(items && { items: whole(items), minItems: 1 }),
  };
}

/** What no field of text can keep, put into every place of a value in turn. */
export const unstorable = (value: unknown): readonly Damage[] =>
  placesOf(value).flatMap(([container, key], at) =>
    typeof container[key] === 'string' ? ['a\0b', 'a\ud800', CUT[0]].map((bad): Damage => ({ how: 'replace', at, value: bad })) : [],
  );

/** One thing that is done to a value so that it may no longer fit. */
export interface Damage {
  readonly how: 'replace' | 'remove' | 'add';
  /** Which place, counted over all places of the value. */
  readonly at: number;
  readonly value: unknown;
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add'),
  at: fc.nat(1000),
  value: evil,
});

/** The value with one thing wrong, mostly. */
export function damaged(value: unknown, { how, at, value: wrong }: Damage): unknown {
  const copy: unknown = value === undefined ? {} : JSON.parse(JSON.stringify(value));
  const places = placesOf(copy);
  const place = places[at % Math.max(1, places.length)];
  if (how === 'add' && isObject(copy)) return { ...copy, unheardOf: wrong };
  if (!place) return wrong;
  const [container, key] = place;
  if (how === 'remove' && !Array.isArray(container)) delete container[key];
  else Object.defineProperty(container, key, { value: wrong, enumerable: true, configurable: true, writable: true });
  return copy;
}

type Container = Record<string, unknown>;

const isObject = (value: unknown): value is Container => typeof value === 'object' && value !== null && !Array.isArray(value);

function placesOf(value: unknown): [Container, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key): [Container, string][] => [[container, key], ...placesOf(container[key])]);
}
