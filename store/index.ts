import type { Knex } from 'knex';
import { access } from './access';
import { budgets } from './budgets';
import { connections } from './connections';
import { conversations } from './conversations';
import { openDatabase } from './database';
import { events } from './events';
import { experts } from './experts';
import { integrations } from './integrations';
import { memory } from './memory';
import { createSecrets } from './secrets';
import { triggers } from './triggers';
import { turns } from './turns';

export type Store = ReturnType<typeof createStore>;

/** Everything Parley remembers, over one pool. Close it with `close()`. */
export function openStore(options: {
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly maxConnections?: number;
  readonly timeoutMs?: number;
}) {
  const { databaseUrl, secretKey, ...pool } = options;
  return createStore(openDatabase(databaseUrl, pool), secretKey);
}

function createStore(db: Knex, secretKey: string) {
  const secrets = createSecrets(secretKey);
  return {
    db,
    secrets,
    access: access(db),
    budgets: budgets(db),
    connections: connections(db),
    conversations: conversations(db),
    events: events(db),
    experts: experts(db, secrets),
    integrations: integrations(db, secrets),
    memory: memory(db),
    triggers: triggers(db),
    turns: turns(db),
    ping: async (): Promise<void> => void (await db.raw('SELECT 1')),
    close: (): Promise<void> => db.destroy(),
  };
}
