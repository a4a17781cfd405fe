/** What a platform tells of one of its people. */
export interface PersonFacts {
  /** The company's own number of the person, else the id that holds for all of the platform's apps. */
  readonly staffId?: string;
  readonly email?: string;
  readonly mobile?: string;
  readonly name?: string;
  readonly department?: string;
  /** Not a member of the company. */
  readonly external?: boolean;
}

/** Who asks, as experts may be told. */
export interface Asker {
  /** Ours: constant for the user on all platforms, and says nothing of who it is. */
  readonly id: string;
  readonly name?: string;
  readonly username?: string;
  readonly email?: string;
  readonly department?: string;
}

/** Why a person gets no answer. `away`: it could not be found out who it is. */
export type IdentityRefusal = 'blocked' | 'outsider' | 'unknown' | 'refused' | 'away';

/** One person whose words are in a question. */
export interface Identified {
  readonly personId: string;
  readonly asker: Asker;
  readonly refused?: IdentityRefusal;
}

export const matchKeys = ['staffId', 'email', 'mobile'] as const;
export type MatchKey = (typeof matchKeys)[number];

export interface HttpMapperSettings {
  readonly url: string;
  /** Signs every call. */
  readonly secret: string;
  readonly timeoutMs: number;
}

export interface LdapMapperSettings {
  /** `ldap://` or `ldaps://` */
  readonly url: string;
  readonly startTls: boolean;
  /** Certificates of those who are trusted besides the machine's own, as PEM. */
  readonly ca?: string | undefined;
  readonly bindDn?: string | undefined;
  readonly password?: string | undefined;
  readonly baseDn: string;
  /** With placeholders such as `{email}`. */
  readonly filter: string;
  /** Which attribute says what; without `id` a user is known by its DN. */
  readonly attributes: { readonly [Key in LdapField]?: string | undefined };
  readonly timeoutMs: number;
}

export const ldapFields = ['id', 'username', 'email', 'name', 'mobile', 'staffId', 'department'] as const;
export type LdapField = (typeof ldapFields)[number];

/** What an LDAP filter may ask by. */
export const filterPlaceholders = ['platformId', 'staffId', 'email', 'mobile', 'name'] as const;

/** How an integration finds out who its people are. */
export interface PeopleSettings {
  /** `auto`: a user that fits, else a new one. `existing`: never a new one. The others ask a directory of the company. */
  readonly mapping: 'auto' | 'existing' | 'http' | 'ldap';
  /** What users are found by, in this order; a value that several have finds none. */
  readonly match: readonly MatchKey[];
  readonly onUnknown: 'create' | 'refuse';
  readonly http?: HttpMapperSettings | undefined;
  readonly ldap?: LdapMapperSettings | undefined;
  /** How long a mapping holds. */
  readonly cacheSeconds: number;
  /** What counts while nobody can say who a person is; `as_before` goes on with an older mapping, and without one as `onUnknown` says. */
  readonly fallback: 'create' | 'refuse' | 'as_before';
  /** People from outside the company. A trigger's own `external` can refuse them too: the stricter of both counts. */
  readonly external: 'answer' | 'refuse';
  /** Why the secrets of the directories are not known here. */
  readonly unreadable?: string;
}

export const defaultPeople: PeopleSettings = {
  mapping: 'auto',
  match: ['staffId', 'email', 'mobile'],
  onUnknown: 'create',
  cacheSeconds: 3600,
  fallback: 'as_before',
  external: 'refuse',
};

export const completePeople = (stored: Readonly<Record<string, unknown>>): PeopleSettings => ({
  ...defaultPeople,
  ...(stored as Partial<PeopleSettings>),
});

/** A user of the organization, as far as somebody says. */
export interface UserFields {
  readonly username: string;
  readonly email: string;
  readonly name?: string | undefined;
  readonly mobile?: string | undefined;
  readonly staffId?: string | undefined;
  readonly department?: string | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** What a new user is called whose platform tells nothing: by the platform's id of the person. */
export const userOf = (platformId: string, facts: PersonFacts): UserFields => {
  const { external: _, ...known } = facts;
  return { ...known, username: platformId, email: facts.email || `${platformId}@im-platform.com` };
};

/** Addresses are compared as most of the world writes them. */
export const comparableEmail = (email: string): string => email.trim().toLowerCase();

/** Numbers are compared without punctuation, Chinese ones without their country. */
export function comparableMobile(mobile: string): string {
  const digits = mobile.replace(/\D/g, '').replace(/^00/, '');
  return /^86\d{11}$/.test(digits) ? digits.slice(2) : digits;
}
