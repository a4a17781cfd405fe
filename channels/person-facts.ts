import type { PersonFacts } from '../domain/person';

/** What a platform told of a person: of each fact the places where it may stand, the best first. */
type Told = Readonly<Partial<Record<'staffId' | 'email' | 'mobile' | 'name' | 'department', readonly unknown[]>>>;

/** Of each fact the first that is a text with something in it; facts without one are left out. */
export const personFacts = (told: Told): PersonFacts =>
  Object.fromEntries(
    Object.entries(told).flatMap(([fact, places]) => {
      const found = places.find((value) => typeof value === 'string' && value.trim() !== '');
      return found === undefined ? [] : [[fact, String(found).trim()]];
    }),
  );
