import { createServer, type Server } from 'node:http';
import { AppError } from '../domain/errors';
import type { Metrics } from './metrics';
import { failStart } from './shutdown';

export interface HealthSource {
  readonly metrics: Metrics;
  /** Rejects while this process cannot do its work. */
  readonly ready: () => Promise<void>;
  /** Brings gauges up to date before they are read. */
  readonly measure?: () => Promise<void>;
}

const NOT_READY = JSON.stringify({
  ...{ type: 'urn:parley:unavailable', title: 'Not ready: the database or Temporal does not answer.', status: 503 },
});

/** `/healthz` (the process), `/readyz` (what it needs), `/metrics` (Prometheus), for every process. */
export async function answerHealth(
  { metrics, ready, measure }: HealthSource,
  path: string,
): Promise<{ status: number; type: string; body: string } | undefined> {
  if (path === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' };
  if (path === '/readyz') {
    return ready().then(
      () => ({ status: 200, type: 'text/plain', body: 'ready\n' }),
      () => ({ status: 503, type: 'application/problem+json', body: NOT_READY }),
    );
  }
  if (path !== '/metrics') return undefined;
  await measure?.().catch(() => undefined);
  return { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() };
}

/** On one machine nobody else is to look; elsewhere Prometheus and probes come from outside the container. */
export const metricsHost = ({ embedded }: { readonly embedded: boolean }): string => (embedded ? '127.0.0.1' : '0.0.0.0');

/** Ends the process with a sentence when the port is taken. */
export function serveHealth(source: HealthSource, port: number, host: string): Server {
  return createServer((request, response) => {
    answerHealth(source, (request.url ?? '').split('?')[0]!).then(
      (answer) =>
        response.writeHead(answer?.status ?? 404, { 'content-type': answer?.type ?? 'text/plain' }).end(answer?.body ?? 'not found\n'),
      () => response.writeHead(500).end(),
    );
  })
    .on('error', (error) => failStart(portTaken(error, 'METRICS_PORT', port)))
    .listen(port, host);
}

/** What to do about a port that somebody else has; other errors as they are. */
export const portTaken = (error: Error, setting: string, port: number): Error =>
  'code' in error && error.code === 'EADDRINUSE'
    ? new AppError('port_taken', `Port ${port} is taken: end what uses it, or set another one (${setting}).`, { cause: error })
    : error;
