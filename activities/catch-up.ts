import type { Messenger } from '../channels/channel';
import type { Address } from '../domain/event';
import type { Integration } from '../store/integrations';
import type { Deps } from './deps';

/** Chats that were silent for longer are not looked at. */
const LIVELY_SECONDS = 24 * 3600;
const MOST_CHATS = 50;
/** A link is dead for a while before that is noticed. */
const UNNOTICED_MS = 120_000;

/**
 * After an outage: reads from the platform's history what people wrote meanwhile and delivers it. What came through after all is known by its id and
 * changes nothing. Best effort: never rejects, and stops when `signal` aborts.
 */
export async function catchUp(
  deps: Pick<Deps, 'store' | 'messengerFor' | 'deliver'>,
  integration: Integration,
  lostAtMs: number,
  signal: AbortSignal,
) {
  try {
    const messenger = deps.messengerFor(integration);
    if (!messenger.missed) return;
    const since = Math.max(lostAtMs - UNNOTICED_MS, Date.now() - LIVELY_SECONDS * 1000);
    const lively = await deps.store.connections.recentChats(integration.id, LIVELY_SECONDS, MOST_CHATS);
    for (const chat of placesOf(lively).slice(0, MOST_CHATS)) {
      if (signal.aborted) return;
      // One chat that cannot be read keeps nobody from the others.
      await catchUpIn(deps, integration.id, messenger, chat, since, signal).catch(() => undefined);
    }
  } catch {
    // The platform itself brings most of it again; the link matters more.
  }
}

async function catchUpIn(
  deps: Pick<Deps, 'deliver'>,
  integrationId: string,
  messenger: Messenger,
  chat: Address,
  since: number,
  signal: AbortSignal,
): Promise<void> {
  const deliver = deps.deliver(integrationId);
  for (const event of (await messenger.missed?.(chat, since)) ?? []) {
    if (signal.aborted) return;
    await deliver(event);
  }
}

/** Each chat once, though members or threads of it count singly; and each thread that is a conversation of its own. */
function placesOf(chats: readonly { readonly key: string; readonly chatId: string; readonly kind: Address['kind'] }[]): readonly Address[] {
  const places = new Map<string, Address>();
  for (const { key, chatId, kind } of chats) {
    places.set(chatId, { chatId, kind: places.get(chatId)?.kind === 'private' ? 'private' : kind });
    const thread = /\/thread\/([^/]+)$/.exec(key)?.[1];
    if (thread) places.set(key, { chatId, kind, threadId: decodeURIComponent(thread) });
  }
  return [...places.values()];
}
