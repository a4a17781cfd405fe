import express, { type RequestHandler, Router } from 'express';
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import type { Integration } from '../store/integrations';
import type { GatewayDeps } from './deps';

const WINDOW_MS = 60_000;
const BAD_CALLS_A_WINDOW = 60;
/** What only a caller can mend. Our own failures and what an administrator switched off are not the caller's fault. */
const BAD = [400, 401, 413];
const REMEMBERED_EVERY_MS = 60_000;

/** Calls from platforms. The channel verifies the raw body before anything is parsed; the answer waits for the ledger, not for Temporal. */
export function webhookRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const remember = rememberCalls(deps);
  router.all('/:integrationId', limitBadCalls(), express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'POST') throw new Refusal(404, 'not_found', 'Webhooks are called by GET and POST.');
    const { receive, config, integration } = await receiverOf(deps, String(request.params.integrationId));
    const result = await receive(
      config,
      {
        method,
        headers: single(request.headers),
        query: single(request.query),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        now: Date.now(),
      },
      async (event) => {
        const delivered = await deps.dispatch.deliver(integration.id)(event);
        // For the status only: the event is durable, and the platform is not kept waiting for more.
        deps.store.connections.eventReceived(integration.id).catch(() => undefined);
        return delivered;
      },
      deps.portsFor(integration),
    );
    if (result.status < 300) remember(integration);
    response.status(result.status);
    if (result.contentType) response.type(result.contentType);
    response.send(result.body ?? '');
  });
  return router;
}

async function receiverOf({ store, channels }: GatewayDeps, id: string) {
  const integration = isId(id) ? await store.integrations.find(id) : undefined;
  // Of what is disabled it is not told.
  if (integration?.enabled && integration.unreadable)
    throw new Refusal(503, 'unreadable', 'The settings of this integration cannot be read: an administrator must see to them.');
  const channel = channels.find(({ name }) => name === integration?.channel);
  const mode = channel?.modes.find(({ name }) => name === integration?.mode);
  const config = mode?.config.safeParse(integration?.config);
  if (!integration?.enabled || mode?.way !== 'receive' || !channel?.receive || !config?.success) {
    throw new Refusal(404, 'not_found', 'No enabled webhook integration has this address.');
  }
  return { receive: channel.receive.bind(channel), config: config.data, integration };
}

/**
 * Remembers that the platform reaches us, which tests of the integration ask for: at once for settings that were not called yet, else once a minute.
 * What a channel answers well it has verified, be it an event or a mere check of the address.
 */
function rememberCalls({ store }: GatewayDeps): (integration: Integration) => void {
  const remembered = new Map<string, { readonly version: number; readonly at: number }>();
  return ({ id, version }) => {
    const last = remembered.get(id);
    if (last?.version === version && Date.now() - last.at < REMEMBERED_EVERY_MS) return;
    remembered.set(id, { version, at: Date.now() });
    store.connections.called(id, version).catch(() => remembered.delete(id));
  };
}

/**
 * Cuts off who calls one integration badly again and again. A call counts once it was found bad, so good ones are never held up, however many
 * come at once or however long the ledger was away; other integrations are called from the same addresses of their platform.
 */
function limitBadCalls(): RequestHandler {
  const counts = new MemoryStore();
  counts.init({ windowMs: WINDOW_MS } as Options);
  return async (request, response, next) => {
    const id = String(request.params.integrationId);
    const key = `${ipKeyGenerator(request.ip ?? '')} ${isId(id) ? id.toLowerCase() : ''}`;
    const counted = await counts.get(key);
    if (counted && counted.totalHits >= BAD_CALLS_A_WINDOW) {
      const retryAfterMs = Math.max(0, (counted.resetTime?.getTime() ?? 0) - Date.now());
      throw new Refusal(429, 'too_many_bad_calls', 'Too many refused calls from this address: wait a minute.', [], { retryAfterMs });
    }
    response.once('finish', () => {
      if (BAD.includes(response.statusCode)) void counts.increment(key);
    });
    next();
  };
}

const isId = (id: string): boolean => z.uuid().safeParse(id).success;

const single = (many: Readonly<Record<string, unknown>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(many).map(([key, value]) => [
      key,
      Array.isArray(value) ? String(value[0]) : typeof value === 'string' ? value : undefined,
    ]),
  );
