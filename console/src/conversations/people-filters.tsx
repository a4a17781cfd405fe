import { Select } from 'antd';
import type { DirectoryUser, Person } from '../model';
import { useNames } from '../parts/names';
import { displayName } from '../people/person-name';
import { useFound } from '../people/use-found';
import { useWords } from '../preferences';
import { useLook } from '../use-poll';
import type { Words } from '../words';

/** `id`, `value` and `onChange` come from the form. */
interface Props {
  readonly id?: string;
  readonly value?: string;
  onChange?(value: string | undefined): void;
}

/** One identity on one platform, found by a part of the name. */
export function PersonFilter({ value, ...field }: Props) {
  const words = useWords();
  const names = useNames();
  const found = useFound<Person>('people');
  const chosen = useChosen<Person>('people', value, found.items);
  const label = (person: Person) => `${displayName(person, words)} · ${names.integration(person.integrationId)}`;
  return (
    <Choice
      {...field}
      value={value}
      found={found}
      options={[...found.items, ...chosen].map((one) => ({ value: one.id, label: label(one) }))}
    />
  );
}

/** Somebody on every platform. */
export function UserFilter({ value, ...field }: Props) {
  const words = useWords();
  const found = useFound<DirectoryUser>('users');
  const chosen = useChosen<DirectoryUser>('users', value, found.items);
  return (
    <Choice
      {...field}
      value={value}
      found={found}
      options={[...found.items, ...chosen].map((one) => ({ value: one.id, label: userText(one, words) }))}
    />
  );
}

interface ChoiceProps extends Omit<Props, 'value'> {
  readonly value: string | undefined;
  readonly found: Pick<ReturnType<typeof useFound>, 'loading' | 'typing'>;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

function Choice({ value, found: { loading, typing }, options, ...field }: ChoiceProps) {
  const words = useWords();
  return (
    <Select
      {...field}
      {...(value && { value })}
      allowClear
      showSearch={typing}
      loading={loading}
      placeholder={words.common.all}
      notFoundContent={loading ? null : words.persons.empty}
      options={[...options]}
      popupMatchSelectWidth={false}
    />
  );
}

/** Who was chosen before, where the list does not name them. */
function useChosen<T extends { readonly id: string }>(path: string, id: string | undefined, listed: readonly T[]): readonly T[] {
  const isListed = listed.some((one) => one.id === id);
  const { value } = useLook<T | undefined>(
    `chosen ${path} ${id}`,
    async (api, signal) => (id ? api.get<T>(`${path}/${id}`, signal) : undefined),
    'once',
  );
  return value && !isListed ? [value] : [];
}

const userText = ({ name, username, email }: DirectoryUser, words: Words): string =>
  [name || username || words.persons.unknown, email].filter(Boolean).join(' · ');
