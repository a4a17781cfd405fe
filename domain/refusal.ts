import type { EventEnd } from './event';

/** Refusals that a person is told of, by name, and how what they refuse ends. */
export const refusals = {
  rateLimited: 'refused',
  quietHours: 'refused',
  outsider: 'refused',
  lateCommand: 'expired',
  paused: 'refused',
} as const satisfies Readonly<Record<string, EventEnd>>;

export type Refused = keyof typeof refusals;

export const isRefused = (name: string | undefined): name is Refused => name !== undefined && Object.hasOwn(refusals, name);
