import { hash, verify } from '@node-rs/argon2';
import { z } from 'zod';

/** Argon2id with the least that OWASP recommends: 19 MiB, two passes, one lane; some 20 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MIN_LENGTH = 12;

export const newPassword = z
  .string()
  .min(MIN_LENGTH, `must have at least ${MIN_LENGTH} characters`)
  .max(200)
  .refine((text) => new Set(text).size >= 5, 'must not repeat so few characters')
  .meta({ description: `At least ${MIN_LENGTH} characters` });

export const hashPassword = (password: string): Promise<string> => hash(password, COST);

let stranger: Promise<string> | undefined;

/** Takes as long for accounts that do not exist or have no password. */
export async function matchesPassword(kept: string | null | undefined, password: string): Promise<boolean> {
  if (kept) return await verify(kept, password);
  stranger ??= hashPassword('of nobody');
  await verify(await stranger, password);
  return false;
}
