import { createHmac } from 'node:crypto';
import { defaultTrigger } from '../domain/trigger';
import type { Config } from '../runtime/config';
import { openStore, type Store } from '../store';
import type { ExpertFields } from '../store/experts';
import type { Scope } from '../store/scope';

export interface SeedOptions {
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly openai: Config['openai'];
}

export interface Seeded {
  readonly apiKey: string;
  readonly sandboxIntegrationId: string;
}

const TENANT = 'Demo';
const EXPERT = 'Demo expert';
const SANDBOX = 'Sandbox';
const FIRST_PAGE = { afterTime: new Date(0), afterId: '00000000-0000-0000-0000-000000000000', limit: 200 };

/** What a newcomer finds: a tenant, a sandbox, an expert that answers in it, and a key. What is there already stays as it was left. */
export async function seed({ databaseUrl, secretKey, openai }: SeedOptions): Promise<Seeded> {
  const store = openStore({ databaseUrl, secretKey, maxConnections: 2 });
  try {
    const scope = (await store.access.tenantNamed(TENANT)) ?? (await store.access.createTenant(TENANT));
    // Derived from the installation's own secret, so that scripts keep working after a restart.
    const apiKey = `parley_${createHmac('sha256', secretKey).update('embedded API key').digest('base64url')}`;
    await store.access.ensureKey(apiKey, 'embedded stack', 'admin', scope);
    const integrationId = await ensureSandbox(store, scope);
    await ensureExpert(store, scope, integrationId, openai);
    return { apiKey, sandboxIntegrationId: integrationId };
  } finally {
    await store.close();
  }
}

async function ensureSandbox(store: Store, scope: Scope): Promise<string> {
  const found = (await store.integrations.list(scope, FIRST_PAGE)).find(({ channel }) => channel === 'sandbox');
  // It has no settings that could be lost.
  if (found?.unreadable) await store.integrations.save(scope, found.id, found, true);
  if (found) return found.id;
  return (
    await store.integrations.create(scope, { name: SANDBOX, channel: 'sandbox', mode: 'local', config: {}, appearance: {}, enabled: true })
  ).id;
}

/** The expert asks the service that the environment names, and keeps what else was set by hand; where it names none, it stays as it was left. */
async function ensureExpert(store: Store, scope: Scope, integrationId: string, openai: Config['openai']): Promise<void> {
  const wanted = demoExpert(openai);
  const found = (await store.experts.list(scope, FIRST_PAGE)).find(({ name }) => name === EXPERT);
  if (!found) {
    const { id } = await store.experts.create(scope, wanted);
    await store.triggers.create(scope, id, { integrationId, enabled: true, settings: defaultTrigger });
    await store.experts.publish(scope, id);
    return;
  }
  if (wanted.backend === 'echo') return;
  const kept = found.backend === wanted.backend && !found.unreadable ? found.config : {};
  const config = { ...kept, ...wanted.config };
  if (found.backend === wanted.backend && !found.unreadable && JSON.stringify(config) === JSON.stringify(found.config)) return;
  await store.experts.save(scope, found.id, { ...wanted, config });
  await store.experts.publish(scope, found.id);
}

function demoExpert({ baseUrl, apiKey, model }: Config['openai']): ExpertFields {
  if (!baseUrl || !model) return { name: EXPERT, backend: 'echo', config: {} };
  return { name: EXPERT, backend: 'openai', config: { baseUrl, model, ...(apiKey && { apiKey }) } };
}
