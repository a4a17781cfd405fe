import type { ServerResponse } from 'node:http';
import type { FeedEntry } from '../channels/sandbox/feed';
import type { Notifications } from '../runtime/notifications';
import type { Store } from '../store';
import type { MemoryEntry } from '../store/memory';

export interface FeedSource {
  readonly store: Store;
  readonly notifications: Notifications;
  readonly integrationId: string;
  readonly prefix: string;
  /** The last event the reader has, to go on after it. */
  readonly after: number | undefined;
}

const AT_FIRST = 50;
const KEEP_ALIVE_MS = 15_000;

/** One chat as server-sent events: first as it stands, then live. The id is the change's version; a reader that comes back says its last one. */
export async function streamFeed(source: FeedSource, response: ServerResponse): Promise<void> {
  const { store, notifications, integrationId, prefix, after } = source;
  const sent = new Map<string, number>();
  const changed = new Set<string>();
  let everything = true;
  let newest = after ?? 0;
  let busy = false;

  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  // An empty chat has nothing to say yet; its reader shall know that it listens.
  response.flushHeaders();
  const send = ({ key, value, version }: MemoryEntry) => {
    if (response.writableEnded || (sent.get(key) ?? 0) >= version) return;
    sent.set(key, version);
    newest = Math.max(newest, version);
    const { type, chat: _, ...data } = value as FeedEntry;
    response.write(`id: ${version}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };

  async function catchUp(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      while (!response.writableEnded && !response.destroyed && (everything || changed.size > 0)) {
        const keys = [...changed];
        changed.clear();
        if (everything) {
          everything = false;
          const first = newest === 0;
          for (const entry of first
            ? await store.memory.newest(integrationId, prefix, AT_FIRST)
            : await store.memory.changed(integrationId, prefix, newest, 1000))
            send(entry);
        }
        for (const key of keys) {
          const entry = await store.memory.entry(integrationId, key);
          if (entry) send(entry);
        }
      }
    } catch {
      // The database is away: whatever was missed is read when it is back.
      everything = true;
      setTimeout(() => void catchUp(), 1000).unref();
    } finally {
      busy = false;
    }
  }

  const mine = `${integrationId} ${prefix}`;
  const unsubscribe = notifications.subscribe((payload) => {
    if (payload === undefined) everything = true;
    else if (payload.startsWith(mine)) changed.add(payload.slice(integrationId.length + 1));
    else return;
    void catchUp();
  });
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  const leave = () => {
    clearInterval(keepAlive);
    unsubscribe();
  };
  response.on('close', leave);
  // Whoever left before that is not told of again.
  if (response.closed) leave();
  await catchUp();
}
