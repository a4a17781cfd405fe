import { AutoComplete, Collapse, Form, type FormRule, Input, InputNumber, Radio, Select, Switch } from 'antd';

import type { Config, JsonSchema } from '../model';
import { usePreferences } from '../preferences';
import { alternativesOf, type FieldSpec, fieldsOf } from './schema';
import { translated } from './translations';

interface Props {
  readonly schema: JsonSchema;
  /** Settings that are stored already: their secrets may stay empty. */
  readonly stored?: Config | undefined;
  /** Name of the settings within the surrounding form. */
  readonly under?: string;
}

/** The settings that a JSON Schema describes, as items of the surrounding form. */
export function SchemaFields({ schema, stored, under = 'config' }: Props) {
  const { words, language } = usePreferences();
  const alternatives = alternativesOf(schema);
  const chosen = Form.useWatch([under, alternatives?.by ?? '']) as unknown;
  const active = alternatives ? (alternatives.options.find(({ value }) => value === chosen) ?? alternatives.options[0])?.schema : schema;
  const fields = fieldsOf(active ?? {});
  const common = fields.filter(({ advanced }) => !advanced);
  const rare = fields.filter(({ advanced }) => advanced);
  return (
    <>
      {alternatives && (
        <Form.Item name={[under, alternatives.by]} label={words.schema.kind}>
          <Radio.Group
            optionType="button"
            aria-label={words.schema.kind}
            options={alternatives.options.map(({ value, title }) => ({ value, label: translated(title, language) }))}
          />
        </Form.Item>
      )}
      {common.map((field) => (
        <SchemaField key={field.name} field={field} under={under} stored={stored} />
      ))}
      {rare.length > 0 && (
        <Collapse
          ghost
          className="more-settings"
          items={[
            {
              key: 'more',
              label: words.schema.more(rare.length),
              forceRender: true,
              children: rare.map((field) => <SchemaField key={field.name} field={field} under={under} stored={stored} />),
            },
          ]}
        />
      )}
      {fields.length === 0 && <p className="quiet">{words.schema.none}</p>}
    </>
  );
}

function SchemaField({ field, under, stored }: { readonly field: FieldSpec; readonly under: string; readonly stored: Config | undefined }) {
  const { words, language } = usePreferences();
  const { name, kind, schema } = field;
  const keeps = kind === 'secret' && stored?.[name] !== undefined;
  const title = translated(schema.title ?? name, language);
  return (
    <Form.Item
      name={[under, name]}
      label={title}
      extra={schema.description && translated(schema.description, language)}
      rules={rulesOf(field, keeps, words.schema)}
      required={field.required && !keeps}
      {...(kind === 'switch' && { valuePropName: 'checked' })}
    >
      {controlOf(field, keeps ? words.schema.kept : undefined)}
    </Form.Item>
  );
}

function controlOf({ kind, schema }: FieldSpec, kept: string | undefined) {
  const hint = kept ?? (typeof schema.default === 'string' || typeof schema.default === 'number' ? String(schema.default) : undefined);
  const placeholder = hint === undefined ? {} : { placeholder: hint };
  switch (kind) {
    case 'secret':
      return <Input.Password autoComplete="new-password" {...placeholder} />;
    case 'longtext':
      return <Input.TextArea autoSize={{ minRows: 3, maxRows: 14 }} {...placeholder} />;
    case 'switch':
      return <Switch />;
    case 'number':
      return <InputNumber className="number" {...placeholder} />;
    case 'choice':
      return <Select options={schema.enum?.map((value) => ({ value, label: String(value) })) ?? []} />;
    case 'list':
      return <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '\n']} />;
    case 'text':
      return schema.examples && schema.examples.length > 1 ? (
        <AutoComplete options={schema.examples.map((value) => ({ value: String(value) }))} {...placeholder} />
      ) : (
        <Input autoComplete="off" spellCheck={false} {...placeholder} />
      );
  }
}

interface Sayings {
  readonly missing: string;
  readonly form: string;
  readonly range: (from: number | undefined, to: number | undefined) => string;
}

function rulesOf({ required, schema, kind }: FieldSpec, keeps: boolean, say: Sayings): FormRule[] {
  const rules: FormRule[] = [];
  if (required && !keeps) rules.push({ required: true, message: say.missing });
  if (schema.pattern)
    rules.push({
      pattern: new RegExp(schema.pattern),
      transform: (value: unknown) => (typeof value === 'string' ? value.trim() : value),
      message: say.form,
    });
  if (kind === 'number') {
    const from = schema.minimum ?? schema.exclusiveMinimum;
    const to = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
    rules.push({
      validator: (_, value: unknown) =>
        typeof value === 'number' && ((from !== undefined && value < from) || (to !== undefined && value > to))
          ? Promise.reject(new Error(say.range(from, to)))
          : Promise.resolve(),
    });
  }
  return rules;
}
