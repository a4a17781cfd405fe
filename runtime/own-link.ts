import { type LookupAddress, lookup } from 'node:dns';
import { isIP } from 'node:net';
import { isLinkLocal } from '../domain/link-local';

/** Whether a host is an address of the machine's own link, or a name that stands for one. A name that cannot be resolved is not: connecting will fail. */
export async function pointsToOwnLink(hostname: string): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return isLinkLocal(host);
  const found = await new Promise<readonly LookupAddress[]>((resolve) =>
    lookup(host, { all: true }, (error, all) => resolve(error ? [] : all)),
  );
  return found.some(({ address }) => isLinkLocal(address));
}
