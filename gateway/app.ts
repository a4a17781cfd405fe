import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { answerHealth } from '../runtime/health';
import type { Notifications } from '../runtime/notifications';
import { apiRoutes } from './api';
import { openApiDocument } from './api/openapi';
import { authenticate, callerOf, demanding } from './auth';
import { registerRoute } from './channel-register';
import { createDemo, type Demo } from './demo';
import type { GatewayDeps } from './deps';
import { notFound, problems } from './errors';
import { tryRoute } from './expert-try';
import { integrationStream } from './integration-stream';
import { measure } from './measure';
import { sandboxRoutes } from './sandbox';
import { isUpload } from './sandbox-files';
import { ownSessionRoutes, sessionRoute } from './session';
import { signInRoutes } from './sign-in';
import { forgottenRoutes } from './sign-in-forgotten';
import { linkRoutes } from './sign-in-links';
import { providerRoutes } from './sign-in-provider';
import { createStatusFeed } from './status-feed';
import { webhookRoutes } from './webhooks';

const JSON_LIMIT = '1mb';
const isJson = ({ method, url }: IncomingMessage): boolean => method !== 'GET' && !isUpload(method, url);

/** What the database announces, by its channels. */
export interface Announcements {
  readonly memory: Notifications;
  readonly status: Notifications;
}

/** All routes in sight. */
export async function createApp(deps: GatewayDeps, { memory, status }: Announcements): Promise<Express> {
  const app = express();
  app.disable('x-powered-by');
  if (deps.config.access.trustedProxies !== undefined) app.set('trust proxy', deps.config.access.trustedProxies);
  app.use(securityHeaders());
  app.use((_, response, next) => {
    response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    next();
  });
  app.use(health(deps));
  app.use('/webhooks', webhookRoutes(deps));

  const demo = await demoOf(deps);
  app.get(
    '/api/v1/openapi.json',
    (request, response) => void response.json(openApiDocument(deps, `${request.protocol}://${request.headers.host}`)),
  );
  app.use('/api/v1/sign-in', signInRoutes(deps, [linkRoutes(deps), forgottenRoutes(deps), providerRoutes(deps)]));
  app.use('/api/v1/session', sessionRoute(deps, demo));
  app.use('/api/v1', authenticate(deps, demo), express.json({ limit: JSON_LIMIT, strict: false, type: isJson }));
  app.use('/api/v1/session', ownSessionRoutes(deps));
  app.use('/api/v1', integrationStream(deps, demo, createStatusFeed(deps, status)));
  app.use('/api/v1', bounded(deps));
  if (deps.config.sandbox)
    app.use(
      '/api/v1/sandbox',
      demanding(({ method }) => (method === 'GET' ? 'content' : 'configure')),
      sandboxRoutes(deps, demo, memory),
    );
  app.use('/api/v1', tryRoute(deps), registerRoute(deps), apiRoutes(deps));

  if (existsSync(join(deps.config.consoleDir, 'index.html')))
    app.use(express.static(deps.config.consoleDir, { index: 'index.html', maxAge: '1h', setHeaders: neverCachePage }));
  app.use(notFound);
  app.use(problems(deps.log));
  return app;
}

async function demoOf({ config, store }: GatewayDeps): Promise<Demo | undefined> {
  const scope = config.embedded ? await store.access.tenantNamed('Demo') : undefined;
  return scope && createDemo(config.secretKey, scope);
}

/** From here on a call's queries see its own tenant and organization, whatever they ask for. */
const bounded =
  ({ store }: GatewayDeps): RequestHandler =>
  (_, response, next) => {
    const { scope, tenantId } = callerOf(response);
    const reach = scope ?? (tenantId ? { tenantId } : undefined);
    if (reach) store.within(reach, next);
    else next();
  };

function health(deps: GatewayDeps): RequestHandler {
  const { metrics, ready } = deps;
  return async (request, response, next) => {
    const answer =
      request.method === 'GET' ? await answerHealth({ metrics, ready, measure: () => measure(deps) }, request.path) : undefined;
    if (!answer) return next();
    response.status(answer.status).type(answer.type).send(answer.body);
  };
}

/** The page may load nothing but itself. */
const securityHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    // Set where TLS ends; on plain loopback it would only lock people out.
    strictTransportSecurity: false,
  });

function neverCachePage(response: { setHeader(name: string, value: string): unknown }, path: string): void {
  if (path.endsWith('.html')) response.setHeader('cache-control', 'no-cache');
}
