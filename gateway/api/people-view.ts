import { z } from 'zod';
import type { DirectoryUser } from '../../store/directory';
import type { PersonRow } from '../../store/people';
import { moment } from './checking';
import { content } from './content';

export const userAnswer = z.object({
  id: z.uuid(),
  source: z.string().meta({ description: 'Who vouches for it: a channel, `http`, `ldap`, `api`, or `account` for somebody who signs in' }),
  username: content(z.string()),
  email: content(z.string()),
  name: content(z.string().nullable()),
  mobile: content(z.string().nullable()),
  staffId: content(z.string().nullable()),
  department: content(z.string().nullable()),
  attributes: content(z.record(z.string(), z.unknown())),
  blocked: z.boolean(),
  createdAt: moment,
});

const identity = {
  id: z.uuid().meta({ description: 'What `GET conversations?personId=` takes' }),
  integrationId: z.uuid(),
  channel: z.string(),
  platformId: content(z.string(), "The platform's id of the person"),
  name: content(z.string().nullable(), 'As the platform shows it'),
  state: z.enum(['new', 'mapped', 'refused', 'blocked', 'erased']),
  refusal: z.enum(['blocked', 'outsider', 'unknown', 'refused', 'away']).nullable(),
  external: z.boolean().meta({ description: 'From outside the company, as far as is known' }),
  joined: z.boolean().meta({ description: 'By an administrator: never looked up again' }),
  mappedAt: moment.nullable(),
  mappedUntil: moment.nullable(),
  firstSeenAt: moment,
  lastSeenAt: moment.nullable(),
};

export const personAnswer = z.object({ ...identity, user: userAnswer.nullable() });
export const personDetail = personAnswer.extend({
  identities: z.array(z.object(identity)).meta({ description: 'The same user everywhere, this person first' }),
});

type Told<Row> = {
  readonly [Key in keyof Row]: Row[Key] extends Date ? Date | string : Row[Key] extends Date | null ? Date | string | null : Row[Key];
};

export function presentUser({
  id,
  source,
  username,
  email,
  name,
  mobile,
  staffId,
  department,
  attributes,
  blockedAt,
  createdAt,
}: Told<DirectoryUser>) {
  const known = { id, source, username, email, name, mobile, staffId, department, attributes };
  return { ...known, blocked: blockedAt !== null, createdAt: new Date(createdAt).toISOString() };
}

export const presentPerson = (found: PersonRow) => ({ ...presentIdentity(found), user: found.user && presentUser(found.user) });

export function presentIdentity({ id, integrationId, channel, platformId, name, facts, refused, pinned, ...found }: PersonRow) {
  const known = { id, integrationId, channel, platformId, name, external: facts.external === true, joined: pinned };
  const state = found.erasedAt ? 'erased' : found.blockedAt ? 'blocked' : refused ? 'refused' : found.user ? 'mapped' : 'new';
  const times = { mappedAt: iso(found.mappedAt), firstSeenAt: found.firstSeenAt.toISOString(), lastSeenAt: iso(found.lastSeenAt) };
  // Of those who were joined by hand, nothing runs out.
  return { ...known, state, refusal: refused, ...times, mappedUntil: pinned ? null : iso(found.mappedUntil) };
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
