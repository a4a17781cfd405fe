import { Select } from 'antd';
import { useState } from 'react';
import { useWords } from '../preferences';

interface Props {
  /** Given by the form, as are `value` and `onChange`. */
  readonly id?: string;
  readonly value?: string;
  onChange?(value: string | undefined): void;
  /** Names by id. */
  readonly known: ReadonlyMap<string, string>;
}

const ID = /^[0-9a-f-]{8,100}$/i;

/** By a part of the name, or by the whole id. */
const isMeant = (typed: string, option?: { readonly value: string; readonly label: string }): boolean =>
  option !== undefined && (option.label.toLowerCase().includes(typed.trim().toLowerCase()) || option.value === typed.trim());

/** Somebody or something: by a name that is known, or by any id that is typed. */
export function IdChoice({ id, value, onChange, known }: Props) {
  const { filters: say } = useWords().audit;
  const [typed, setTyped] = useState('');
  const unknown = [...new Set([typed.trim(), value ?? ''])].filter((one) => ID.test(one) && !known.has(one));
  const options = [
    ...[...known].map(([key, name]) => ({ value: key, label: name })),
    ...unknown.map((one) => ({ value: one, label: say.thisId(one) })),
  ];
  return (
    <Select
      {...(id && { id })}
      {...(value && { value })}
      allowClear
      showSearch={{ filterOption: isMeant, onSearch: setTyped }}
      placeholder={say.idHint}
      options={options}
      onChange={(chosen?: string) => onChange?.(chosen)}
      popupMatchSelectWidth={false}
    />
  );
}
