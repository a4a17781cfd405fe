import type { Config, PeopleSettings } from '../model';

/** The settings as their form holds them. */
export interface PeopleValues extends Omit<Partial<PeopleSettings>, 'mapping' | 'http' | 'ldap'> {
  readonly mapping: PeopleSettings['mapping'];
  readonly http?: Config;
  readonly ldap?: Config;
}

const SECRETS: readonly string[] = ['secret', 'password'];
const FIRST_TIMEOUT_MS = 2000;

/** What the form shows at first: what is stored, without secrets. */
export const initialPeople = ({ http, ldap, ...settings }: PeopleSettings): PeopleValues => ({
  ...settings,
  http: { timeoutMs: FIRST_TIMEOUT_MS, ...withoutSecrets(http) },
  ldap: { timeoutMs: FIRST_TIMEOUT_MS, startTls: false, ...withoutSecrets(ldap) },
});

const withoutSecrets = (config: Config | null): Config =>
  Object.fromEntries(Object.entries(config ?? {}).filter(([name]) => !SECRETS.includes(name)));

/** The form's values as the API takes them; of the directories only the one that is asked. */
export function peopleToSend({ http = {}, ldap = {}, ...settings }: PeopleValues, stored: PeopleSettings): object {
  if (settings.mapping === 'http') return { ...settings, http: changeOf(http, stored.http ?? {}) };
  if (settings.mapping === 'ldap') return { ...settings, ldap: ldapChange(ldap, stored.ldap ?? {}) };
  return settings;
}

/** Whoever asks anonymously needs no password. */
function ldapChange(values: Config, stored: Config): Config {
  const attributes = changeOf((values.attributes ?? {}) as Config, {});
  const change = changeOf({ ...values, attributes }, stored);
  const isAnonymous = change.bindDn === null || (change.bindDn === undefined && stored.bindDn === undefined);
  return isAnonymous && stored.password !== undefined ? { ...change, password: null } : change;
}

/** An empty secret is kept; another setting that was emptied is taken away. */
function changeOf(values: Config, stored: Config): Config {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, given]): [string, unknown][] => {
      const value = typeof given === 'string' ? given.trim() : given;
      if (value !== undefined && value !== null && value !== '') return [[name, value]];
      return stored[name] !== undefined && !SECRETS.includes(name) ? [[name, null]] : [];
    }),
  );
}
