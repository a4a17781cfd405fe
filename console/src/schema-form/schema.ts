import type { Config, JsonSchema } from '../model';

export type FieldKind = 'secret' | 'text' | 'longtext' | 'number' | 'switch' | 'choice' | 'list';

/** One setting as a form draws it. */
export interface FieldSpec {
  readonly name: string;
  readonly kind: FieldKind;
  readonly schema: JsonSchema;
  readonly required: boolean;
  /** Most people leave it as it is. */
  readonly advanced: boolean;
}

/** Settings that differ by the value of one of them. */
export interface Alternatives {
  readonly by: string;
  readonly options: readonly { readonly value: string; readonly title: string; readonly schema: JsonSchema }[];
}

export function alternativesOf(schema: JsonSchema): Alternatives | undefined {
  const all = schema.oneOf ?? schema.anyOf;
  const by = Object.entries(all?.[0]?.properties ?? {}).find(([, property]) => property.const !== undefined)?.[0];
  if (!all || !by) return undefined;
  const options = all.map((one) => {
    const { const: value, title } = one.properties?.[by] ?? {};
    return { value: String(value), title: title ?? String(value), schema: one };
  });
  return { by, options };
}

export function fieldsOf(schema: JsonSchema): readonly FieldSpec[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.const === undefined)
    .map(([name, property]) => {
      const kind = kindOf(property, name);
      const required = schema.required?.includes(name) === true && property.default === undefined;
      const rare = kind === 'switch' || kind === 'number' || /^Only for/.test(property.description ?? '');
      return { name, kind, schema: property, required, advanced: rare && !required };
    });
}

function kindOf(property: JsonSchema, name: string): FieldKind {
  if (property.secret) return 'secret';
  if (property.enum) return 'choice';
  if (property.type === 'boolean') return 'switch';
  if (property.type === 'number' || property.type === 'integer') return 'number';
  if (property.type === 'array') return 'list';
  return /prompt|welcome/i.test(name) || (property.maxLength ?? 0) > 300 ? 'longtext' : 'text';
}

/** What a form shows at first: what is stored, without secrets, else the defaults. */
export function initialConfig(schema: JsonSchema, stored: Config = {}): Config {
  const alternatives = alternativesOf(schema);
  const by = alternatives && { [alternatives.by]: stored[alternatives.by] ?? alternatives.options[0]?.value };
  const fields = (alternatives?.options.map((option) => option.schema) ?? [schema]).flatMap(fieldsOf);
  const shown = fields.map(({ name, kind, schema: { default: initial } }) => [
    name,
    kind === 'secret' ? undefined : (stored[name] ?? initial),
  ]);
  return { ...Object.fromEntries(shown), ...by };
}

/** What a form's values are to the API: an empty secret is kept, another setting that was emptied is taken away. */
export function configToSend(schema: JsonSchema, values: Config, stored: Config = {}): Config {
  const alternatives = alternativesOf(schema);
  const chosen = alternatives?.options.find(({ value }) => value === values[alternatives.by]);
  const fields = fieldsOf(chosen?.schema ?? schema);
  const given = fields.flatMap(({ name, kind, schema: { default: initial } }): [string, unknown][] => {
    const value = typeof values[name] === 'string' ? (values[name] as string).trim() : values[name];
    const empty =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0 && initial === undefined);
    if (!empty) return value === initial && stored[name] === undefined ? [] : [[name, value]];
    return kind !== 'secret' && stored[name] !== undefined ? [[name, null]] : [];
  });
  const names = new Set(fields.map(({ name }) => name));
  const gone = chosen ? Object.keys(stored).filter((name) => name !== alternatives?.by && !names.has(name)) : [];
  return Object.fromEntries([
    ...(chosen && alternatives ? [[alternatives.by, chosen.value] as [string, unknown]] : []),
    ...gone.map((name): [string, unknown] => [name, null]),
    ...given,
  ]);
}
