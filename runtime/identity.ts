import { createHash } from 'node:crypto';
import type { Messenger } from '../channels/channel';
import { AppError } from '../domain/errors';
import {
  type Asker,
  completePeople,
  type Identified,
  type IdentityRefusal,
  type PeopleSettings,
  type PersonFacts,
  userOf,
} from '../domain/person';
import type { Store } from '../store';
import type { Integration } from '../store/integrations';
import type { AskingPerson } from '../store/people';
import { askHttp } from './identity-http';
import { askLdap } from './identity-ldap';
import type { Mapped, Sought } from './identity-mapper';
import type { Log } from './log';

export interface IdentifyOptions {
  readonly store: Store;
  readonly messengerFor: (integration: Integration) => Messenger;
  readonly log: Pick<Log, 'warn'>;
  /** Longest wait for what the platform tells of a person, in milliseconds. */
  readonly lookUpMs?: number;
  /** A mapping that is not certain is tried again after so long. */
  readonly uncertainMs?: number;
}

export type Identify = (turnId: string, integration: Integration) => Promise<readonly Identified[]>;

const LOOK_UP_MS = 3000;
const UNCERTAIN_MS = 60_000;

/**
 * Finds out who everybody is whose words a turn asks: from what was found before, else by the way that the integration names. Everything it asks
 * outside is bounded in time. Rejects only while the database is away.
 */
export function createIdentify(options: IdentifyOptions): Identify {
  const { store } = options;
  return async (turnId, integration) => {
    const people = await store.people.asking(turnId);
    const settings = completePeople(integration.people);
    return await Promise.all(people.map((person) => identify(options, integration, settings, person)));
  };
}

async function identify(
  options: IdentifyOptions,
  integration: Integration,
  settings: PeopleSettings,
  person: AskingPerson,
): Promise<Identified> {
  if (person.blocked) return told(person, null, 'blocked');
  const by = fingerprint(integration.channel, settings);
  const isKnown = person.pinned || (person.mappedBy === by && person.mappedUntil !== null && person.mappedUntil.getTime() > Date.now());
  const insidersOnly = settings.external === 'refuse' || person.insidersOnly;
  if (isKnown && (person.user || person.refused))
    return verdict(person, person.user, person.refused, insidersOnly && person.facts.external === true);

  const { store, uncertainMs = UNCERTAIN_MS } = options;
  const looked = await lookUp(options, integration, person);
  const facts = { ...(person.name && { name: person.name }), ...(looked ?? person.facts) };
  const isOutside = insidersOnly && facts.external === true;
  const found = isOutside
    ? { userId: person.user?.id ?? null, refused: null, certain: looked !== undefined }
    : await map(options, integration, settings, person, facts, looked !== undefined);
  const until = new Date(Date.now() + (found.certain ? settings.cacheSeconds * 1000 : Math.min(uncertainMs, settings.cacheSeconds * 1000)));
  await store.people.remember(person.id, { userId: found.userId, refused: found.refused, facts: looked ?? person.facts, by, until });
  const user = found.userId ? ((await store.directory.get(person, found.userId)) ?? null) : null;
  if (user?.blockedAt) return told(person, null, 'blocked');
  return verdict(person, user, found.refused, isOutside);
}

const verdict = (person: AskingPerson, user: AskingPerson['user'], refused: IdentityRefusal | null, isOutside: boolean): Identified =>
  isOutside ? told(person, user, 'outsider') : told(person, user, refused ?? undefined);

function told(person: AskingPerson, user: AskingPerson['user'], refused?: IdentityRefusal): Identified {
  const name = user?.name ?? person.name;
  const asker: Asker = {
    id: user?.id ?? person.id,
    ...(name && { name }),
    ...(user && { username: user.username, email: user.email }),
    ...(user?.department && { department: user.department }),
  };
  return { personId: person.id, asker, ...(refused && { refused }) };
}

/** What the platform tells; nothing where it may not or cannot, undefined where it could not just now. */
async function lookUp(
  { messengerFor, log, lookUpMs = LOOK_UP_MS }: IdentifyOptions,
  integration: Integration,
  { platformId }: AskingPerson,
) {
  try {
    return (await within(lookUpMs, messengerFor(integration).person?.(platformId))) ?? {};
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'unknown';
    log.warn({ integrationId: integration.id, code }, 'the platform does not tell who a person is');
    return error instanceof AppError && !error.retryable ? {} : undefined;
  }
}

interface Found {
  readonly userId: string | null;
  readonly refused: IdentityRefusal | null;
  /** Otherwise it is tried again soon. */
  readonly certain: boolean;
}

async function map(
  options: IdentifyOptions,
  integration: Integration,
  settings: PeopleSettings,
  person: AskingPerson,
  facts: PersonFacts,
  isTold: boolean,
): Promise<Found> {
  const { store, log } = options;
  const asks = settings.mapping === 'http' ? askHttp : settings.mapping === 'ldap' ? askLdap : undefined;
  const sought: Sought = { platform: integration.channel, integrationId: integration.id, personId: person.platformId, facts };
  const own = { source: integration.channel, subject: `${integration.id}/${person.platformId}` };
  const make = async (): Promise<string> => await store.directory.save(person, { ...userOf(person.platformId, facts), ...own });
  const unknown = async (certain: boolean): Promise<Found> =>
    settings.onUnknown === 'create' && settings.mapping !== 'existing'
      ? { userId: await make(), refused: null, certain }
      : { userId: null, refused: 'unknown', certain };
  const failed = async (): Promise<Found> => {
    if (settings.fallback === 'refuse') return { userId: person.user?.id ?? null, refused: 'away', certain: false };
    if (settings.fallback === 'as_before' && person.user) return { userId: person.user.id, refused: null, certain: false };
    if (settings.fallback === 'create') return { userId: await make(), refused: null, certain: false };
    return await unknown(false);
  };
  if (!asks) {
    const userId = await store.directory.match(person, facts, settings.match, own);
    if (userId) return { userId, refused: null, certain: true };
    // Whoever could not be looked up might be somebody who is known.
    return isTold ? await unknown(true) : await failed();
  }
  const answer: Mapped = settings.unreadable ? { kind: 'failed', code: 'unreadable' } : await asks(settings, sought);
  if (answer.kind === 'user') {
    const { id, ...fields } = answer.user;
    return {
      userId: await store.directory.save(person, { ...fields, source: settings.mapping, subject: id }),
      refused: null,
      certain: true,
    };
  }
  if (answer.kind === 'refused') return { userId: null, refused: 'refused', certain: true };
  if (answer.kind === 'unknown') return await unknown(isTold);
  log.warn({ integrationId: integration.id, mapping: settings.mapping, code: answer.code }, 'nobody says who a person is');
  return await failed();
}

/** Changed settings decide anew. */
const fingerprint = (channel: string, settings: PeopleSettings): string =>
  createHash('sha256')
    .update(JSON.stringify([channel, settings]))
    .digest('hex')
    .slice(0, 32);

/** Whatever comes later is no longer heard. */
function within<T>(ms: number, work: Promise<T> | undefined): Promise<T | undefined> {
  if (!work) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new AppError('timeout', `No answer came within ${ms} ms.`, { retryable: true })), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
