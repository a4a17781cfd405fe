import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { Refusal } from '../domain/errors';
import { holds, type Right, rights } from '../domain/roles';
import { beginningOf } from '../domain/text';
import type { AuditActor } from '../store/audit';
import type { Scope } from '../store/scope';
import type { SessionHolder } from '../store/sessions';
import type { Caller } from './caller';
import { guardForgery, readCookie, sessionCookie } from './cookies';
import type { Demo } from './demo';
import { type GatewayDeps, nowOf } from './deps';
import { isLoopback } from './loopback';

/** Says which of their organizations a caller means. */
export const ORGANIZATION_HEADER = 'x-parley-organization';
/** Says why somebody reads what people wrote; percent-encoded where it is not plain ASCII. */
const REASON_HEADER = 'x-parley-reason';
const MAX_REASON = 500;

export const callerOf = (response: Response): Caller => response.locals.caller as Caller;

/** The organization a call may see. @throws Refusal 403 for callers that see none */
export function scopeOf(response: Response): Scope {
  const { scope, role } = callerOf(response);
  if (scope) return scope;
  throw role === 'platform'
    ? new Refusal(403, 'no_organization', 'This key creates tenants and sees no organization: use the key of an organization.')
    : new Refusal(403, 'no_organization', 'You belong to no organization: ask an administrator to make you a member.');
}

/** @throws Refusal 403 that names the right */
export function demand(caller: Caller, right: Right): void {
  if (!holds(caller.role, right))
    throw new Refusal(403, 'forbidden', `The role "${caller.role}" does not hold the right "${right}" (${rights[right]}).`);
}

/** Lets a call through that holds the right `rightFor` names. */
export const demanding =
  (rightFor: (request: Request) => Right): RequestHandler =>
  (request, response, next) => {
    demand(callerOf(response), rightFor(request));
    next();
  };

/** Lets a call through with its caller, or refuses it with 401. */
export function authenticate(deps: GatewayDeps, demo: Demo | undefined): RequestHandler {
  return async (request, response, next) => {
    const caller = await identify(deps, demo, request);
    if (!caller) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new Refusal(401, 'unauthenticated', 'Sign in, or send an API key: Authorization: Bearer <key>.');
    }
    if (caller.kind !== 'key') guardForgery(deps.config, request);
    response.locals.caller = caller;
    next();
  };
}

/**
 * Whoever the request's key or cookie stands for, in the organization it asks for.
 * @param isUse prolongs the session; a look that nobody asked for does not
 * @throws Refusal 404 for organizations that are not the caller's
 */
export async function identify(deps: GatewayDeps, demo: Demo | undefined, request: Request, isUse = true): Promise<Caller | undefined> {
  const caller =
    request.headers.authorization !== undefined
      ? await keyOf(deps, request)
      : ((await sessionOf(deps, request, isUse)) ?? (demo && isLoopback(request) ? demo.caller(request) : undefined));
  const known = caller?.kind === 'demo' ? await refreshed(deps, caller) : caller;
  return known && (await placed(deps, known, request.headers[ORGANIZATION_HEADER]));
}

async function keyOf(deps: GatewayDeps, request: Request): Promise<Caller | undefined> {
  const key = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const found = key ? await deps.store.access.caller(key, nowOf(deps)) : undefined;
  if (!found) return undefined;
  const { keyId, tenantId, organizationId, name, role, contentNeedsReason } = found;
  const scope = tenantId && organizationId ? { tenantId, organizationId } : undefined;
  return { kind: 'key', id: keyId, name, role, scope, tenantId, contentNeedsReason, places: [] };
}

async function sessionOf(deps: GatewayDeps, request: Request, isUse: boolean): Promise<Caller | undefined> {
  const token = readCookie(request, sessionCookie(deps.config));
  const limits = isUse ? { idleMs: deps.config.access.sessionIdleMs } : undefined;
  const found = token ? await deps.store.sessions.holder(token, nowOf(deps), limits) : undefined;
  return found && callerFrom(found);
}

export function callerFrom({
  sessionId,
  way,
  userId,
  name,
  email,
  role,
  tenantId,
  contentNeedsReason,
  current,
  places,
}: SessionHolder): Caller {
  const place = places.find(({ id }) => id === current) ?? places[0];
  const scope = place && tenantId ? { tenantId, organizationId: place.id } : undefined;
  return {
    ...{ kind: 'user', id: userId, name, email, tenantId, contentNeedsReason, places, scope },
    role: role ?? place?.role ?? 'viewer',
    session: { id: sessionId, way },
  };
}

async function refreshed({ store }: GatewayDeps, demo: Caller): Promise<Caller> {
  const tenant = demo.tenantId ? await store.access.tenant(demo.tenantId) : undefined;
  return { ...demo, contentNeedsReason: tenant?.contentNeedsReason ?? false };
}

async function placed({ store }: GatewayDeps, caller: Caller, wanted: string | string[] | undefined): Promise<Caller> {
  if (wanted === undefined || caller.scope?.organizationId === wanted) return caller;
  const { tenantId, places, role } = caller;
  const id = z.uuid().safeParse(wanted).data;
  const place = places.find((one) => one.id === id);
  const allowed = place ?? (id && tenantId && role === 'tenant_admin' ? await store.access.organization(tenantId, id) : undefined);
  if (!allowed || !tenantId) throw new Refusal(404, 'not_found', 'There is no such organization.');
  return { ...caller, role: place?.role ?? role, scope: { tenantId, organizationId: allowed.id } };
}

/** The caller as records name them. */
export const actorOf = ({ kind, id, name, email }: Caller): AuditActor => ({
  ...{ type: kind === 'key' ? 'key' : 'admin', id, name },
  ...(email !== undefined && { email }),
});

/** Where a call came from, as records say it. */
export function contextOf(request: Request, caller?: Caller) {
  const reason = reasonOf(request);
  return {
    ip: request.ip ?? '',
    ua: (request.headers['user-agent'] ?? '').slice(0, 300),
    ...(caller?.session && { session: caller.session.id }),
    ...(reason !== undefined && { reason }),
  };
}

export function reasonOf(request: Request): string | undefined {
  const given = request.headers[REASON_HEADER];
  if (typeof given !== 'string') return undefined;
  let reason = given;
  try {
    reason = decodeURIComponent(given);
  } catch {
    // Not encoded: taken as it is.
  }
  return beginningOf(reason.replace(/\0|\p{Surrogate}/gu, '').trim(), MAX_REASON) || undefined;
}
