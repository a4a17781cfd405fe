import type { Knex } from 'knex';
import { keys } from './keys';
import { tenants } from './tenants';

/** Tenants, their organizations, and the keys that open them. */
export const access = (db: Knex) => ({ ...tenants(db), ...keys(db) });
