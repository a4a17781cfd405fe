import express, { Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import type { GatewayDeps } from './deps';

const BAD_CALLS_A_MINUTE = 60;

/** Calls from platforms. The channel verifies the raw body before anything is parsed; the answer waits for the ledger, not for Temporal. */
export function webhookRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const badCalls = rateLimit({
    windowMs: 60_000,
    limit: BAD_CALLS_A_MINUTE,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: () => {
      throw new Refusal(429, 'too_many_bad_calls', 'Too many refused calls from this address: wait a minute.');
    },
  });
  router.all('/:integrationId', badCalls, express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'POST') throw new Refusal(404, 'not_found', 'Webhooks are called by GET and POST.');
    const { receive, config, integrationId } = await receiverOf(deps, String(request.params.integrationId));
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
        const delivered = await deps.dispatch.deliver(integrationId)(event);
        // For the status only: the event is durable, and the platform is not kept waiting for more.
        deps.store.connections.eventReceived(integrationId).catch(() => undefined);
        return delivered;
      },
    );
    response.status(result.status);
    if (result.contentType) response.type(result.contentType);
    response.send(result.body ?? '');
  });
  return router;
}

async function receiverOf({ store, channels }: GatewayDeps, id: string) {
  const integration = z.uuid().safeParse(id).success ? await store.integrations.find(id) : undefined;
  const channel = channels.find(({ name }) => name === integration?.channel);
  const mode = channel?.modes.find(({ name }) => name === integration?.mode);
  const config = mode?.config.safeParse(integration?.config);
  if (!integration?.enabled || mode?.way !== 'receive' || !channel?.receive || !config?.success) {
    throw new Refusal(404, 'not_found', 'No enabled webhook integration has this address.');
  }
  return { receive: channel.receive.bind(channel), config: config.data, integrationId: integration.id };
}

const single = (many: Readonly<Record<string, unknown>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(many).map(([key, value]) => [
      key,
      Array.isArray(value) ? String(value[0]) : typeof value === 'string' ? value : undefined,
    ]),
  );
