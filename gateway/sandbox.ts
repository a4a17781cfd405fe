import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { chatKey, chatsPrefix, type FeedMessage, feedPrefix, messageKey } from '../channels/sandbox/feed';
import { toAction, toMessage } from '../channels/sandbox/inbound';
import { Refusal } from '../domain/errors';
import { cardActions, type Quote } from '../domain/event';
import { beginningOf } from '../domain/text';
import type { Notifications } from '../runtime/notifications';
import type { Integration } from '../store/integrations';
import { checkFields, text, verbatim } from './api/checking';
import { scopeOf } from './auth';
import type { Demo } from './demo';
import type { GatewayDeps } from './deps';
import { addFileRoutes, attachmentBody, attachmentsOf } from './sandbox-files';
import { streamFeed } from './sandbox-stream';
import { endWithAccess } from './stream-access';

const name = text(200);
export const messageBody = z.strictObject({
  chat: name,
  sender: name,
  text: verbatim(200_000),
  messageId: verbatim(200, 1).optional(),
  group: z.boolean().default(false),
  mentions: z.array(verbatim(200)).max(50).default([]),
  attachments: z.array(attachmentBody).max(50).default([]),
  quote: z.strictObject({ sender: name.optional(), text: verbatim(10_000).optional() }).optional(),
});
export const actionBody = z.strictObject({
  chat: name,
  sender: name,
  replyId: z.uuid(),
  action: z.enum(cardActions),
  detail: verbatim(2000).optional().meta({ description: 'The reason of a `bad`: a code, `code: words`, or words' }),
  actionId: verbatim(200, 1).optional().meta({ description: 'The same one again is the same press' }),
});

interface ChatEntry {
  readonly chat: string;
  readonly group: boolean;
  readonly lastText: string;
  readonly at: string;
}

/** The sandbox's own platform: people write here, and the page watches the chat. */
export function sandboxRoutes(deps: GatewayDeps, demo: Demo | undefined, notifications: Notifications): Router {
  const router = Router();
  const { store, dispatch } = deps;

  router.post('/:integrationId/messages', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const body = checkFields(messageBody, request.body);
    const attachments = await attachmentsOf(deps, integration, body.attachments);
    const message = { ...body, messageId: body.messageId ?? randomUUID(), attachments, quote: toQuote(body.quote) };
    const at = new Date();
    const { chat, group, sender, text, messageId, mentions } = message;
    const files = attachments.map(({ ref, ...file }) => ({ ...file, fileId: ref }));
    const shown: FeedMessage = {
      ...{ type: 'message', chat, messageId, from: 'person', sender, text, group, mentions, at: at.toISOString() },
      ...(files.length > 0 && { files }),
      ...(message.quote && { quote: message.quote }),
    };
    if (await store.memory.compareAndSet(integration.id, messageKey(chat, messageId), undefined, shown)) {
      const entry: ChatEntry = { chat, group, lastText: beginningOf(text, 80), at: at.toISOString() };
      await store.memory.put(integration.id, chatKey(chat), entry);
    }
    const { fresh } = await dispatch.deliver(integration.id)(toMessage(message, at.getTime()));
    // For the status only: nobody is kept waiting for it.
    store.connections.eventReceived(integration.id).catch(() => undefined);
    response.status(202).json({ messageId, fresh });
  });

  addFileRoutes(router, deps, (id, response) => sandboxOf(deps, id, response));

  router.post('/:integrationId/actions', async (request, response) => {
    const integration = await sandboxOf(deps, request.params.integrationId, response);
    const body = checkFields(actionBody, request.body);
    const entry = await store.memory.get<ChatEntry>(integration.id, chatKey(body.chat));
    const { toast } = await dispatch.deliver(integration.id)(
      toAction({ ...body, id: `action:${body.actionId ?? randomUUID()}` }, entry?.group ?? false, Date.now()),
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
    const chat = checkFields(name, request.query.chat);
    const last = Number(request.headers['last-event-id']);
    endWithAccess(deps, demo, { request, response, scope: scopeOf(response), right: 'content' });
    await streamFeed(
      {
        store,
        notifications,
        integrationId: integration.id,
        prefix: feedPrefix(chat),
        after: Number.isSafeInteger(last) && last > 0 ? last : undefined,
      },
      response,
    );
  });

  return router;
}

/** Absent fields are left out. */
const toQuote = (given: z.infer<typeof messageBody>['quote']): Quote | undefined =>
  given && { ...(given.sender !== undefined && { sender: given.sender }), ...(given.text !== undefined && { text: given.text }) };

async function sandboxOf({ store, config }: GatewayDeps, id: string, response: Parameters<typeof scopeOf>[0]): Promise<Integration> {
  const known = config.sandbox && z.uuid().safeParse(id).success ? await store.integrations.get(scopeOf(response), id) : undefined;
  if (known?.channel !== 'sandbox') throw new Refusal(404, 'not_found', 'There is no such sandbox integration.');
  return known;
}
