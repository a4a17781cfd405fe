import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../domain/errors';
import { type Caller, type Demo, isLoopback, keyOf } from './auth';
import type { GatewayDeps } from './deps';

/** Who the page is, and what it shows first. On the embedded stack, a page of this machine is signed in as the demo administrator. */
export function sessionRoute(deps: GatewayDeps, demo: Demo | undefined): RequestHandler {
  return async (request, response) => {
    const caller = (await keyOf(deps, request)) ?? demoCaller(demo, request, response);
    if (!caller?.scope) throw new Refusal(401, 'unauthenticated', 'Send an API key: Authorization: Bearer <key>.');
    const page = { afterTime: new Date(0), afterId: '00000000-0000-0000-0000-000000000000', limit: 200 };
    const sandbox = deps.config.sandbox
      ? (await deps.store.integrations.list(caller.scope, page)).find(({ channel }) => channel === 'sandbox')
      : undefined;
    response.json({
      user: caller.name,
      role: caller.role,
      sandbox: sandbox ? { integrationId: sandbox.id } : null,
      temporalUiUrl: deps.config.temporalUiUrl ?? null,
    });
  };
}

function demoCaller(demo: Demo | undefined, request: Request, response: Response): Caller | undefined {
  if (!demo || !isLoopback(request)) return undefined;
  return demo.caller(request) ?? demo.signIn(request, response);
}
