import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// The same IPv4 range as a NAT64 gateway writes it.
linkLocal.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

/** An address of the machine's own link, where clouds keep their metadata services. `hostname` as the URL parser gives it, so every spelling of a number is known. */
function isLinkLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version !== 0 && linkLocal.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** The setting every backend with a choosable server has: http or https, loopback included, link-local addresses refused. */
export const baseUrl = z
  .string()
  .trim()
  .superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (!URL.canParse(value)) return refuse('must be a whole URL such as https://api.openai.com/v1');
    const url = new URL(value);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must begin with http:// or https://');
    if (url.username !== '' || url.password !== '') return refuse('must not hold a user name or password');
    if (isLinkLocal(url.hostname)) return refuse('must not be a link-local address');
  });
