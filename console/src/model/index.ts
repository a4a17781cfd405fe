/** What the API answers, as far as these pages show it; times are ISO 8601. `openapi.json` says it in full. */
export type * from './administration';
export type * from './set-up';
export type * from './talks';
