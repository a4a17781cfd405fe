import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, written for URLs and headers. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token: so many random bits need no salt and no slow hash. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
