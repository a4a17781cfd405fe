import type { Request } from 'express';

/** From this machine, and asking for this machine: a page elsewhere that resolves to loopback is refused. */
export function isLoopback(request: Request): boolean {
  const address = request.socket.remoteAddress ?? '';
  return (
    /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address) &&
    isLoopbackHost(request.headers.host ?? '') &&
    !request.headers['x-forwarded-for']
  );
}

/** @param host with or without a port */
export const isLoopbackHost = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host.replace(/:\d+$/, ''));
