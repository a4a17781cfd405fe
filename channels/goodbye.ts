import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';

/**
 * Closes a socket in both directions: whoever listens on it still hears what the other side sent before it knew. Resolves once the other side
 * has said goodbye too, or after so long; it is up to the caller to end what is left then.
 */
export async function sayGoodbye(socket: WebSocket | null | undefined, withinMs: number): Promise<void> {
  if (!socket || socket.readyState === socket.CLOSED) return;
  const late = new AbortController();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.close();
  await Promise.race([closed, sleep(withinMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
}
