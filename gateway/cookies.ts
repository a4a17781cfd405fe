import type { CookieOptions, Request } from 'express';
import { Refusal } from '../domain/errors';
import type { Config } from '../runtime/config';
import { isLoopback, isLoopbackHost } from './loopback';

/** Sent by our pages with every change: a page of another origin cannot. */
const CONSOLE_HEADER = 'x-parley-console';

const isSecure = ({ publicUrl }: Pick<Config, 'publicUrl'>): boolean => publicUrl?.startsWith('https://') ?? false;

/** Where TLS is used, the name alone makes browsers refuse the cookie from any other host or over plain HTTP. */
export const sessionCookie = (config: Pick<Config, 'publicUrl'>): string => `${isSecure(config) ? '__Host-' : ''}parley_user`;

export const cookieOptions = (config: Pick<Config, 'publicUrl'>): CookieOptions => ({
  httpOnly: true,
  sameSite: 'strict',
  secure: isSecure(config),
  path: '/',
});

export function readCookie(request: Request, name: string): string | undefined {
  const found = (request.headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`));
  return found?.trim().slice(name.length + 1);
}

/** Changes by cookie must come from our own pages. @throws Refusal 403 */
export function guardForgery(config: Pick<Config, 'publicUrl' | 'embedded'>, request: Request): void {
  if (['GET', 'HEAD'].includes(request.method)) return;
  if (!request.headers[CONSOLE_HEADER] || !isOwnOrigin(config, request))
    throw new Refusal(403, 'not_from_console', 'Changes with a session cookie must come from the console.');
}

/** Programs send no Origin; browsers do with every change. */
function isOwnOrigin({ publicUrl, embedded }: Pick<Config, 'publicUrl' | 'embedded'>, request: Request): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const given = new URL(origin);
  if (given.host === host || (publicUrl !== undefined && given.origin === new URL(publicUrl).origin)) return true;
  // The console's development server is another port of this machine.
  return embedded && isLoopback(request) && isLoopbackHost(given.host);
}
