import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { answerHealth } from '../runtime/health';
import type { Notifications } from '../runtime/notifications';
import { apiRoutes } from './api';
import { openApiDocument } from './api/openapi';
import { authenticate, createDemo, type Demo } from './auth';
import type { GatewayDeps } from './deps';
import { notFound, problems } from './errors';
import { measure } from './measure';
import { sandboxRoutes } from './sandbox';
import { sessionRoute } from './session';
import { webhookRoutes } from './webhooks';

const JSON_LIMIT = '1mb';

/** All routes in sight. */
export async function createApp(deps: GatewayDeps, notifications: Notifications): Promise<Express> {
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders());
  app.use(health(deps));
  app.use('/webhooks', webhookRoutes(deps));

  const demo = await demoOf(deps);
  app.get(
    '/api/v1/openapi.json',
    (request, response) => void response.json(openApiDocument(deps, `${request.protocol}://${request.headers.host}`)),
  );
  app.get('/api/v1/session', sessionRoute(deps, demo));
  app.use('/api/v1', authenticate(deps, demo), express.json({ limit: JSON_LIMIT, strict: false, type: () => true }));
  if (deps.config.sandbox) app.use('/api/v1/sandbox', sandboxRoutes(deps, notifications));
  app.use('/api/v1', apiRoutes(deps));

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
