import { Client, escapeFilter } from 'ldapts';
import { filterPlaceholders, type LdapMapperSettings, type PeopleSettings } from '../domain/person';
import { beginningOf } from '../domain/text';
import type { Mapped, Sought } from './identity-mapper';
import { pointsToOwnLink } from './own-link';

const DEFAULT_ATTRIBUTES = {
  username: 'uid',
  email: 'mail',
  name: 'cn',
  mobile: 'mobile',
  staffId: 'employeeNumber',
  department: 'departmentNumber',
};
const MOST_CHARACTERS = 300;

/** Asks a directory of the company by LDAP: one search, on a connection of its own. Never rejects. */
export async function askLdap({ ldap }: PeopleSettings, sought: Sought): Promise<Mapped> {
  if (!ldap) return { kind: 'failed', code: 'not_configured' };
  const filter = filterFor(ldap.filter, sought);
  // The platform does not tell what the directory is asked by.
  if (filter === undefined) return { kind: 'unknown' };
  const { timeoutMs } = ldap;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Mapped>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'failed', code: 'timeout' }), timeoutMs);
  });
  try {
    return await Promise.race([search(ldap, filter), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function search(ldap: LdapMapperSettings, filter: string): Promise<Mapped> {
  const { url, timeoutMs, bindDn, password, baseDn } = ldap;
  let client: Client | undefined;
  try {
    const { hostname, protocol } = new URL(url);
    if (await pointsToOwnLink(hostname)) return { kind: 'failed', code: 'link_local' };
    const tls = ldap.ca ? { ca: ldap.ca } : {};
    client = new Client({ url, timeout: timeoutMs, connectTimeout: timeoutMs, ...(protocol === 'ldaps:' && { tlsOptions: tls }) });
    if (ldap.startTls) await client.startTLS({ ...tls, servername: hostname });
    if (bindDn) await client.bind(bindDn, password ?? '');
    const attributes = { ...DEFAULT_ATTRIBUTES, ...ldap.attributes };
    const { searchEntries } = await client.search(baseDn, {
      ...{ scope: 'sub', filter, attributes: Object.values(attributes).filter((name) => name !== undefined), sizeLimit: 2 },
      timeLimit: Math.max(1, Math.ceil(timeoutMs / 1000)),
    });
    const [entry, another] = searchEntries;
    if (another) return { kind: 'failed', code: 'ambiguous' };
    return entry ? readEntry(entry, attributes) : { kind: 'unknown' };
  } catch (error) {
    return { kind: 'failed', code: codeOf(error) };
  } finally {
    // A server that says nothing is not waited for.
    client?.unbind().catch(() => undefined);
  }
}

/** The filter with what is known of the person; undefined where it asks for what is not. */
export function filterFor(template: string, { personId, facts }: Sought): string | undefined {
  const known: Readonly<Record<string, string | undefined>> = { ...facts, platformId: personId, external: undefined };
  let isWhole = true;
  const filled = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = known[name];
    if (!value) isWhole = false;
    return value ? escapeFilter`${value}` : '';
  });
  return isWhole ? filled : undefined;
}

const PLACEHOLDER = new RegExp(`\\{(${filterPlaceholders.join('|')})\\}`, 'g');

type Attributes = Readonly<Record<string, string | undefined>>;

function readEntry(entry: Readonly<Record<string, unknown>> & { readonly dn: string }, attributes: Attributes): Mapped {
  const value = (field: string): string | undefined => {
    const name = attributes[field]?.toLowerCase();
    const found = Object.entries(entry).find(([key]) => key.toLowerCase() === name)?.[1];
    const first: unknown = Array.isArray(found) ? found[0] : found;
    // Binary ids, such as Active Directory's, are written in hex.
    const words = Buffer.isBuffer(first) ? first.toString('hex') : typeof first === 'string' ? first.replaceAll('\0', '').trim() : '';
    return words === '' ? undefined : beginningOf(words, MOST_CHARACTERS);
  };
  const id = value('id') ?? entry.dn;
  const more = { name: value('name'), mobile: value('mobile'), staffId: value('staffId'), department: value('department') };
  return { kind: 'user', user: { ...more, id, username: value('username') ?? id, email: value('email') ?? '' } };
}

/** A result code of LDAP, or of the network; never the server's words. */
function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? `ldap_${code}` : typeof code === 'string' ? code : 'unreachable';
}
