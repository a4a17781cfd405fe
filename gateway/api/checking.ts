import { z } from 'zod';
import { Refusal } from '../../domain/errors';

/** What a refusal says about one field. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Text as Postgres can keep it: no NUL, no half of a surrogate pair. Length in UTF-16 units, after trimming. */
export const text = (max: number, min = 1) =>
  z.string().trim().min(min).max(max).refine(isStorable, 'must be well-formed text without NUL characters');

const isStorable = (value: string): boolean => !value.includes('\0') && !/\p{Surrogate}/u.test(value);

export const nameField = text(100).meta({ description: 'For people; surrounding blanks are cut off.' });
export const moment = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601' });

/** Checks what came from outside; paths begin with `prefix`. @throws Refusal 422 that names each field */
export function checkFields<T>(schema: z.ZodType<T>, value: unknown, prefix = ''): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unfit(parsed.error.issues.flatMap((issue) => describe(issue, prefix)));
}

export const unfit = (errors: readonly FieldError[]): Refusal => new Refusal(422, 'invalid', 'Some fields do not fit.', errors);
export const unknownId = (kind: string): Refusal => new Refusal(404, 'not_found', `There is no such ${kind}.`);

/** A key too many is told at its own path, not at the object's. */
function describe(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const path = [...(prefix ? [prefix] : []), ...issue.path.map(String)];
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
}
