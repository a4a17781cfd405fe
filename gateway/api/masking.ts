import { z } from 'zod';
import type { FieldError } from '../../domain/errors';
import { checkFields, isStorable, NOT_STORABLE, unfit } from './checking';

/** Stands for a secret in answers; sent back it keeps the secret. */
const MASK = '***';

export type Settings = Readonly<Record<string, unknown>>;

/** The form of some settings, as consoles draw it. */
export const formOf = (schema: z.ZodType): Settings => ({ ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) });

const known = new WeakMap<z.ZodType, ReadonlyMap<string, boolean>>();

/** Names of the settings that a schema knows; true for secrets. */
export function fieldsOf(schema: z.ZodType): ReadonlyMap<string, boolean> {
  const found = known.get(schema) ?? new Map(propertiesOf(formOf(schema)));
  known.set(schema, found);
  return found;
}

/** Alternatives (a robot or an app) are looked at together; a secret in any of them is one everywhere. */
function propertiesOf(form: unknown): [string, boolean][] {
  if (typeof form !== 'object' || form === null) return [];
  const { properties = {}, anyOf = [], oneOf = [], allOf = [] } = form as JsonSchema;
  const own = Object.entries(properties).map(([name, property]): [string, boolean] => [name, holdsSecret(property)]);
  const all = [...own, ...[anyOf, oneOf, allOf].flat().flatMap(propertiesOf)];
  const secret = new Set(all.filter(([, isSecret]) => isSecret).map(([name]) => name));
  return all.map(([name]) => [name, secret.has(name)]);
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
}

const holdsSecret = (form: unknown): boolean =>
  typeof form === 'object' && form !== null && ((form as { secret?: unknown }).secret === true || Object.values(form).some(holdsSecret));

/** Settings as answers show them: secrets hidden, and whatever the schema does not know left out, for it might be one. */
export function mask(schema: z.ZodType | undefined, settings: Settings): Settings {
  if (!schema) return {};
  const fields = fieldsOf(schema);
  const shown = Object.entries(settings).filter(([name]) => fields.has(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, fields.get(name) && isThere(value) ? MASK : value]));
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/**
 * Merges by key and checks the whole: absent or `***` keeps a secret, null takes a setting away.
 * @throws Refusal 422 with paths such as `config.appSecret`: an empty secret, an unknown setting, or what the schema says
 */
export function mergeSettings<T>(schema: z.ZodType<T>, current: Settings, given: Settings): T {
  const fields = fieldsOf(schema);
  const errors = Object.entries(given).flatMap(([name, value]): FieldError[] => {
    if (!fields.has(name)) return [{ path: `config.${name}`, message: 'is not a setting here' }];
    if (fields.get(name) && value === '') return [{ path: `config.${name}`, message: 'must not be empty: leave it out to keep it' }];
    return [];
  });
  if (errors.length > 0) throw unfit(errors);
  const kept = Object.entries(current).filter(([name]) => fields.has(name));
  const changed = Object.entries(given).filter(([name, value]) => !(fields.get(name) && value === MASK));
  const merged = [...new Map([...kept, ...changed])].filter(([, value]) => value !== null);
  const fitting = checkFields(schema, Object.fromEntries(merged), 'config');
  const broken = Object.entries(fitting as Settings).filter(([, value]) => !isStorable(value));
  if (broken.length > 0) throw unfit(broken.map(([name]) => ({ path: `config.${name}`, message: NOT_STORABLE })));
  return fitting;
}
