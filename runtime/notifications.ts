import { Client } from 'pg';
import type { Log } from './log';

export interface Notifications {
  /** Calls with each payload; `undefined` means that some may have been missed (the connection was lost): read everything again. */
  subscribe(hear: (payload: string | undefined) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/** Listens on one Postgres channel for as long as the process lives, over a connection of its own. */
export function listenForNotifications(databaseUrl: string, channel: 'memory' | 'status', log: Log): Notifications {
  const listeners = new Set<(payload: string | undefined) => void>();
  let client: Client | undefined;
  let closed = false;
  const tell = (payload: string | undefined) => {
    for (const hear of listeners) hear(payload);
  };

  async function connect(): Promise<void> {
    const next = new Client({ connectionString: databaseUrl, keepAlive: true, connectionTimeoutMillis: 5000 });
    next.on('notification', ({ payload }) => tell(payload));
    next.on('error', () => undefined);
    next.on('end', () => again(next));
    try {
      await next.connect();
      await next.query(`LISTEN ${channel}`);
      client = next;
      tell(undefined);
    } catch (error) {
      log.debug({ error: error instanceof Error ? error.name : 'unknown' }, 'cannot listen yet');
      await next.end().catch(() => undefined);
    }
  }

  function again(lost: Client): void {
    if (closed || (client && client !== lost)) return;
    client = undefined;
    setTimeout(() => void connect(), RECONNECT_MS).unref();
  }

  void connect();
  return {
    subscribe(hear) {
      listeners.add(hear);
      return () => void listeners.delete(hear);
    },
    async close() {
      closed = true;
      await client?.end().catch(() => undefined);
    },
  };
}
