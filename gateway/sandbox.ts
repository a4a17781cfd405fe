import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { chatKey, chatsPrefix, type FeedMessage, feedPrefix, messageKey } from '../channels/sandbox/feed';
import { toAction, toMessage } from '../channels/sandbox/inbound';
import { Refusal } from '../domain/errors';
import type { Notifications } from '../runtime/notifications';
import type { Integration } from '../store/integrations';
import { scopeOf } from './auth';
import type { GatewayDeps } from './deps';
import { check } from './errors';
import { streamFeed } from './sandbox-stream';

const name = z.string().trim().min(1).max(200);
export const messageBody = z.strictObject({
  chat: name,
  sender: name,
  text: z.string().max(200_000),
  messageId: z.string().min(1).max(200).optional(),
  group: z.boolean().default(false),
  mentions: z.array(z.string().max(200)).max(50).default([]),
});
export const actionBody = z.strictObject({ chat: name, sender: name, replyId: z.uuid(), action: z.string().min(1).max(50) });

interface ChatEntry {
  readonly chat: string;
  readonly group: boolean;
  readonly lastText: string;
  readonly at: string;
}

/** The sandbox's own platform: people write here, and the page watches the chat. */
export function sandboxRoutes(deps: GatewayDeps, notifications: Notifications): Router {
  const router = Router();
  const { store, dispatch } = deps;

  router.post('/:integrationId/messages', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const body = check(messageBody, request.body);
    const message = { ...body, messageId: body.messageId ?? randomUUID() };
    const at = new Date();
    const { chat, group, sender, text, messageId, mentions } = message;
    const shown: FeedMessage = { type: 'message', chat, messageId, from: 'person', sender, text, group, mentions, at: at.toISOString() };
    if (await store.memory.compareAndSet(integration.id, messageKey(chat, messageId), undefined, shown)) {
      const entry: ChatEntry = { chat, group, lastText: text.slice(0, 80), at: at.toISOString() };
      await store.memory.put(integration.id, chatKey(chat), entry);
    }
    const { fresh } = await dispatch.deliver(integration.id)(toMessage(message, at.getTime()));
    response.status(202).json({ messageId, fresh });
  });

  router.post('/:integrationId/actions', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const body = check(actionBody, request.body);
    const entry = await store.memory.get<ChatEntry>(integration.id, chatKey(body.chat));
    const { toast } = await dispatch.deliver(integration.id)(
      toAction({ ...body, id: `action:${randomUUID()}` }, entry?.group ?? false, Date.now()),
    );
    response.status(202).json({ toast: toast ?? null });
  });

  router.get('/:integrationId/chats', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const entries = await store.memory.newest(integration.id, chatsPrefix, 200);
    response.json({ items: entries.map(({ value }) => value).reverse(), nextCursor: null });
  });

  router.get('/:integrationId/stream', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const chat = check(name, request.query.chat);
    const last = Number(request.headers['last-event-id']);
    await streamFeed(
      {
        store,
        notifications,
        integrationId: integration.id,
        prefix: feedPrefix(chat),
        after: Number.isSafeInteger(last) && last > 0 ? last : undefined,
      },
      request,
      response,
    );
  });

  return router;
}

async function sandboxOf({ store, config }: GatewayDeps, id: string, response: Parameters<typeof scopeOf>[0]): Promise<Integration> {
  const known = config.sandbox && z.uuid().safeParse(id).success ? await store.integrations.get(scopeOf(response), id) : undefined;
  if (known?.channel !== 'sandbox') throw new Refusal(404, 'not_found', 'There is no such sandbox integration.');
  return known;
}
