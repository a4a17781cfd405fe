import { z } from 'zod';
import { baseUrl } from '../../agents/base-url';
import { Refusal } from '../../domain/errors';
import { isLinkLocal } from '../../domain/link-local';
import { completePeople, filterPlaceholders, ldapFields, matchKeys } from '../../domain/person';
import type { Integration } from '../../store/integrations';
import { text, unfit } from './checking';
import { mask, mergeSettings, type Settings } from './masking';
import { unreadable } from './unreadable';

const timeout = z.int().min(100).max(10_000).default(2000).meta({ title: 'Longest wait for an answer, in milliseconds' });
const secret = (min: number) => text(500, min).meta({ secret: true });

const httpSchema = z.strictObject({
  url: baseUrl.meta({ description: 'Is called by POST with who is meant, signed; docs/people.md says how' }),
  secret: secret(16),
  timeoutMs: timeout,
});

const ldapUrl = text(500).refine((value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return (url?.protocol === 'ldap:' || url?.protocol === 'ldaps:') && url.hostname !== '' && !isLinkLocal(url.hostname);
}, 'must begin with ldap:// or ldaps://, and must not be a link-local address');

const ldapSchema = z
  .strictObject({
    url: ldapUrl,
    startTls: z.boolean().default(false).meta({ description: 'Encrypts a connection to `ldap://`' }),
    ca: text(100_000).optional().meta({ description: 'Certificates to trust, as PEM; the usual ones unless given' }),
    bindDn: text(500).optional().meta({ description: 'Who asks; anonymous unless given' }),
    password: secret(1).optional(),
    baseDn: text(500).meta({ description: 'Below which entry is looked' }),
    filter: text(1000)
      .refine((value) => value.startsWith('(') && value.endsWith(')'), 'must be a filter in parentheses')
      .refine(
        (value) => filterPlaceholders.some((name) => value.includes(`{${name}}`)),
        'must ask by something that is known of the person',
      )
      .meta({ description: `With placeholders: ${filterPlaceholders.map((name) => `\`{${name}}\``).join(', ')}` }),
    attributes: z
      .partialRecord(z.enum(ldapFields), text(100))
      .default({})
      .meta({ description: 'Which attribute says what; `id` makes two entries the same user, and is the DN unless given' }),
    timeoutMs: timeout,
  })
  .refine(({ url, startTls }) => !(startTls && url.startsWith('ldaps:')), { path: ['startTls'], message: 'ldaps:// is encrypted already' })
  .refine(({ bindDn, password }) => !bindDn || password !== undefined, { path: ['password'], message: 'belongs to bindDn' });

const plain = {
  mapping: z.enum(['auto', 'existing', 'http', 'ldap']).meta({
    description: 'auto: a user that fits, else a new one; existing: never a new one; http and ldap ask a directory of the company',
  }),
  match: z
    .array(z.enum(matchKeys))
    .max(matchKeys.length)
    .refine((keys) => new Set(keys).size === keys.length, 'must name each key once')
    .meta({ description: 'What users are found by, in this order, as far as the platform tells it' }),
  onUnknown: z.enum(['create', 'refuse']).meta({ description: 'Whether somebody whom nobody knows becomes a new user' }),
  cacheSeconds: z.int().min(0).max(2_592_000).meta({ description: 'How long a mapping holds' }),
  fallback: z.enum(['create', 'refuse', 'as_before']).meta({
    description: 'What counts while nobody answers; `as_before` goes on with an older mapping, and without one as `onUnknown` says',
  }),
  external: z.enum(['answer', 'refuse']).meta({ description: 'People from outside the company; answered where the trigger does so too' }),
};

const anySettings = z.record(z.string(), z.unknown()).nullable().optional();
const form = (schema: z.ZodType): object => ({ settings: z.toJSONSchema(schema, { io: 'input' }) });

export const peopleChange = z
  .strictObject({
    ...z.strictObject(plain).partial().shape,
    http: anySettings.meta({ description: 'Merged by key, like `config`; null takes it away', ...form(httpSchema) }),
    ldap: anySettings.meta({ description: 'Merged by key, like `config`; null takes it away', ...form(ldapSchema) }),
  })
  .meta({ description: 'How it is found out who the people are. Given fields change.' });

const shown = z.record(z.string(), z.unknown()).nullable();
export const peopleAnswer = z.object({ ...plain, http: shown, ldap: shown, unreadable });

/** Secrets are shown as `***`. */
export function presentPeople(people: Settings) {
  const { http, ldap, ...rest } = completePeople(people);
  return { ...rest, http: http ? mask(httpSchema, { ...http }) : null, ldap: ldap ? mask(ldapSchema, { ...ldap }) : null };
}

/**
 * The settings as they are stored after a change. The secrets of both directories are sealed as one: where they cannot be read, a change of one needs
 * those of the other too. @throws Refusal 422
 */
export function mergePeople(current: Integration['people'], given: z.output<typeof peopleChange>): Integration['people'] {
  const { unreadable: why, ...known } = current;
  const { http, ldap, ...rest } = given;
  const isMended = why !== undefined && (http !== undefined || ldap !== undefined);
  const asIs = (name: 'http' | 'ldap') => (isMended && known[name] ? {} : undefined);
  const merged: Record<string, unknown> = { ...known, ...rest };
  for (const [name, change, schema] of [
    ['http', http === undefined ? asIs('http') : http, httpSchema],
    ['ldap', ldap === undefined ? asIs('ldap') : ldap, ldapSchema],
  ] as const) {
    if (change === null) delete merged[name];
    else if (change)
      merged[name] = under(name, () => mergeSettings<Settings>(schema as z.ZodType<Settings>, (known[name] ?? {}) as Settings, change));
  }
  const { mapping } = merged;
  if ((mapping === 'http' || mapping === 'ldap') && !merged[mapping])
    throw unfit([{ path: `people.${mapping}`, message: `is needed for the mapping ${mapping}` }]);
  return { ...merged, ...(why && !isMended && { unreadable: why }) };
}

/** Says where the settings stand that do not fit. */
function under<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw unfit(error.errors.map(({ path, message }) => ({ path: path.replace(/^config/, `people.${name}`), message })));
  }
}
