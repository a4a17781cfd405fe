import { z } from 'zod';

/** How people sign in to the console. */
export interface AccessSettings {
  /** How long a session lives without use, and at most, in milliseconds. */
  readonly sessionIdleMs: number;
  readonly sessionMs: number;
  /** Proxies whose word on a caller's address counts, as express reads it: how many, or which addresses. */
  readonly trustedProxies: number | string | undefined;
}

const hours = z.coerce
  .number('is not a number')
  .positive('is too small')
  .max(8760, 'is too large')
  .describe('Use a number of hours up to 8760.');

export const accessVariables = {
  PARLEY_SESSION_IDLE_HOURS: hours.default(12),
  PARLEY_SESSION_HOURS: hours.default(168),
  PARLEY_TRUSTED_PROXIES: z.string().optional(),
};

export function accessSettings(values: z.infer<z.ZodObject<typeof accessVariables>>): AccessSettings {
  const { PARLEY_TRUSTED_PROXIES: proxies } = values;
  return {
    sessionIdleMs: values.PARLEY_SESSION_IDLE_HOURS * 3_600_000,
    sessionMs: values.PARLEY_SESSION_HOURS * 3_600_000,
    trustedProxies: proxies !== undefined && /^\d+$/.test(proxies) ? Number(proxies) : proxies,
  };
}
