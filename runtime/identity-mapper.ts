import type { PersonFacts, UserFields } from '../domain/person';

/** Whom a directory of the company is asked for. */
export interface Sought {
  /** Name of the channel. */
  readonly platform: string;
  readonly integrationId: string;
  /** The platform's id. */
  readonly personId: string;
  readonly facts: PersonFacts;
}

/** What a directory says. `failed`: it gave no answer that can be used; the code is for the log. */
export type Mapped =
  | { readonly kind: 'user'; readonly user: UserFields & { readonly id: string } }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly code: string };
