import type { Identity, Person } from '../model';
import type { Words } from '../words';

export const TONES: Readonly<Record<string, string>> = {
  mapped: 'done',
  new: 'waiting',
  refused: 'expired',
  blocked: 'failed',
  erased: 'stopped',
};

export const displayName = (person: Identity & Partial<Person>, words: Words): string =>
  person.user?.name || person.name || person.platformId || words.persons.unknown;
