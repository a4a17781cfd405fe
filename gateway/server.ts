import { createServer, type RequestListener, type Server } from 'node:http';
import { portTaken } from '../runtime/health';

/**
 * An idle connection is kept for longer than proxies and load balancers keep theirs (60 s, mostly): where we were to close it first, the call
 * that just sets out on it would fail.
 */
const IDLE_MS = 75_000;
/** What is under way when the server closes may take so long; streams never end by themselves. */
const LAST_CALLS_MS = 500;

/** @throws an AppError that says what to do when the port is taken */
export async function serve(app: RequestListener, port: number, host: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: IDLE_MS }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portTaken(error, 'PORT', port)));
    server.listen(port, host, resolve);
  });
  return server;
}

/** Takes no more calls, lets those under way be answered, and ends what is left. */
export async function closeServer(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), LAST_CALLS_MS);
  // Node closes those that are idle now, and keeps those that become so.
  const look = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
  clearInterval(look);
}

const LOOK_EVERY_MS = 20;
