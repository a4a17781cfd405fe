import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { AppError } from '../domain/errors';

/** Hands out ports of this machine; no port twice. */
export interface Ports {
  /** The port of this name: the wanted one, or the next free one after it; 0 takes any. The same on every call until {@link renew}. */
  take(name: string, wanted: number): Promise<number>;
  /** Takes another port when someone else took this one before its owner could. */
  renew(name: string): Promise<number>;
}

const ATTEMPTS = 200;

export function createPorts(isFree: (port: number) => Promise<boolean> = canListen): Ports {
  const taken = new Map<string, number>();
  const reserved = new Set<number>();

  const next = async (name: string, wanted: number): Promise<number> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = wanted === 0 ? await anyPort() : wanted + attempt;
      if (port > 65_535) break;
      if (reserved.has(port)) continue;
      reserved.add(port);
      if (await isFree(port)) {
        taken.set(name, port);
        return port;
      }
      reserved.delete(port);
    }
    throw new AppError(
      'no_free_port',
      `No port for ${name} is free from ${wanted} on: end what uses them or set another one (PORT for the web page).`,
    );
  };
  return {
    take: async (name, wanted) => taken.get(name) ?? next(name, wanted),
    async renew(name) {
      const port = taken.get(name)!;
      return (await isFree(port)) ? port : next(name, port + 1);
    },
  };
}

/** Whether nobody listens on the port, neither on loopback nor on all addresses. */
export async function canListen(port: number): Promise<boolean> {
  return (await listens(port, '127.0.0.1')) && (await listens(port, undefined));
}

/** A free port below those that the system gives to outgoing connections, so that nothing takes it while its owner is being restarted. */
export async function anyPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + randomInt(20_000);
    if (await canListen(port)) return port;
  }
}

function listens(port: number, host: string | undefined): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true, ...(host === undefined ? {} : { host }) }, () => server.close(() => resolve(true)));
  });
}
