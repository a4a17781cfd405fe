import { z } from 'zod';
import { backends } from '../../agents';
import { channels } from '../../channels';
import { Refusal } from '../../domain/errors';
import { fieldsOf, mask, mergeSettings } from './masking';

const secret = z.string().min(1).meta({ secret: true });
const schema = z.object({
  appId: z.string().min(1),
  appSecret: secret,
  token: secret.optional(),
  domain: z.string().default('https://example.com'),
});
const stored = { appId: 'a', appSecret: 's3cret', domain: 'https://example.com' };

const errorsOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, errors: error.errors };
    throw error;
  }
  return undefined;
};

test('secrets are shown as stars, everything else as it is', () => {
  expect(mask(schema, stored)).toEqual({ ...stored, appSecret: '***' });
});

test('what the schema does not know is never shown', () => {
  expect(mask(schema, { ...stored, encryptKey: 'of another mode' })).not.toHaveProperty('encryptKey');
  expect(mask(undefined, stored)).toEqual({});
});

test('an absent secret, or stars, keep what is stored', () => {
  expect(mergeSettings(schema, stored, { appId: 'b' })).toEqual({ ...stored, appId: 'b' });
  expect(mergeSettings(schema, stored, { appSecret: '***' })).toEqual(stored);
});

test('null takes an optional setting away, and a needed one is then missing', () => {
  expect(mergeSettings(schema, { ...stored, token: 't' }, { token: null })).toEqual(stored);
  expect(errorsOf(() => mergeSettings(schema, stored, { appId: null }))).toMatchObject({ status: 422, errors: [{ path: 'config.appId' }] });
});

test('an empty secret is refused with its path', () => {
  expect(errorsOf(() => mergeSettings(schema, stored, { appSecret: '' }))).toMatchObject({
    status: 422,
    errors: [{ path: 'config.appSecret' }],
  });
});

test('stars are no secret where nothing is stored', () => {
  expect(errorsOf(() => mergeSettings(schema, {}, { appId: 'a', appSecret: '***' }))).toMatchObject({
    errors: [{ path: 'config.appSecret' }],
  });
});

test('an unknown setting is refused, one left from another mode is dropped', () => {
  expect(errorsOf(() => mergeSettings(schema, stored, { appSecrte: 'x' }))).toMatchObject({ errors: [{ path: 'config.appSecrte' }] });
  expect(mergeSettings(schema, { ...stored, encryptKey: 'old' }, {})).toEqual(stored);
});

test('a name that JavaScript gives a meaning to is a setting like any other', () => {
  const given = JSON.parse('{"__proto__": {"appId": "x"}}') as Record<string, unknown>;
  expect(errorsOf(() => mergeSettings(schema, stored, given))).toMatchObject({ errors: [{ path: 'config.__proto__' }] });
});

test('a secret of one alternative is a secret in all of them', () => {
  const either = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('bot'), token: secret }),
    z.object({ kind: z.literal('app'), token: z.string(), corpId: z.string() }),
  ]);
  expect(mask(either, { kind: 'app', token: 't', corpId: 'c' })).toEqual({ kind: 'app', token: '***', corpId: 'c' });
});

test.each([
  ...channels.flatMap(({ name, modes }) => modes.map((mode) => [`${name} ${mode.name}`, mode.config] as const)),
  ...backends.map(({ name, config }) => [name, config] as const),
])('every setting of %s that smells of a secret is marked as one', (_, config) => {
  const suspicious = [...fieldsOf(config)].filter(([name]) => /secret|token$|(?<!route)key$|password/i.test(name));
  expect(suspicious.filter(([, isSecret]) => !isSecret)).toEqual([]);
});
