import { useNames } from '../parts/names';
import { usePreferences } from '../preferences';
import { alternativesOf, fieldsOf } from '../schema-form/schema';
import { translated } from '../schema-form/translations';

/** What forms call a setting: of the backend by `config.model`, of a trigger by `triggers.<id>.onBusy`. Undefined for what forms do not show. */
export function useSettingNames(backend: string): (path: string) => string | undefined {
  const { words, language } = usePreferences();
  const { backends } = useNames();
  const schema = backends?.find(({ name }) => name === backend)?.config ?? {};
  const schemas = [schema, ...(alternativesOf(schema)?.options.map((option) => option.schema) ?? [])];
  const titles = new Map(schemas.flatMap(fieldsOf).map(({ name, schema: { title } }) => [name, title && translated(title, language)]));
  return (path) => {
    const [kind, ...rest] = path.split('.');
    if (kind === 'config') return titles.get(rest.join('.'));
    return kind === 'triggers' ? words.experts.triggers.fields[rest.slice(1).join('.')]?.label : undefined;
  };
}
