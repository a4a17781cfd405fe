import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../domain/errors';
import type { Role } from '../store/access';
import type { Scope } from '../store/scope';
import type { GatewayDeps } from './deps';

/** Who calls: by API key, or as the demo administrator of the embedded stack. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  readonly scope: Scope | undefined;
}

const COOKIE = 'parley_session';
const SESSION_MS = 7 * 24 * 3_600_000;
/** Sent by our pages with every change: a page of another origin cannot. */
const CONSOLE_HEADER = 'x-parley-console';

export const callerOf = (response: Response): Caller => response.locals.caller as Caller;

/** The organization a call may see. @throws Refusal 403 for keys that see none */
export function scopeOf(response: Response): Scope {
  const { scope } = callerOf(response);
  if (!scope)
    throw new Refusal(403, 'no_organization', 'This key creates tenants and sees no organization: use the key of an organization.');
  return scope;
}

/** Lets a call through with its caller, or refuses it with 401. */
export function authenticate(deps: GatewayDeps, demo: Demo | undefined): RequestHandler {
  return async (request, response, next) => {
    const bearer = request.headers.authorization !== undefined;
    const caller = bearer ? await keyOf(deps, request) : demo && isLoopback(request) ? demo.caller(request) : undefined;
    if (!caller) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new Refusal(401, 'unauthenticated', 'Send an API key: Authorization: Bearer <key>.');
    }
    if (!bearer && !['GET', 'HEAD'].includes(request.method) && !request.headers[CONSOLE_HEADER]) {
      throw new Refusal(403, 'not_from_console', 'Changes with a session cookie must come from the console.');
    }
    response.locals.caller = caller;
    next();
  };
}

/** The caller whose API key the request carries. */
export async function keyOf({ store }: GatewayDeps, request: Request): Promise<Caller | undefined> {
  const key = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const found = key ? await store.access.caller(key) : undefined;
  if (!found) return undefined;
  const { tenantId, organizationId, name, role } = found;
  return { name, role, scope: tenantId && organizationId ? { tenantId, organizationId } : undefined };
}

/** The demo administrator: only in the embedded stack, only for calls from this machine to this machine. */
export interface Demo {
  caller(request: Request): Caller | undefined;
  /** Gives the page its session. */
  signIn(request: Request, response: Response): Caller;
}

export function createDemo(secretKey: string, scope: Scope): Demo {
  const sign = (until: string) => createHmac('sha256', secretKey).update(`demo-session:${until}`).digest('base64url');
  const admin: Caller = { name: 'demo-admin', role: 'admin', scope };
  return {
    caller(request) {
      const [until = '', signature = ''] = (readCookie(request, COOKIE) ?? '').split('.');
      const expected = sign(until);
      const valid =
        signature.length === expected.length &&
        timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) &&
        Number(until) > Date.now();
      return valid ? admin : undefined;
    },
    signIn(_, response) {
      const until = String(Date.now() + SESSION_MS);
      response.cookie(COOKIE, `${until}.${sign(until)}`, { httpOnly: true, sameSite: 'strict', path: '/', maxAge: SESSION_MS });
      return admin;
    },
  };
}

/** From this machine, and asking for this machine: a page elsewhere that resolves to loopback is refused. */
export function isLoopback(request: Request): boolean {
  const address = request.socket.remoteAddress ?? '';
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return (
    /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host) &&
    !request.headers['x-forwarded-for']
  );
}

function readCookie(request: Request, name: string): string | undefined {
  const found = (request.headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`));
  return found?.trim().slice(name.length + 1);
}
