import type { Knex } from 'knex';
import { access } from './access';
import { alerts } from './alerts';
import { attachments } from './attachments';
import { attempts } from './attempts';
import { audit } from './audit';
import { budgets } from './budgets';
import { cards } from './cards';
import { connections } from './connections';
import { context } from './context';
import { conversations } from './conversations';
import { openDatabase } from './database';
import { dependents } from './dependents';
import { directory } from './directory';
import { erasure } from './erasure';
import { events } from './events';
import { experts } from './experts';
import { integrations } from './integrations';
import { links } from './links';
import { memory } from './memory';
import { people } from './people';
import { plugins } from './plugins';
import { policies } from './policies';
import { reachable } from './reach';
import { createSecrets } from './secrets';
import { sessions } from './sessions';
import { spending } from './spending';
import { stats } from './stats';
import { singleSignOn } from './tenants';
import { traffic } from './traffic';
import { triggers } from './triggers';
import { turns } from './turns';
import { searchUsers } from './user-search';
import { users } from './users';

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

function createStore(pool: Knex, secretKey: string) {
  const { db, within, atomically, isEnforced } = reachable(pool);
  const secrets = createSecrets(secretKey);
  return {
    db,
    secrets,
    access: access(db),
    alerts: alerts(db, secrets),
    attachments: attachments(db),
    attempts: attempts(db),
    audit: audit(db),
    budgets: budgets(db),
    cards: cards(db),
    connections: connections(db),
    context: context(db),
    conversations: conversations(db),
    dependents: dependents(db),
    directory: { ...directory(db), search: searchUsers(db) },
    erasure: erasure(db),
    events: events(db),
    experts: experts(db, secrets),
    integrations: integrations(db, secrets),
    links: links(db),
    memory: memory(db),
    people: people(db),
    plugins: plugins(db),
    policies: policies(db),
    sessions: sessions(db),
    singleSignOn: singleSignOn(db, secrets),
    spending: spending(db),
    stats: stats(db),
    traffic: traffic(db),
    triggers: triggers(db),
    turns: turns(db),
    users: users(db),
    within,
    atomically,
    isEnforced,
    ping: async (): Promise<void> => void (await db.raw('SELECT 1')),
    close: (): Promise<void> => pool.destroy(),
  };
}
