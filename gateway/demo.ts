import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Scope } from '../store/scope';
import type { Caller } from './caller';
import { readCookie } from './cookies';

/** The demo administrator: only in the embedded stack, only for calls from this machine to this machine. */
export interface Demo {
  caller(request: Request): Caller | undefined;
  /** Gives the page its session. */
  signIn(response: Response): Caller;
}

const COOKIE = 'parley_session';
const SESSION_MS = 7 * 24 * 3_600_000;

export function createDemo(secretKey: string, scope: Scope): Demo {
  const sign = (until: string) => createHmac('sha256', secretKey).update(`demo-session:${until}`).digest('base64url');
  const admin: Caller = {
    ...{ kind: 'demo', id: null, name: 'demo-admin', role: 'tenant_admin', scope, tenantId: scope.tenantId },
    ...{ contentNeedsReason: false, places: [] },
  };
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
    signIn(response) {
      const until = String(Date.now() + SESSION_MS);
      response.cookie(COOKIE, `${until}.${sign(until)}`, { httpOnly: true, sameSite: 'strict', path: '/', maxAge: SESSION_MS });
      return admin;
    },
  };
}
