import { Form, InputNumber, Select } from 'antd';
import { useWords } from '../preferences';
import type { TriggerField } from './trigger-fields';

interface Props {
  readonly field: TriggerField;
  /** Place of the item in a list of overrides, where anything may be left as it is above. */
  readonly inList?: number;
}

/** One policy, drawn by its kind. */
export function PolicyField({ field, inList }: Props) {
  const { experts, schema } = useWords();
  const say = experts.triggers;
  const { path, kind, options, unit, min, max, when } = field;
  const form = Form.useFormInstance();
  const condition = Form.useWatch(
    (values: Readonly<Record<string, unknown>>) => (when && inList === undefined ? values[when[0]] : undefined),
    form,
  );
  if (when && inList === undefined && condition !== undefined && condition !== when[1]) return null;
  const { label = path, help, options: names = {} } = say.fields[path] ?? {};
  const optional = inList !== undefined;
  const placeholder = optional ? { placeholder: say.asAbove } : {};
  return (
    <Form.Item
      name={inList === undefined ? [path] : [inList, path]}
      label={label}
      extra={optional ? undefined : help}
      rules={optional || kind !== 'number' ? [] : [{ required: true, message: schema.missing }]}
    >
      {kind === 'choice' ? (
        <Select allowClear={optional} options={options?.map((value) => ({ value, label: names[value] ?? value })) ?? []} {...placeholder} />
      ) : kind === 'ids' ? (
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '\n']} {...placeholder} />
      ) : (
        <InputNumber
          className="number"
          {...(min !== undefined && { min })}
          {...(max !== undefined && { max })}
          {...(unit && { suffix: say.units[unit.name] })}
          {...placeholder}
        />
      )}
    </Form.Item>
  );
}
