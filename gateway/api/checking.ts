import { z } from 'zod';
import { type FieldError, Refusal } from '../../domain/errors';

export const NOT_STORABLE = 'must be well-formed text without NUL characters';

/** Text as Postgres can keep it: no NUL, no half of a surrogate pair. Length in UTF-16 units, after trimming. */
export const text = (max: number, min = 1) => z.string().trim().min(min).max(max).refine(isStorable, NOT_STORABLE);

/** The same, kept to the letter: blanks around it too. */
export const verbatim = (max: number, min = 0) => z.string().min(min).max(max).refine(isStorable, NOT_STORABLE);

export function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && !/\p{Surrogate}/u.test(value);
  return typeof value !== 'object' || value === null || Object.entries(value).every((entry) => entry.every(isStorable));
}

export const nameField = text(100).meta({ description: 'For people; surrounding blanks are cut off.' });
export const moment = z.iso
  .datetime({ offset: true })
  .refine(isInKnownYears, 'must be in the years 1 to 9999, as UTC')
  .meta({ description: 'ISO 8601' });

/** Others are written in another form, and Postgres knows no year 0. */
function isInKnownYears(text: string): boolean {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

const CHINESE = z.locales.zhCN().localeError;

/** Checks what came from outside; paths begin with `prefix`. @throws Refusal 422 that names each field, in both languages */
export function checkFields<T>(schema: z.ZodType<T>, value: unknown, prefix = ''): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const chinese = schema.safeParse(value, { error: CHINESE }).error?.issues ?? [];
  throw unfit(parsed.error.issues.flatMap((issue, place) => describe(issue, chinese[place]?.message ?? issue.message, prefix)));
}

export const unfit = (errors: readonly FieldError[]): Refusal => new Refusal(422, 'invalid', 'Some fields do not fit.', errors);
export const unknownId = (kind: string): Refusal => new Refusal(404, 'not_found', `There is no such ${kind}.`);

/** A key too many is told at its own path, not at the object's. */
function describe(issue: z.core.$ZodIssue, zh: string, prefix: string): FieldError[] {
  const path = [...(prefix ? [prefix] : []), ...issue.path.map(String)];
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: { en: issue.message, zh } }];
  return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
}
