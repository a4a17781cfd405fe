import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a signature or token is the expected one. Compares in constant time; digests make the lengths equal. */
export function same(given: string, expected: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
