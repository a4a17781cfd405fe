import { isLinkLocal } from '../domain/link-local';

/**
 * The base URL that a setting gives, without a trailing slash. Undefined when it is none we may call: only http and https, without credentials,
 * query or fragment, and not link-local.
 */
export function baseUrl(text: string): string | undefined {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) return undefined;
  const { protocol, username, password, search, hash, hostname, origin, pathname } = new URL(trimmed);
  if (!['http:', 'https:'].includes(protocol) || username || password || search || hash || isLinkLocal(hostname)) return undefined;
  return `${origin}${pathname}`.replace(/\/+$/, '');
}
