/** As the URL parser and the resolver spell them: 169.254.0.0/16, by itself, mapped into IPv6 or behind NAT64, and fe80::/10. */
const LINK_LOCAL = /^(?:(?:::ffff:|64:ff9b::)?169\.254\.\d+\.\d+|(?:::ffff:|64:ff9b::)a9fe:[0-9a-f]+|fe[89ab][0-9a-f]:.*)$/i;

/**
 * Whether a host is an address of the machine's own link, where clouds keep their metadata services.
 * @param hostname of a URL that was parsed, so that every other spelling of a number is one of these by now; or a resolved address
 */
export const isLinkLocal = (hostname: string): boolean => LINK_LOCAL.test(hostname.replace(/^\[|\]$/g, ''));
