import { randomBytes, randomUUID } from 'node:crypto';
import pino from 'pino';
import type { InboundEvent } from '../../domain/event';
import { defaultTrigger, type TriggerSettings } from '../../domain/trigger';
import type { Log } from '../../runtime/log';
import { openStore, type Store } from '../../store';
import type { Integration } from '../../store/integrations';
import type { Scope } from '../../store/scope';
import { createTestDatabase } from './postgres';

export const silentLog: Log = pino({ level: 'silent' });

/** A database of its own with a tenant in it. */
export interface World {
  readonly store: Store;
  readonly scope: Scope;
  readonly databaseUrl: string;
  readonly secretKey: string;
  /** Another pool, as another process has it. Closed with the world. */
  another(): Store;
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const { url: databaseUrl, drop } = await createTestDatabase();
  const secretKey = randomBytes(32).toString('base64');
  const stores: Store[] = [];
  const another = (): Store => {
    const store = openStore({ databaseUrl, secretKey, maxConnections: 8 });
    stores.push(store);
    return store;
  };
  const store = another();
  const scope = await store.access.createTenant('Test');
  return {
    store,
    scope,
    databaseUrl,
    secretKey,
    another,
    async close() {
      await Promise.all(stores.map((one) => one.close()));
      await drop();
    },
  };
}

export interface Desk {
  readonly integration: Integration;
  readonly expertId: string;
}

/** A sandbox integration whose published expert answers; with `backend: null` nobody was published. */
export async function createDesk(
  { store, scope }: Pick<World, 'store' | 'scope'>,
  options: {
    readonly backend?: string | null;
    readonly config?: Readonly<Record<string, unknown>>;
    readonly settings?: Partial<TriggerSettings>;
    readonly channel?: string;
    readonly mode?: string;
    readonly enabled?: boolean;
  } = {},
): Promise<Desk> {
  const { backend = 'echo', config = {}, settings = {}, channel = 'sandbox', mode = 'local', enabled = true } = options;
  const fields = { name: `desk ${randomUUID()}`, channel, mode, config: {}, appearance: {}, enabled };
  const integration = await store.integrations.create(scope, fields);
  const { id: expertId } = await store.experts.create(scope, { name: 'expert', backend: backend ?? 'echo', config });
  await store.triggers.create(scope, expertId, {
    integrationId: integration.id,
    enabled: true,
    settings: { ...defaultTrigger, ...settings },
  });
  if (backend !== null) await store.experts.publish(scope, expertId);
  return { integration, expertId };
}

/** What somebody said in a private chat a moment ago. */
export function said(text: string, more: Partial<InboundEvent> & { readonly chat?: string; readonly by?: string } = {}): InboundEvent {
  const { chat = 'chat', by = 'ann', ...rest } = more;
  return {
    kind: 'message',
    id: randomUUID(),
    at: Date.now(),
    address: { chatId: chat, kind: 'private' },
    sender: { id: by, name: by },
    text,
    forBot: true,
    attachments: [],
    ...rest,
  };
}

/** Waits until a look gives something; tells what it waited for otherwise. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  for (const deadline = Date.now() + withinMs; ; ) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`${what} did not come about within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
